"""`gitops-bot validate`, `schema` and `versions`, as people and scripts call them: what they print, how they end."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.simulator.registry import Registry
from tests.cli.program import NO_SETTINGS, ROOT, Ended, called, started

POLICY = """\
applications:
  web:
    image: ghcr.io/acme/web
    source: {repository: acme/web%(paths)s}
    versions: {%(versions)s}
environments: {dev: {path: dev, from: registry}}
"""
COMMITS = tuple(f"{number:040x}" for number in range(0xA, 0xF))
"""Newest first."""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def policy(folder: Path, versions: str = "semver: '*'", *, paths: str = "") -> None:
    write(folder, {".gitops.yml": POLICY % {"versions": versions, "paths": paths and f", paths: {paths}"}})


def ranked(*arguments: str, tags: str, status: int = 0) -> dict[str, Any]:
    """What `versions web --json` says of these tags, on standard input."""
    ended = called("versions", "web", "--tags-from", "-", "--json", *arguments, given=tags)
    assert (ended.status, ended.err) == (status, "")
    found: dict[str, Any] = json.loads(ended.out)
    assert list(found) == ["chosen", "candidates", "rejected"]
    assert all(list(each) == ["tag", "reason"] for each in found["rejected"])
    return found


# --- validate and schema


def test_a_good_policy(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(checkout)
    write(checkout, {".gitops/prod.yml": "path: prod\nfrom: dev\n", ".gitops/logo.svg": "<svg/>"})

    said = ".gitops.yml is valid: 1 application, 2 environments.\n"
    for path in ([], ["."], [str(checkout)], [".gitops.yml"]):
        assert main(["validate", *path]) == 0
        assert capsys.readouterr() == (said, "")


def test_every_error_at_once_with_file_line_and_column(checkout: Path) -> None:
    """One a line, on standard error, as editors and CI understand it."""
    policy(checkout, "semver: x.y")
    write(checkout, {"sub/.gitops/prod.yml": "", ".gitops/prod.yml": "path: /prod\nform: dev\n"})

    ended = called("validate")

    assert (ended.status, ended.out) == (1, "")
    assert ended.err.splitlines() == [
        (
            ".gitops.yml:5:24: 'x.y' is not a range of versions: write for example >=1.0.0, ^1.2, ~1.2.3, 1.2.x or "
            "'>=1.0 <2.0'"
        ),
        ".gitops/prod.yml:1:7: '/prod' leads outside the repository: write a path below its root, such as envs/dev",
        ".gitops/prod.yml:2:1: unknown key 'form' (did you mean 'from'?)",
    ]


def test_what_is_no_checkout(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate"]) == 1
    assert capsys.readouterr().err == ".gitops.yml:0:0: this file is missing, and without it there is no policy\n"
    assert main(["validate", "nowhere"]) == 2
    assert capsys.readouterr().err == "nowhere: no such folder\n"
    (checkout / ".gitops.yml").write_bytes(b"version: \xff")
    assert main(["validate"]) == 1
    assert capsys.readouterr().err == ".gitops.yml: byte 9 is not UTF-8: save the file as UTF-8\n"


def test_the_schema_is_json_and_its_reader_may_go(checkout: Path) -> None:
    assert json.loads(called("schema").out)["title"] == "GitOps Bot policy"
    command = f"{sys.executable} -m bot schema | head -1"
    environment = {**NO_SETTINGS, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, shell=True, capture_output=True, env=environment, check=True)  # noqa: S602
    assert (ended.stdout, ended.stderr) == (b"{\n", b"")


# --- versions: every order, from a list of tags


@pytest.mark.parametrize(
    ("versions", "tags", "candidates", "rejected"),
    [
        (
            "semver: '>=1.0.0', tags: '^v(?P<version>.+)$', ignore: ['*-debug']",
            "v1.2.0 v1.10.0 v0.9.0 v2.0.0-rc.1 latest v3.0.0-debug",
            ["v1.10.0", "v1.2.0"],
            {
                "latest": "does not match the group version of ^v(?P<version>.+)$",
                "v0.9.0": "is outside the range >=1.0.0",
                "v2.0.0-rc.1": "is a prerelease, and the range >=1.0.0 names none",
                "v3.0.0-debug": "is ignored: *-debug",
            },
        ),
        ("numeric: highest", "9 10 v1", ["10", "9"], {"v1": "'v1' is not a whole number"}),
        ("numeric: lowest", "9 10", ["9", "10"], {}),
        ("alphabetical: last, tags: '^20'", "2026-01-31 2026-02-01 a", ["2026-02-01", "2026-01-31"], {"a": "^20"}),
        ("alphabetical: first", "b a", ["a", "b"], {}),
    ],
)
def test_each_order(checkout: Path, versions: str, tags: str, candidates: list[str], rejected: dict[str, str]) -> None:
    policy(checkout, versions)

    found = ranked(tags="\n".join(tags.split()) + "\n\n")

    assert (found["chosen"], found["candidates"]) == (candidates[0], candidates)
    assert [each["tag"] for each in found["rejected"]] == sorted(rejected)
    assert all(rejected[each["tag"]] in each["reason"] for each in found["rejected"])


def test_nothing_to_choose(checkout: Path) -> None:
    policy(checkout)

    assert ranked(tags="") == {"chosen": None, "candidates": [], "rejected": []}
    assert ranked(tags="latest")["chosen"] is None


def test_for_people(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy(checkout)
    write(checkout, {"tags.txt": "1.0.0\n1.1.0\nlatest\n"})

    assert main(["versions", "web", "--tags-from", "tags.txt"]) == 0
    assert (
        capsys.readouterr().out
        == "→ 1.1.0\n  1.0.0\n✗ latest: 'latest' is not a semantic version: three numbers, as in 1.4.0 or v1.4.0-rc.1\n"
    )


def test_the_newest_by_the_times_after_the_tags(checkout: Path) -> None:
    policy(checkout, "newest: created")
    tags = "a 2026-01-01T00:00:00Z\nb\t2026-01-03T00:00:00+01:00\nc   2026-01-02\nd\ne 1980-01-01\n"

    found = ranked(tags=tags)

    assert found["candidates"] == ["b", "c", "a"]
    assert found["rejected"] == [
        {"tag": "d", "reason": "has no build time in the list"},
        {"tag": "e", "reason": "says that it was built on 1980-01-01, as reproducible builds do"},
    ]
    ended = called("versions", "web", "--tags-from", "-", given="a soon\n")
    assert (ended.status, ended.err) == (
        2,
        "'soon' is not a time: write it after the tag, such as 2026-11-23T07:15:00Z\n",
    )


def test_a_followed_tag_is_known_to_the_registry_alone(checkout: Path) -> None:
    policy(checkout, "digest: latest")

    ended = called("versions", "web", "--tags-from", "-", given="latest\n")

    assert (ended.status, ended.out, ended.err) == (
        2,
        "",
        "the order `digest` follows one tag, and only the registry knows its digests: leave out --tags-from\n",
    )


def test_commits_in_the_order_of_a_log(checkout: Path) -> None:
    policy(checkout, "commit: short")
    write(checkout, {"log": "\n".join(COMMITS)})
    short, unknown = COMMITS[2][:8], "f" * 40

    found = ranked("--commits-from", "log", tags=f"{COMMITS[3]}\n{COMMITS[1]}\n{unknown}\nlatest\n{short}\n")

    assert found["candidates"] == [COMMITS[1], COMMITS[3]]
    assert {each["tag"]: each["reason"] for each in found["rejected"]} == {
        short: f"{short} is the beginning of 5 commits of the source branch: use more digits",
        unknown: f"{unknown} is not among the newest 5 commits of the source branch",
        "latest": "'latest' is not a commit id: 7 to 40 of the digits 0-9 and a-f",
    }


def test_commits_that_touch_none_of_the_paths(checkout: Path) -> None:
    """From a real log: a merge counts for all that it brings."""
    policy(checkout, "commit: long", paths="['web/**', '!**/*.md']")
    git = ["git", "-c", "user.name=Kim", "-c", "user.email=kim@example.com", "-C", str(checkout)]

    def commit(path: str) -> str:
        write(checkout, {path: path})
        subprocess.run([*git, "add", path], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", path], check=True)
        return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()

    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    first, outside, documented = commit("web/a.go"), commit("api/é.go"), commit("web/b.md")
    subprocess.run([*git, "checkout", "--quiet", "-b", "topic"], check=True)
    topic = commit("web/c.go")
    subprocess.run([*git, "checkout", "--quiet", "main"], check=True)
    aside = commit("api/d.go")
    subprocess.run([*git, "merge", "--quiet", "--no-edit", "topic"], check=True)
    merged = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    said = called("versions", "web", "--tags-from", "-").err
    shown = said[said.index("git log") : said.rindex("`")].split()
    log = subprocess.run([*git, *shown[1:]], check=True, capture_output=True, text=True)
    write(checkout, {"log": log.stdout})
    tags = (first, outside, documented, topic, aside, merged)

    found = ranked("--commits-from", "log", tags="\n".join(tags))

    assert found["candidates"][0] == merged
    assert set(found["candidates"]) == {merged, topic, first}
    reason = "paths-untouched: its commit changes nothing that `source.paths` names"
    assert found["rejected"] == [{"tag": tag, "reason": reason} for tag in sorted((outside, documented, aside))]


@pytest.mark.parametrize(
    ("arguments", "log", "said"),
    [
        ([], "", "the order is `commit`: give the source branch's log with --commits-from, as `git log "),
        (
            ["--commits-from", "-"],
            "",
            "standard input can hold the tags or the commits, not both: name a file for one",
        ),
        (["--commits-from", "log"], "v1.0.0\n", "log: expected commits of 40 digits, saw 'v1.0.0': see `git log "),
        (
            ["--commits-from", "log"],
            COMMITS[0],
            "`source.paths` needs the files that each commit changes: write the log with",
        ),
        (["--commits-from", "nothing"], "", "[Errno 2] No such file or directory: 'nothing'"),
    ],
)
def test_a_log_that_does_not_tell(checkout: Path, arguments: list[str], log: str, said: str) -> None:
    policy(checkout, "commit: long", paths="['web/**']")
    write(checkout, {"log": log})

    ended = called("versions", "web", "--tags-from", "-", *arguments)

    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(said)


def test_what_the_policy_does_not_know(checkout: Path) -> None:
    assert called("versions", "web").status == 1
    policy(checkout)

    ended = called("versions", "wep")

    assert (ended.status, ended.err) == (
        2,
        "wep: the policy has no such application, only web (did you mean web?)\n",
    )


# --- versions, asked of the registry


async def asked(registry: Registry, *arguments: str) -> tuple[int, str, str]:
    """The program's exit status and what it says, with this registry as ghcr.io."""
    async with registry.serve() as url:
        command = partial(called, "versions", "web", *arguments, settings={"REGISTRY_MIRRORS": f"ghcr.io={url}"})
        ended = await asyncio.get_running_loop().run_in_executor(None, command)
    return ended.status, ended.out, ended.err


