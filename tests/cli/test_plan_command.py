"""`gitops-bot plan`, as people and scripts call it: what it prints, how it ends."""

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.registry import Registry
from tests.checkout.repositories import FILES, POLICY, commit, manifest, write
from tests.cli.program import Ended, called, started


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two applications in two environments; the current folder."""
    folder = commit(write(tmp_path / "deploy", FILES))
    monkeypatch.chdir(folder)
    return folder


def plan(*arguments: str) -> Ended:
    """The command offline, with no cache that it could share with another test."""
    return called("plan", "--offline", *arguments, settings={"HOME": "/nowhere"})


def rows(*arguments: str) -> dict[str, Any]:
    """Application and environment → the row."""
    found = json.loads(plan("--json", *arguments).out)
    return {f"{row['application']} {row['environment']}": row for row in found["rows"]}


def test_the_matrix_and_what_comes_next(checkout: Path) -> None:
    ended = plan()

    assert (ended.status, ended.err) == (0, "")
    assert ended.out == (
        "APPLICATION  ENVIRONMENT  VERSION  NEXT    PLACES\n"
        "api          dev          v1.0.0   ?       envs/dev/api/pod.yaml:5\n"
        "api          prod         v1.0.0           envs/prod/api/pod.yaml:5\n"
        "web          dev          v1.5.0   ?       envs/dev/web/pod.yaml:5\n"
        "web          prod         v1.4.0   v1.5.0  envs/prod/web/pod.yaml:5\n"
        "\n"
        "Next\n"
        "  web in prod: v1.4.0 → v1.5.0: the bot opens a pull request\n"
        "\n"
        "2 applications, 2 environments, 4 places, 1 with a next version, 0 problems, 0 unclaimed.\n"
        "GitHub and the registries were not asked: holds, rejections, soaks, checks and reviews can still stop a promotion.\n"
    )


def test_a_process_of_its_own_says_the_same(checkout: Path) -> None:
    assert started("plan", "--offline") == plan()


def test_every_row_has_the_same_keys(checkout: Path) -> None:
    found = json.loads(plan("--json").out)

    assert list(found) == ["rows", "unclaimed", "problems"]
    keys = ["application", "environment", "version", "places", "candidate", "verdicts", "problem"]
    assert all(list(row) == keys for row in found["rows"])
    assert rows()["web prod"]["candidate"] == "v1.5.0"
    assert rows()["web prod"]["places"] == [
        {
            "file": "envs/prod/web/pod.yaml",
            "line": 5,
            "image": "ghcr.io/acme/web",
            "tag": "v1.4.0",
            "digest": None,
            "found_by": "workload",
        }
    ]
    answers = {each["gate"]: each["answer"] for each in rows()["web prod"]["verdicts"]}
    assert answers["from"] == answers["manifests"] == answers["downgrade"] == "passed"
    assert answers["image"] == answers["hold"] == answers["rejected"] == "unknown"


def test_only_what_was_asked_for(checkout: Path) -> None:
    assert list(rows("--application", "web")) == ["web dev", "web prod"]
    assert list(rows("--environment", "prod")) == ["api prod", "web prod"]
    assert list(rows("--environment", "prod", "--application", "web")) == ["web prod"]


def test_the_bytes_that_would_change(checkout: Path) -> None:
    out = plan("--diff", "--application", "web").out

    assert "  -      image: ghcr.io/acme/web:v1.4.0\n  +      image: ghcr.io/acme/web:v1.5.0\n" in out


@pytest.mark.parametrize("path", ["{}", "{}/.gitops.yml"])
def test_another_folder(checkout: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = plan().out
    monkeypatch.chdir("/")

    assert plan(path.format(checkout)).out == here


# --- what is wrong


def test_a_broken_policy(checkout: Path) -> None:
    write(checkout, {".gitops.yml": f"{POLICY}environment: dev\n"})
    said = "unknown key 'environment' (did you mean 'environments'?)"

    ended = plan("--json")

    problem = {"path": ".gitops.yml", "line": 7, "column": 1, "message": said}
    assert ended.status == 1
    assert json.loads(ended.out) == {"rows": [], "unclaimed": [], "problems": [problem]}
    assert f"Problems\n  .gitops.yml:7:1: {said}\n" in plan().out


def test_references_that_disagree(checkout: Path) -> None:
    write(checkout, {"envs/prod/web/other.yaml": manifest("ghcr.io/acme/web:v1.3.0")})

    ended = plan()

    assert ended.status == 1
    said = "web in prod: the references disagree on the version"
    assert f"envs/prod/web/other.yaml:5: {said}: envs/prod/web/other.yaml:5 has v1.3.0;" in ended.out
    assert rows()["web prod"]["version"] is None
    assert rows()["web prod"]["problem"].startswith("the references disagree")


def test_a_reference_that_cannot_be_changed(checkout: Path) -> None:
    twice = manifest("ghcr.io/acme/web:v1.4.0") + "      image: ghcr.io/acme/web:v1.4.0\n"
    write(checkout, {"envs/prod/web/pod.yaml": twice})

    ended = plan()

    assert ended.status == 1
    assert "envs/prod/web/pod.yaml:6: web in prod: " in ended.out


def test_a_problem_can_be_copied(checkout: Path) -> None:
    """On GitHub, a sign that nobody sees keeps `@` from mentioning somebody."""
    write(checkout, {"envs/prod/web/pod.yaml": manifest("ghcr.io/acme/web:${VERSION}")})

    assert rows()["web prod"]["problem"].endswith("write it out as name:tag, name@digest or name:tag@digest")


def test_an_edit_that_turns_out_to_be_impossible(checkout: Path) -> None:
    """A tag of a version that the chart's key cannot hold is found when the edit is rendered."""
    pinned = manifest(f"ghcr.io/acme/web:v1.4.0@sha256:{'a' * 64}")
    write(checkout, {"envs/prod/web/pod.yaml": pinned})

    row = rows()["web prod"]

    assert row["version"] == "v1.4.0"
    assert row["problem"] is None


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere"], "nowhere: no such folder"),
        (["--application", "wbe"], "wbe: the policy has no such application (did you mean 'web'?)"),
        (["--environment", "xyz"], "xyz: the policy has no such environment, only dev or prod"),
    ],
)
def test_usage(checkout: Path, arguments: list[str], complaint: str) -> None:
    ended = plan(*arguments)

    assert (ended.status, ended.out, ended.err) == (2, "", f"{complaint}\n")


