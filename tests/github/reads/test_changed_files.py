"""Which files the commits of a source repository change: against the first parent, page by page."""

import pytest

from bot.core.observation.source import ChangedFiles
from bot.core.values.errors import Temporary
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import REPOSITORY, Bench


async def asked(bench: Bench, *commits: str, source: str = "acme/web") -> dict[str, ChangedFiles]:
    return dict(await bench.github.changed_files(REPOSITORY, source, frozenset(commits)))


async def test_every_kind_of_change(bench: Bench) -> None:
    """A moved file is listed under both names. The first commit changes every file it has."""
    world = bench.world
    web = world.github.create_repository(
        "acme/web", files={"a.go": "a\n" * 20, "b.go": "b", "c.go": "c"}, by=world.octocat
    )
    first = web.head()
    files = {"src/a.go": "a\n" * 20, "a.go": None, "b.go": "B", "c.go": None, "d é.go": "d"}
    second = web.commit_files(files, by=world.mona)

    found = await asked(bench, first, second, "1" * 40)

    assert found.keys() == {first, second}
    assert found[first] == ChangedFiles(("a.go", "b.go", "c.go"))
    assert sorted(found[second].paths) == ["a.go", "b.go", "c.go", "d é.go", "src/a.go"]


async def test_a_merge_lists_everything_it_brings_in(bench: Bench) -> None:
    world = bench.world
    web = world.github.create_repository("acme/web", files={"a": "a"}, by=world.octocat)
    web.commit_files({"src/x": "x"}, by=world.mona, branch="topic")
    web.commit_files({"src/y": "y"}, by=world.mona, branch="topic")
    web.commit_files({"docs/z": "z"}, by=world.octocat)
    pull = web.open_pull(PullDraft(title="Both", base="main", head="topic"), by=world.mona)
    merge(pull, MergeOrder(method=MergeMethod.MERGE), by=world.octocat)

    assert await asked(bench, web.head()) == {web.head(): ChangedFiles(("src/x", "src/y"))}


@pytest.mark.parametrize(
    ("count", "pages", "complete"), [(300, 1, True), (301, 2, True), (3000, 10, False), (3001, 10, False)]
)
async def test_many_files_are_read_page_by_page(bench: Bench, count: int, pages: int, *, complete: bool) -> None:
    """GitHub lists at most 3,000, so a list of that length counts as incomplete."""
    world = bench.world
    web = world.github.create_repository("acme/web", files={"a": "a"}, by=world.octocat)
    head = web.commit_files({f"f{number:04}": "x" for number in range(count)}, by=world.octocat)
    await asked(bench)
    bench.forget()

    changed = (await asked(bench, head))[head]

    assert (len(changed.paths), changed.complete) == (min(count, 3000), complete)
    assert len([each for each in bench.asked() if "/commits/" in each]) == pages


async def test_files_in_another_account_need_permission(bench: Bench) -> None:
    world = bench.world
    other = world.github.organisation("globex")
    other.add_member(world.octocat)
    web = world.github.create_repository("globex/web", files={"main.go": "x"}, by=world.octocat)
    world.github.install(world.app, other, by=world.octocat)

    assert await asked(bench, web.head(), source="globex/web") == {}, "not permitted yet"
    bench.github.tokens.sources = frozenset({("acme", "globex")})
    assert await asked(bench, web.head(), source="globex/web") == {web.head(): ChangedFiles(("main.go",))}


@pytest.mark.parametrize("status", [404, 409, 422])
async def test_a_commit_that_github_does_not_show_has_no_list(bench: Bench, status: int) -> None:
    """409: the repository is empty; 422: there is no such commit. https://docs.github.com/en/rest/commits/commits#get-a-commit"""
    world = bench.world
    web = world.github.create_repository("acme/web", files={"a": "a"}, by=world.octocat)
    world.running.faults.next_requests(Answer(status, {"message": "No"}), which=Which(path="/repos/*/commits/*"))

    assert await asked(bench, web.head()) == {}


async def test_an_error_of_github_is_not_an_empty_list(bench: Bench) -> None:
    world = bench.world
    web = world.github.create_repository("acme/web", files={"a": "a"}, by=world.octocat)
    await asked(bench, web.head())
    world.running.faults.next_requests(Answer(500, {"message": "Oh"}), which=Which(path="/repos/*/commits/*"))

    with pytest.raises(Temporary):
        await asked(bench, web.head())