def a_registry(**images: dict[str, int]) -> Registry:
    """image → tag → the day of January on which it was built."""
    registry = Registry(now=lambda: datetime(2026, 2, 1, tzinfo=UTC))
    for image, tags in images.items():
        for tag, day in tags.items():
            registry.push_image(f"acme/{image}", tag, created=datetime(2026, 1, day, tzinfo=UTC))
    return registry


async def test_the_registry_tells_the_tags(checkout: Path) -> None:
    policy(checkout)

    status, said, complained = await asked(a_registry(web={"1.0.0": 1, "1.1.0": 2, "latest": 3}), "--json")

    assert (status, complained) == (0, "")
    assert json.loads(said)["candidates"] == ["1.1.0", "1.0.0"]


async def test_the_registry_tells_when_images_were_built(checkout: Path) -> None:
    policy(checkout, "newest: created, tags: '^main-'")

    _, said, _ = await asked(a_registry(web={"main-9": 1, "main-1": 3, "main-5": 2, "v1": 4}), "--json")

    assert json.loads(said)["candidates"] == ["main-1", "main-5", "main-9"]


async def test_too_many_tags_to_ask(checkout: Path) -> None:
    policy(checkout, "newest: created")
    registry = a_registry(web={"main": 1})
    digest = registry.push_image("acme/web", "main")
    for number in range(500):
        registry.move_tag("acme/web", f"main-{number}", digest)

    assert await asked(registry) == (
        1,
        "",
        "web: the order `newest` would ask for 501 build times, and 500 is the limit: narrow `tags`\n",
    )