def test_a_folder_without_a_policy(tmp_path: Path) -> None:
    ended = plan(str(tmp_path))

    assert ended.status == 1
    assert ".gitops.yml: this file is missing, and without it there is no policy\n" in ended.out


# --- what nobody claims


def test_what_no_application_claims(checkout: Path) -> None:
    write(
        checkout,
        {
            "envs/prod/redis/pod.yaml": manifest("redis:7.4"),
            "elsewhere/web.yaml": manifest("ghcr.io/acme/web:v1.0.0"),
            "base/web.yaml": manifest("ghcr.io/acme/web"),
            ".github/workflows/test.yml": manifest("ghcr.io/acme/web:v1.0.0"),
        },
    )

    ended = plan()

    assert ended.status == 0
    assert "Claimed by no application\n" in ended.out
    assert "  docker.io/library/redis: envs/prod/redis/pod.yaml:5: no application uses it\n" in ended.out
    said = "web has this image, and none of its environments reaches the file"
    assert f"  ghcr.io/acme/web: elsewhere/web.yaml:5: {said}\n" in ended.out
    assert [each["path"] for each in json.loads(plan("--json").out)["unclaimed"]] == [
        "elsewhere/web.yaml",
        "envs/prod/redis/pod.yaml",
    ]


def test_folders_in_which_nothing_refers_to_the_image(checkout: Path) -> None:
    """Those that belong to one application alone; the folder of a whole environment is somebody's."""
    rules = "defaults: {application: {image: 'ghcr.io/acme/{application}'}}\napplications:\n  '*':\n"
    write(checkout, {".gitops.yml": rules + POLICY[POLICY.index("environments:") :] + "  eu: {path: eu, from: prod}\n"})
    write(checkout, {"envs/dev/docs/a.yaml": "a: 1\n", "envs/prod/api/pod.yaml": "a: 1\n", "eu/pod.yaml": "a: 1\n"})

    found = json.loads(plan("--json").out)

    assert [(each["path"], each["line"], each["reason"]) for each in found["unclaimed"]] == [
        ("envs/prod/api", None, "nothing in it refers to ghcr.io/acme/api"),
        ("envs/dev/docs", None, "nothing in it refers to ghcr.io/acme/docs"),
    ]
    assert {row["application"] for row in found["rows"]} == {"api", "web"}


def test_what_a_promotion_leaves_unchanged_is_claimed(checkout: Path) -> None:
    """It is told on request."""
    text = manifest("ghcr.io/acme/web:v1.4.0") + "run: docker run ghcr.io/acme/web:v1.4.0\n"
    write(checkout, {"envs/prod/web/pod.yaml": text})

    assert "Claimed by no" not in plan().out
    assert "Left unchanged\n  envs/prod/web/pod.yaml:6: left unchanged: " in plan("--application", "web").out


# --- asked of the registry


async def asked(registry: Registry, *arguments: str) -> Ended:
    """How the command ends with this registry as ghcr.io."""
    async with registry.serve() as url:
        command = partial(
            called, "plan", *arguments, settings={"REGISTRY_MIRRORS": f"ghcr.io={url}", "HOME": "/nowhere"}
        )
        return await asyncio.get_running_loop().run_in_executor(None, command)


async def test_the_registry_tells_what_comes_next(checkout: Path) -> None:
    """Also the digests, where the policy writes them."""
    write(checkout, {".gitops.yml": POLICY.replace("acme/web}", "acme/web, versions: {write: tag+digest}}")})
    registry = Registry(now=lambda: datetime(2026, 2, 1, tzinfo=UTC))
    digests = {tag: registry.push_image("acme/web", tag) for tag in ("v1.4.0", "v1.5.0", "v1.6.0")}

    ended = await asked(registry, "--diff")

    assert (ended.status, ended.err) == (0, "")
    assert "web          dev          v1.5.0   v1.6.0  envs/dev/web/pod.yaml:5\n" in ended.out
    assert "web          prod         v1.4.0   v1.5.0  envs/prod/web/pod.yaml:5\n" in ended.out
    assert f"  +      image: ghcr.io/acme/web:v1.6.0@{digests['v1.6.0']}\n" in ended.out
    assert f"  +      image: ghcr.io/acme/web:v1.5.0@{digests['v1.5.0']}\n" in ended.out
    assert "api in dev: no candidate\n    ✗ image: the registry does not know ghcr.io/acme/api\n" in ended.out
    assert ended.out.endswith(
        "GitHub was not asked: holds, rejections, soaks, checks and reviews can still stop a promotion.\n"
    )


def test_settings_that_are_wrong(checkout: Path) -> None:
    ended = called("plan", settings={"REGISTRY_ALLOW": "https://ghcr.io", "HOME": "/nowhere"})

    assert (ended.status, ended.out) == (2, "")
    assert "REGISTRY_ALLOW" in ended.err
