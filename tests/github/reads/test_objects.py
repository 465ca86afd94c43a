"""What no document contains: huge trees, large blobs, many blobs, and what GitHub does not hand out."""

import base64
import hashlib

import pytest

from bot.core.needs.application import EnvironmentNeeds
from bot.core.needs.repository import SweepNeeds
from bot.core.values.errors import Temporary
from bot.github.errors import TooMuch
from bot.github.parsing.files import blob_id
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import DEV, REPOSITORY, Bench

DEEP = "envs/dev/web/a/b/deep.yaml"
LISTED = (EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=()),)


def entry(path: str, kind: str, sha: str, mode: str = "100644") -> dict[str, str]:
    return {"path": path, "mode": mode, "type": kind, "sha": sha}


def test_blob_ids_with_both_hashes() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"", digits=64) == hashlib.sha256(b"blob 0\0").hexdigest()


async def test_a_truncated_tree_is_read_level_by_level(bench: Bench) -> None:
    bench.world.change("main", {DEEP: "x: 1\n"})
    faults = bench.world.running.faults
    trees = Which(path="/repos/acme/manifests/git/trees/*")
    cut = {"sha": "1" * 40, "tree": [entry("partly.yaml", "blob", "2" * 40)], "truncated": True}
    level = [entry("x.yaml", "blob", "3" * 40), entry("sub", "tree", "4" * 40), entry("module", "commit", "5" * 40)]
    faults.next_requests(Answer(200, cut), which=trees)
    faults.next_requests(Answer(200, {"sha": "1" * 40, "tree": level, "truncated": False}), which=trees)
    below = [entry("run.sh", "blob", "6" * 40, "100755")]
    faults.next_requests(Answer(200, {"sha": "4" * 40, "tree": below, "truncated": False}), which=trees)

    seen = await bench.observe(environments=LISTED)

    assert [(file.path, file.blob_id, file.mode) for file in seen.environments["dev"].files or ()] == [
        ("envs/dev/web/x.yaml", "3" * 40, 0o100644),
        ("envs/dev/web/sub/run.sh", "6" * 40, 0o100755),
    ]


async def test_a_huge_blob_is_not_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.github.reads.objects.LARGEST_BLOB", 600_000)
    content = b"a: " + b"x" * 700_000
    bench.world.repository.commit_files({DEV: content}, by=bench.world.mona)

    seen = await bench.observe()

    assert seen.unreadable == {blob_id(content): "it has 700,003 bytes; the bot reads at most 600,000"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, {"message": "Not Found"}),
        Answer(200, {"content": base64.b64encode(b"other").decode(), "encoding": "base64"}),
    ],
)
async def test_a_blob_that_does_not_match_its_id_is_unreadable(bench: Bench, answer: Answer) -> None:
    bench.world.repository.commit_files({DEV: b"\x00"}, by=bench.world.mona)
    bench.world.running.faults.next_requests(answer, which=Which(path="/repos/*/git/blobs/*"))

    seen = await bench.observe()

    assert seen.unreadable == {blob_id(b"\x00"): "GitHub has no such blob, or sent bytes that do not match its id"}


async def test_an_error_while_fetching_a_blob_is_temporary(bench: Bench) -> None:
    bench.world.repository.commit_files({DEV: b"\x00"}, by=bench.world.mona)
    bench.world.running.faults.fail(500, which=Which(path="/repos/*/git/blobs/*"))

    with pytest.raises(Temporary, match="blob: GitHub answered 500"):
        await bench.observe()


async def test_a_raw_blob_is_fetched_once(bench: Bench) -> None:
    bench.world.repository.commit_files({DEV: b"\x00"}, by=bench.world.mona)

    first = await bench.observe()
    second = await bench.observe()

    assert first.blobs[blob_id(b"\x00")] == second.blobs[blob_id(b"\x00")] == b"\x00"
    assert bench.github.client.requests["blob"] == 1


async def test_many_blobs_are_fetched_many_at_a_time(bench: Bench) -> None:
    """A hundred with the look itself, the others 250 at a time."""
    contents = [f"x: {number}\n".encode() for number in range(400)]
    bench.world.repository.commit_files(
        {f"many/{number}.yaml": content for number, content in enumerate(contents)}, by=bench.world.mona
    )
    await bench.observe()
    bench.forget()

    seen = await bench.observe(blobs=frozenset(map(blob_id, contents)))

    assert {seen.blobs[blob_id(content)] for content in contents} == set(contents)
    assert bench.asked() == ["POST /graphql"] * 3
    assert bench.github.client.requests["blobs"] == 2