async def test_the_registry_tells_what_a_tag_points_at(checkout: Path) -> None:
    policy(checkout, "digest: latest")
    registry = a_registry(web={"v1": 1})
    digest = registry.push_image("acme/web", "latest")

    assert await asked(registry) == (
        0,
        f"→ latest {digest}\n✗ v1: is not latest, the tag that is followed\n",
        "",
    )
    _, said, _ = await asked(registry, "--json")
    assert json.loads(said)["chosen"] == "latest"
    assert (await asked(a_registry(web={"v1": 1})))[1] == "✗ v1: is not latest, the tag that is followed\n"


async def test_of_several_images_only_what_all_have_counts(checkout: Path) -> None:
    text = (POLICY % {"versions": "semver: '*'", "paths": ""}).replace("image: ", "images: [ghcr.io/acme/worker, ")
    write(checkout, {".gitops.yml": text.replace("acme/web\n", "acme/web]\n", 1)})

    _, said, _ = await asked(a_registry(web={"1.0.0": 1, "1.1.0": 1}, worker={"1.0.0": 1, "2.0.0": 1}))

    assert said == ("→ 1.0.0\n✗ 1.1.0: is missing for ghcr.io/acme/worker\n✗ 2.0.0: is missing for ghcr.io/acme/web\n")


