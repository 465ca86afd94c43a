"""`gitops-bot validate` in a checkout: it warns about everything that `plan --offline` calls a problem."""

import json
from pathlib import Path

import pytest

from tests.checkout.repositories import FILES, commit, manifest, write
from tests.cli.program import Ended, called

FLEET = """\
defaults:
  application: {image: 'ghcr.io/acme/{application}'}
  environment: {path: 'envs/{environment}/{application}'}
applications:
  '*': {except: [legacy-*]}
  ghost:
  web: {environments: {prod: true}}
environments:
  dev: {from: registry}
  prod: {from: dev}
  canary: {from: prod}
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = commit(write(tmp_path / "deploy", FILES))
    monkeypatch.chdir(folder)
    return folder


def validate(*arguments: str) -> Ended:
    return called("validate", *arguments, settings={"HOME": "/nowhere"})


def problems() -> list[str]:
    """What `plan --offline` calls a problem, as `validate` would say it."""
    found = json.loads(called("plan", "--offline", "--json", settings={"HOME": "/nowhere"}).out)["problems"]
    places = ([problem["path"], *(problem[key] for key in ("line", "column") if problem[key])] for problem in found)
    said = (problem["message"] for problem in found)
    return [f"warning: {':'.join(map(str, where))}: {each}" for where, each in zip(places, said, strict=True)]


def test_a_policy_that_reaches_everything(checkout: Path) -> None:
    assert validate() == Ended(0, ".gitops.yml is valid: 2 applications, 2 environments.\n", "")


def test_every_problem_of_the_plan_is_a_warning(checkout: Path) -> None:
    """Manifests that disagree, an exception of nothing, an application without a folder, an environment of nobody."""
    write(
        checkout,
        {
            ".gitops.yml": FLEET,
            "envs/dev/api/more.yaml": manifest("ghcr.io/acme/api:v0.9.0"),
            "envs/dev/Bad/pod.yaml": manifest("ghcr.io/acme/bad:v1.0.0"),
        },
    )
    (checkout / "envs/prod/web/pod.yaml").unlink()

    ended = validate()

    assert (ended.status, ended.out) == (0, ".gitops.yml is valid: 3 applications, 1 rule, 3 environments.\n")
    assert ended.err.splitlines() == problems()
    for words in (
        "envs/dev/api/more.yaml:5: api in dev: the references disagree on the version",
        ".gitops.yml:5:18: 'legacy-*' excepts nothing",
        ".gitops.yml:5:3: 'envs/dev/Bad' cannot be an application",
        ".gitops.yml:6:3: nothing is called 'ghost'",
        ".gitops.yml:7:24: web in prod: no manifest at envs/prod/web",
    ):
        assert f"warning: {words}" in ended.err


def test_an_application_that_is_nowhere(checkout: Path) -> None:
    policy = FILES[".gitops.yml"].replace("acme/api}", "acme/wrong}")
    write(checkout, {".gitops.yml": policy})

    said = "'api' reaches nothing: no reference to ghcr.io/acme/wrong in envs/dev/api and envs/prod/api"
    assert validate().err == f"warning: .gitops.yml:2:3: {said}\n"


def test_a_policy_alone(tmp_path: Path) -> None:
    """Without manifests there is nothing to warn about."""
    folder = write(tmp_path / "policy", {".gitops.yml": FLEET})

    ended = validate(str(folder))

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == ".gitops.yml is valid: 2 applications, 1 rule, 3 environments.\n"


def test_versions_of_an_application_that_a_rule_finds(checkout: Path) -> None:
    write(checkout, {".gitops.yml": FLEET})

    ended = called("versions", "api", "--tags-from", "-", given="1.0.0\n1.1.0\n")

    assert (ended.status, ended.out) == (0, "→ 1.1.0\n  1.0.0\n")


def test_a_value_of_two_applications(checkout: Path) -> None:
    """Two patterns that find one value: the file and the line of the value, and of what names it in the policy."""
    policy = """\
applications:
  web: {image: ghcr.io/acme/web, edit: [{file: pins, pattern: '^TAG=(.*)'}]}
  api:
    image: ghcr.io/acme/api
    edit: [{file: pins, pattern: 'T.*=(v.*)'}]
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
"""
    write(checkout, {".gitops.yml": policy, "pins": "# deployed\nTAG=v1.4.0\n"})

    assert validate().err.splitlines() == problems()
    assert validate().err.splitlines() == [
        f"warning: pins:2: {one} in dev: pins:2 cannot be changed safely: it is also the version of '{other}' in 'dev', named "
        f"by its `edit` at .gitops.yml:{theirs}; it says v1.4.0; give each its own value, or correct `edit` at "
        f".gitops.yml:{ours} in the policy"
        for one, ours, other, theirs in [("api", 5, "web", 2), ("web", 2, "api", 5)]
    ]
