"""`gitops-bot init`, as people call it: what it writes, what it says, and that `plan` reaches what it says."""

import json
from pathlib import Path

import pytest

from tests.checkout.repositories import commit, write
from tests.cli.program import Ended, called
from tests.detection.trees import deployment, kustomization

FILES = {
    f"envs/{environment}/{name}/kustomization.yaml": kustomization(f"ghcr.io/acme/{name}", tag)
    for name in ("web", "api")
    for environment, tag in (("dev", "1.1.0"), ("staging", "1.0.0"), ("prod", "1.0.0"))
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with manifests and no policy; the current folder."""
    folder = commit(write(tmp_path / "deploy", FILES))
    monkeypatch.chdir(folder)
    return folder


def init(*arguments: str) -> Ended:
    """The command."""
    return called("init", *arguments)


def test_it_writes_a_policy_that_plan_reaches(checkout: Path) -> None:
    ended = init()
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "Wrote .gitops.yml: 2 applications in dev → staging → prod. It is in `mode: observe`.\n"
        "\n"
        "Found\n"
        "  Kustomize: 6 kustomizations\n"
        "\n"
        "Please decide\n"
        "  In prod, a person opens each promotion. Should it also need approvals, a soak, or windows?\n"
        "\n"
        "Next: read the file, then run `gitops-bot plan`.\n"
    )
    planned = json.loads(called("plan", "--offline", "--json").out)
    assert planned["problems"] == []
    assert planned["unclaimed"] == []
    assert {
        (row["application"], row["environment"], row["candidate"]) for row in planned["rows"] if row["candidate"]
    } == {
        ("api", "staging", "1.1.0"),
        ("web", "staging", "1.1.0"),
    }


def test_it_never_overwrites_a_policy(checkout: Path) -> None:
    init()
    (checkout / ".gitops.yml").write_text("applications: {web: {image: ghcr.io/acme/web}}\n" + ENVIRONMENTS)
    ended = init()
    assert ended.status == 1
    assert ended.err == (
        ".gitops.yml is there already. Found and not in it: api.\n"
        "To add an application: gitops-bot init --add APPLICATION\n"
    )


ENVIRONMENTS = """\
environments:
  dev: {path: 'envs/dev/{application}', from: registry}
  prod: {path: 'envs/prod/{application}', from: dev}
"""


def test_it_adds_an_application(checkout: Path) -> None:
    written = f"# ours\napplications:\n  web:\n    image: ghcr.io/acme/web\n\n{ENVIRONMENTS}"
    (checkout / ".gitops.yml").write_text(written)
    ended = init("--add", "api")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "Added api to .gitops.yml: dev, prod.\n"
        "    api:\n"
        "      image: ghcr.io/acme/api\n"
        "Next: run `gitops-bot plan --application api`.\n"
    )
    assert (checkout / ".gitops.yml").read_text() == written.replace(
        "web\n\n", "web\n  api:\n    image: ghcr.io/acme/api\n\n"
    )
    assert init("--add", "api").err == "api: the policy has this application already\n"


def test_it_prints_and_writes_nothing(checkout: Path) -> None:
    ended = init("--print")
    assert ended.out.startswith("# What may happen to the versions in this repository.")
    assert not (checkout / ".gitops.yml").exists()


def test_other_tools_are_named_with_what_to_delete(checkout: Path) -> None:
    annotated = "metadata: {annotations: {argocd-image-updater.argoproj.io/image-list: 'ghcr.io/acme/web:1.x'}}"
    write(checkout, {"argocd.yaml": f"apiVersion: argoproj.io/v1alpha1\nkind: Application\n{annotated}\n"})
    said = init().out
    assert "Other tools\n  1 annotated Application of Argo CD Image Updater\n" in said
    assert "What to delete, and when\n  Argo CD Image Updater: Delete the" in said


def test_without_anything_to_promote_it_says_what_it_saw(tmp_path: Path) -> None:
    assert init(str(tmp_path)).err == "There are no manifests here: no YAML or JSON file that could name an image.\n"
    write(tmp_path, {"redis.yaml": deployment("redis:7")})
    ended = init(str(tmp_path))
    assert ended.status == 1
    assert "Left out\n  docker.io/library/redis is built by others\n" in ended.err
    assert not (tmp_path / ".gitops.yml").exists()


@pytest.mark.parametrize(
    ("policy", "arguments", "status", "said"),
    [
        (None, ("--add", "web"), 2, "there is no policy yet: run `gitops-bot init` without --add first"),
        ("applications: [", (), 1, "this is not YAML"),
        (None, ("nowhere",), 2, "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_done(
    checkout: Path, policy: str | None, arguments: tuple[str, ...], status: int, said: str
) -> None:
    if policy is not None:
        (checkout / ".gitops.yml").write_text(policy)
    ended = init(*arguments)
    assert ended.status == status
    assert said in ended.err
