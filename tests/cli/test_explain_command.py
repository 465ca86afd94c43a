"""`gitops-bot explain`, as people call it: what it prints, how it ends."""

from pathlib import Path

import pytest

from tests.checkout.repositories import commit, manifest, write
from tests.cli.program import Ended, called

POLICY = """\
defaults:
  application:
    image: ghcr.io/acme/{application}
    versions: {semver: '>=1.0.0'}
  environment: {path: 'envs/{environment}/{application}'}
applications:
  '*':
  billing:
    environments: {prod: {gates: {approvals: {count: 2}}}, staging: false}
environments:
  dev: {from: registry}
  staging: {from: dev, gates: {soak: 30m}}
  prod: {from: staging, gates: {approvals: {count: 1}}}
"""
PLACES = ("dev/billing", "prod/billing", "dev/web", "staging/web")
WHOLE = """\
billing
KEY              VALUE                 FROM
image            ghcr.io/acme/billing  .gitops.yml:3
versions.semver  >=1.0.0               .gitops.yml:4
versions.write   tag                   default
mode             active                default

billing in dev
KEY   VALUE             FROM
path  envs/dev/billing  .gitops.yml:5
from  registry          .gitops.yml:11

billing in prod
KEY                    VALUE              FROM
path                   envs/prod/billing  .gitops.yml:5
from                   dev                not used: staging, instead of staging (.gitops.yml:13)
gates.approvals.count  2                  .gitops.yml:9, instead of 1 (.gitops.yml:13)

billing in staging: not used: the policy says so

For every default of an environment: gitops-bot explain billing ENVIRONMENT
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {f"envs/{place}/pod.yaml": manifest(f"ghcr.io/acme/{place.partition('/')[2]}:v1.0.0") for place in PLACES}
    folder = commit(write(tmp_path / "deploy", {".gitops.yml": POLICY, **files}))
    monkeypatch.chdir(folder)
    return folder


def explain(*arguments: str) -> Ended:
    return called("explain", *arguments, settings={"HOME": "/nowhere"})


def test_an_application_everywhere(checkout: Path) -> None:
    assert explain("billing") == Ended(0, WHOLE, "")


def test_one_environment_with_its_defaults(checkout: Path) -> None:
    ended = explain("billing", "dev")

    assert ended.status == 0
    assert "\nbilling in dev\n" in ended.out
    assert "merge-method        merge                                       default\n" in ended.out
    assert "billing in prod" not in ended.out


def test_an_environment_without_manifests(checkout: Path) -> None:
    said = "web in prod: not used: nothing in envs/prod/web refers to ghcr.io/acme/web\n"

    assert explain("web", "prod").out.endswith(f"\n{said}")


def test_another_folder(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")

    assert explain("billing", "--path", str(checkout)).out == WHOLE


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["bilking"], "bilking: the policy has no such application (did you mean 'billing'?)"),
        (["web", "life"], "life: the policy has no such environment, only dev, staging or prod"),
        (["web", "--path", "nowhere"], "nowhere: no such folder"),
    ],
)
def test_usage(checkout: Path, arguments: list[str], complaint: str) -> None:
    assert explain(*arguments) == Ended(2, "", f"{complaint}\n")


def test_a_broken_policy(checkout: Path) -> None:
    write(checkout, {".gitops.yml": "applications: {}\n"})

    ended = explain("web")

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(".gitops.yml:0:0: there is no application")
