"""`/why --policy`: the effective policy, with a link to each line it comes from."""

import pytest

from bot.core.policy import Policy, read
from tests.core.commands.application_pass import DONE, marks, plan, replies

TEXT = """\
defaults:
  environment: {path: 'envs/{environment}/{application}', gates: {soak: 1h}}
applications:
  web: {image: ghcr.io/acme/web, environments: {prod: {gates: {soak: 2h}}, staging: false}}
environments:
  dev: {from: registry, gates: null}
  staging: {from: dev}
  prod: {from: staging}
"""


def policy() -> Policy:
    return read({".gitops.yml": TEXT})


@pytest.mark.parametrize("line", ["/why --policy prod", "/why prod web --policy", "/why —policy prod"])
def test_one_environment(line: str) -> None:
    found = plan(line, rules=policy())
    (text,) = replies(found.actions)

    assert marks(found.actions) == [("IC_7", DONE)]
    assert text.startswith("This is the effective policy of the default branch.\n\n**`web`** everywhere\n\n")
    assert "| `image` | `ghcr.io/acme/web` | [`.gitops.yml:4`](../blob/main/.gitops.yml#L4) |\n" in text
    soak = "[`.gitops.yml:4`](../blob/main/.gitops.yml#L4), instead of `1h` ([`.gitops.yml:2`](../blob/main/.gitops.yml#L2))"
    assert f"| `gates.soak` | `2h` | {soak} |\n" in text
    origin = "not used: staging, instead of `staging` ([`.gitops.yml:8`](../blob/main/.gitops.yml#L8))"
    assert f"| `from` | `dev` | {origin} |\n" in text
    assert "<details><summary>Defaults</summary>\n\n| key | value | from |\n" in text
    assert "| `merge` | `auto` | default |\n" in text
    assert "in **`dev`**" not in text


def test_every_environment() -> None:
    (text,) = replies(plan("/why --policy", rules=policy()).actions)

    assert text.index("in **`dev`**") < text.index("in **`prod`**") < text.index("does not use `staging`")


def test_an_application_that_leaves_nothing_to_the_defaults() -> None:
    everything = "image: ghcr.io/acme/web, mode: active, versions: {semver: '*', write: tag}"
    rules = read({".gitops.yml": TEXT.replace("image: ghcr.io/acme/web", everything)})

    (text,) = replies(plan("/why --policy prod", rules=rules).actions)

    assert text.count("<summary>Defaults</summary>") == 1


def test_an_environment_that_the_application_does_not_use() -> None:
    (text,) = replies(plan("/why --policy staging", rules=policy()).actions)

    assert text.startswith("`web` does not use `staging`: the policy says so.")
