"""git over HTTP, with git itself as the client."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.simulator.github.endpoints.smart_http import parse_push, split_path
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.protection.protection import MergeMethod, Protection, ProtectionSource
from tests.simulator.http_world import World


async def git(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run git without the user's configuration; return (status, output)."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Mona",
        "GIT_AUTHOR_EMAIL": "mona@example.com",
        "GIT_COMMITTER_NAME": "Mona",
        "GIT_COMMITTER_EMAIL": "mona@example.com",
    }
    process = await asyncio.create_subprocess_exec(
        "git", *arguments, cwd=folder, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def address(world: World, user: User | None = None, repository: str = "acme/manifests") -> str:
    if user is None:
        return f"{world.running.url}/{repository}.git"
    token = world.running.tokens.for_user(user)
    return f"{world.running.url.replace('://', f'://x-access-token:{token}@')}/{repository}.git"


async def cloned(world: World, folder: Path, user: User) -> Path:
    status, said = await git(folder, "clone", "-q", address(world, user), "work")
    assert status == 0, said
    return folder / "work"


async def test_cloning_and_pushing(world: World, tmp_path: Path) -> None:
    work = await cloned(world, tmp_path, world.mona)
    (work / "new").write_text("file\n")
    await git(work, "checkout", "-qb", "change")
    await git(work, "add", "new")
    await git(work, "commit", "-qm", "By git")

    status, said = await git(work, "push", "-q", "origin", "change")
    await world.running.webhooks_settled()

    assert status == 0, said
    tip = world.repository.head("change")
    assert world.repository.store.commit(tip).message == "By git\n"
    assert world.receiver.events() == ["create", "push", "check_suite"]
    status, said = await git(Path(world.repository.store.path), "fsck", "--strict")
    assert status == 0, said


async def test_an_apps_token_serves_git(world: World, tmp_path: Path) -> None:
    token = world.running.tokens.for_installation(world.installation).token
    url = f"{world.running.url.replace('://', f'://x-access-token:{token}@')}/acme/manifests"

    status, said = await git(tmp_path, "ls-remote", url, "refs/heads/main")

    assert status == 0, said
    assert said.split()[0] == world.repository.head()


async def test_access_without_the_right_is_refused(world: World, tmp_path: Path) -> None:
    readable = world.running.tokens.for_installation(world.installation, permissions={"contents": Access.READ}).token
    url = f"{world.running.url.replace('://', f'://x:{readable}@')}/acme/manifests.git"

    anonymous = await git(tmp_path, "ls-remote", address(world))
    stranger = await git(tmp_path, "ls-remote", address(world, world.hubot))
    nowhere = await git(tmp_path, "ls-remote", address(world, world.mona, "acme/nothing"))
    wrong = await git(tmp_path, "ls-remote", url.replace(readable, "ghs_wrong"))
    await git(tmp_path, "clone", "-q", url, "read-only")
    denied = await git(tmp_path / "read-only", "push", "origin", "main:refs/heads/x")

    assert all(status for status, _ in (anonymous, stranger, nowhere, wrong, denied))
    assert "not found" in stranger[1]
    assert "403" in denied[1]
    assert world.repository.find_branch("x") is None


async def test_public_repositories_need_no_credentials(world: World, tmp_path: Path) -> None:
    world.github.create_repository("acme/open", visibility=Visibility.PUBLIC, files={"a": "b"}, by=world.octocat)

    status, said = await git(tmp_path, "clone", "-q", "--filter=blob:none", address(world, repository="acme/open"), "x")

    assert status == 0, said
    assert (tmp_path / "x" / "a").read_text() == "b"


async def test_protection_declines_pushes(world: World, tmp_path: Path) -> None:
    world.repository.protect("main", Protection(approvals=1))
    world.repository.protect("release", Protection())
    world.repository.create_branch("release", by=world.mona)
    before = world.repository.refs_seen()
    work = await cloned(world, tmp_path, world.mona)
    await git(work, "commit", "-q", "--allow-empty", "-m", "Direct")

    direct = await git(work, "push", "origin", "HEAD:main")
    await git(work, "checkout", "-q", "--orphan", "other")
    await git(work, "commit", "-qm", "Unrelated")
    forced = await git(work, "push", "--force", "origin", "HEAD:release")
    removed = await git(work, "push", "origin", ":release")

    assert all(status for status, _ in (direct, forced, removed))
    assert "Changes must be made through a pull request." in direct[1]
    assert "error: GH006: Protected branch update failed for refs/heads/main." in direct[1]
    assert "protected branch hook declined" in direct[1]
    assert "Cannot force-push" in forced[1]
    assert "Cannot delete" in removed[1]
    assert world.repository.refs_seen() == before


async def test_other_refusals_decline_pushes(world: World, tmp_path: Path) -> None:
    # The words: vercel/sandbox#169 (a ruleset), peter-evans/create-pull-request#1234 (workflow files)
    world.repository.protect("signed", Protection(source=ProtectionSource.RULESET, signatures=True))
    pull = world.open_pull()
    work = await cloned(world, tmp_path, world.mona)
    (work / ".github" / "workflows").mkdir(parents=True)
    (work / ".github" / "workflows" / "ci.yml").write_text("on: push\n")
    await git(work, "add", ".github")
    await git(work, "commit", "-qm", "A workflow")

    unsigned = await git(work, "push", "origin", "HEAD:signed")
    hidden = await git(work, "push", "origin", f"+HEAD:refs/pull/{pull.number}/head")
    token = world.running.tokens.for_installation(world.installation).token
    url = f"{world.running.url.replace('://', f'://x-access-token:{token}@')}/acme/manifests"
    by_app = await git(work, "push", url, "HEAD:ci")
    by_person = await git(work, "push", "origin", "HEAD:ci")

    assert "error: GH013: Repository rule violations found for refs/heads/signed." in unsigned[1]
    assert "- Commits must have verified signatures." in unsigned[1]
    assert "(push declined due to repository rule violations)" in unsigned[1]
    assert "(deny updating a hidden ref)" in hidden[1]
    assert world.repository.store.ref(f"refs/pull/{pull.number}/head") == pull.head_oid
    assert "(refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` " in by_app[1]
    assert by_person[0] == 0, by_person[1]


async def test_a_queued_head_is_not_pushed_to(world: World, tmp_path: Path) -> None:
    # SharezoneApp/sharezone-app#605
    world.repository.protect("main", Protection(merge_queue=MergeMethod.MERGE, checks=("build",)))
    pull = world.open_pull()
    queue = world.repository.queue("main")
    assert queue is not None
    world.repository.create_check_run(
        pull.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )
    queue.add(pull, by=world.mona)
    work = await cloned(world, tmp_path, world.mona)
    await git(work, "checkout", "-q", "change")
    await git(work, "commit", "-q", "--allow-empty", "-m", "More")

    status, said = await git(work, "push", "origin", "change")

    assert status
    assert "Branches that are queued for merging cannot be updated." in said
    assert pull.queue_entry is not None


async def test_an_unknown_object_is_refused_in_gits_words(world: World, tmp_path: Path) -> None:
    work = await cloned(world, tmp_path, world.mona)

    status, said = await git(work, "fetch", "origin", "1" * 40)

    assert status
    assert "not our ref" in said
    assert "500" not in said


async def test_a_push_merges_what_it_contains(world: World, tmp_path: Path) -> None:
    pull = world.open_pull()
    work = await cloned(world, tmp_path, world.mona)

    status, said = await git(work, "push", "-q", "origin", "origin/change:main")

    assert status == 0, said
    assert pull.merged_at is not None


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/acme/web.git/info/refs", ("acme/web", "info/refs")),
        ("/acme/web/git-upload-pack", ("acme/web", "git-upload-pack")),
        ("/repos/acme/web/git/refs", None),
        ("/a/b/c/info/refs", None),
    ],
)
def test_paths_of_git(path: str, parts: tuple[str, str] | None) -> None:
    assert split_path(path) == parts


def test_reading_a_push() -> None:
    line = f"{'0' * 40} {'a' * 40} refs/heads/x\0 report-status side-band-64k agent=git/2.39".encode()
    second = f"{'b' * 40} {'0' * 40} refs/heads/y".encode()
    body = b"".join(f"{len(one) + 4:04x}".encode() + one for one in (line, second)) + b"0000PACK and so on"

    commands, capabilities, pack = parse_push(body)

    assert [(one.ref, one.before[0], one.after[0]) for one in commands] == [
        ("refs/heads/x", "0", "a"),
        ("refs/heads/y", "b", "0"),
    ]
    assert "side-band-64k" in capabilities
    assert pack.startswith(b"PACK")