async def test_too_many_blobs_for_one_document_are_fetched_in_several(bench: Bench) -> None:
    contents = {blob_id(f"x: {number}\n".encode()): f"x: {number}\n".encode() for number in range(5)}
    files = {f"many/{number}.yaml": content for number, content in enumerate(contents.values())}
    bench.world.repository.commit_files(files, by=bench.world.mona)
    repository = (await bench.observe()).repository
    faults = bench.world.running.faults
    faults.resource_limits(("repository", "b0"), count=2, which=Which(operation="Blobs"))

    assert await bench.github.contents(repository, frozenset(contents)) == contents
    assert bench.github.client.requests["blobs"] == 3

    faults.resource_limits(("repository", "b0"), count=9, which=Which(operation="Blobs"))
    with pytest.raises(TooMuch):
        await bench.github.contents(repository, frozenset([blob_id(b"nobody has read this")]))


async def test_an_unreadable_policy_stops_everything(bench: Bench) -> None:
    bench.world.repository.commit_files({".gitops.yml": b"\x00\xff"}, by=bench.world.mona)
    bench.world.running.faults.fail(404, which=Which(path="/repos/*/git/blobs/*"))

    with pytest.raises(Temporary, match=r"acme/manifests: \.gitops\.yml cannot be read: GitHub has no such blob"):
        await bench.observe()


async def test_a_policy_that_disappears_between_two_requests_is_not_an_empty_policy(bench: Bench) -> None:
    bench.world.change("main", {".gitops/prod.yml": "path: x\n"})
    await bench.observe()
    bench.world.change("main", {".gitops/prod.yml": "path: y\n"})
    body = {"data": {"repository": {"id": "R_1", "tree": None}}}
    bench.world.running.faults.next_requests(Answer(200, body), which=Which(operation="Tree"))

    with pytest.raises(Temporary, match=r"acme/manifests: \.gitops disappeared during the look"):
        await bench.observe()


async def test_an_unreadable_record_is_reported(bench: Bench) -> None:
    """The core then holds everything."""
    bench.world.repository.commit_files({"prod.yaml": b"\x00\xff"}, by=bench.world.mona, branch="gitops-state")
    bench.world.running.faults.fail(404, which=Which(path="/repos/*/git/blobs/*"))

    seen = await bench.github.sweep(SweepNeeds(REPOSITORY))

    assert "prod.yaml cannot be read" in seen.state.unreadable["prod.yaml"]


async def test_a_team_that_can_only_be_read_in_part_is_an_error(bench: Bench) -> None:
    bench.world.acme.team("everybody", *(bench.world.github.user(f"user-{number}") for number in range(130)))
    body = {
        "data": {"organization": None},
        "errors": [{"type": "FORBIDDEN", "path": ["organization"], "message": "No."}],
    }
    bench.world.running.faults.next_requests(Answer(200, body), which=Which(operation="Team"))

    with pytest.raises(Temporary, match="only some members of the team acme/everybody could be read: organization: No"):
        await bench.observe(teams=frozenset({"acme/everybody"}))


async def test_a_repository_that_disappears_is_an_error(bench: Bench) -> None:
    bench.world.running.faults.next_requests(
        Answer(200, {"data": {"repository": None}}), which=Which(operation="Observe")
    )

    with pytest.raises(Temporary, match="the App cannot see this repository"):
        await bench.observe()


async def test_a_source_whose_own_installation_refuses_is_unreadable(bench: Bench) -> None:
    world = bench.world
    globex = world.github.organisation("globex")
    globex.add_member(world.octocat)
    web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
    world.github.install(world.app, globex, by=world.octocat)
    bench.github.tokens.sources = frozenset({("acme", "globex")})
    faults = world.running.faults
    faults.fail(403, message="Resource not accessible by integration", which=Which(operation="Source"))
    faults.fail(500, which=Which(operation="Source"))

    seen = await bench.observe(source="globex/web", source_commits=frozenset({web.head()}))

    assert seen.source is not None
    assert not seen.source.readable
    with pytest.raises(Temporary, match="source: GitHub answered 500"):
        await bench.observe(source="globex/web", source_commits=frozenset({web.head()}))


async def test_a_sweep_of_too_many_pull_requests_is_marked_incomplete(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.github.reads.sweep.PAGES", 2)
    pages = {"hasNextPage": True, "endCursor": "next"}
    body = {"data": {"repository": {"id": "R", "branches": {"pageInfo": pages, "nodes": []}}}}
    bench.world.change("gitops/dev/web", {"x": "y"})
    real = await bench.github.sweep(SweepNeeds(REPOSITORY))
    bench.world.running.faults.next_requests(Answer(200, body), count=2, which=Which(operation="More"))
    for number in range(101):
        bench.world.repository.create_branch(f"gitops/dev/app-{number}", by=bench.world.mona)

    swept = await bench.github.sweep(SweepNeeds(REPOSITORY))

    assert real.complete
    assert not swept.complete