async def test_a_registry_that_knows_nothing(checkout: Path) -> None:
    policy(checkout)

    assert await asked(a_registry()) == (
        1,
        "",
        "ghcr.io/acme/web: the registry has no such image\n",
    )


def test_a_registry_that_may_not_be_asked(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy(checkout)
    ended = called("versions", "web", settings={"REGISTRY_ALLOW": "quay.io"})
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("ghcr.io/acme/web: ")
    wrong = called("versions", "web", settings={"REGISTRY_ALLOW": "https://quay.io"})
    assert (wrong.status, wrong.err.splitlines()[0]) == (2, "1 setting needs attention:")


# --- in a process of its own


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["validate", "nowhere"],
        ["versions", "web", "--tags-from", "-", "--json"],
        ["versions", "--no-such"],
    ],
)
def test_both_ways_say_the_same(checkout: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """What the other tests call here is what people start."""
    monkeypatch.setattr(sys, "argv", ["gitops-bot"])
    policy(checkout)

    assert called(*arguments, given="1.0.0\nlatest\n") == started(*arguments, given="1.0.0\nlatest\n")


async def test_a_process_asks_the_registry(checkout: Path) -> None:
    policy(checkout)
    async with a_registry(web={"1.0.0": 1}).serve() as url:
        command = partial(started, "versions", "web", settings={"REGISTRY_MIRRORS": f"ghcr.io={url}"})
        ended = await asyncio.get_running_loop().run_in_executor(None, command)

    assert ended == Ended(0, "→ 1.0.0\n", "")
