"""An application is added to a policy that people have written: every byte outside of the addition stays."""

from collections.abc import Mapping

import pytest

from bot.core.policy import MAIN, read
from bot.detection import NoAdditionError, add, detect
from tests.detection.trees import kustomization, tree

POLICY = """\
# Ours.   Keep it in this order.
version: 1

environments:      # before the applications, on purpose
  prod: { path: "envs/prod/{application}",   from: dev }
  dev:   {path: 'envs/dev/{application}', from: registry}   # first

applications:
    # The shop's front.
    web:
        image:  "ghcr.io/acme/web"     # quoted
        versions: {semver:   '>=1'}
        # a comment at the end of web

    # what follows is not web's
x-notes: |
  applications: nothing
"""

FILES = {
    f"envs/{environment}/{name}/kustomization.yaml": kustomization(f"ghcr.io/acme/{name}", "1.0.0")
    for name in ("web", "api")
    for environment in ("dev", "prod")
}


def added(policy: str, name: str = "api", files: Mapping[str, str] = FILES) -> str:
    """The policy with one more application."""
    known = read({MAIN: policy})
    return add({MAIN: policy}, known, detect(tree(files)), name=name).text


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(POLICY, id="comments and odd spaces"),
        pytest.param(POLICY.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(POLICY.partition("\nx-notes")[0].rpartition("\n\n")[0], id="no end of line"),
        pytest.param("---\n" + POLICY, id="a marker"),
        pytest.param(POLICY.replace("web:\n", "web: &web\n"), id="an anchor"),
        pytest.param(POLICY.replace("        versions", "\n\n        versions"), id="empty lines"),
    ],
)
def test_every_other_byte_stays(policy: str) -> None:
    text = added(policy)
    start = next(at for at in range(len(text)) if not policy.startswith(text[: at + 1]))
    length = len(text) - len(policy)
    whole = {text[:at] + text[at + length :] for at in range(start - length, start + 1) if at >= 0}
    assert policy in whole, "what is added is one piece, and the rest is as it was"
    assert list(read({MAIN: text}).applications) == ["web", "api"]
    assert read({MAIN: text}).applications["api"].images == ("ghcr.io/acme/api",)


def test_it_stands_behind_the_last_one_with_the_same_indentation() -> None:
    assert "        versions: {semver:   '>=1'}\n    api:\n      image: ghcr.io/acme/api\n        # a comment" in added(
        POLICY
    )


def test_paths_are_named_where_the_environments_do_not_lead_there() -> None:
    files = {f"jobs/{each}/mailer.yaml": kustomization("ghcr.io/acme/mailer", "7") for each in ("dev", "prod")}
    text = added(POLICY, "mailer", {**FILES, **files})
    own = read({MAIN: text}).of("mailer")
    assert own.environments["prod"].paths == ("jobs/prod/mailer.yaml",)


@pytest.mark.parametrize(
    ("policy", "name", "reason"),
    [
        (POLICY, "web", "web: the policy has this application already"),
        (POLICY, "apy", "apy: nothing in the manifests suggests this application (did you mean 'api'?)"),
        (
            "{version: 1, applications: {web: {image: a}}, environments: {dev: {path: a, from: registry}}}",
            "api",
            "in braces",
        ),
        ("applications: {web: {image: a}}\nenvironments: {dev: {path: a, from: registry}}\n", "api", "in braces"),
    ],
)
def test_where_nothing_can_be_added_it_says_why(policy: str, name: str, reason: str) -> None:
    with pytest.raises(NoAdditionError) as refused:
        added(policy, name)
    assert reason in str(refused.value)
