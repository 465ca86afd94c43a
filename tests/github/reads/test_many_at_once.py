"""The past promotions of a whole repository, and the source repositories of many applications, in few documents."""

from bot.core.needs.sources import SourceNeeds
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion, RunDetails
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.github.conftest import REPOSITORY, Bench


async def test_past_pull_requests_are_read_a_hundred_at_a_time(bench: Bench) -> None:
    repository, mona = bench.world.repository, bench.world.mona
    names = [f"gitops/dev/web-{number}" for number in range(101)]
    repository.create_branch("work", by=mona)
    commit = repository.commit_files({"x.txt": b"x"}, by=mona, branch="work", message="x")
    for name in names:
        repository.create_branch(name, by=mona, at=commit)
        repository.open_pull(PullDraft(title="x", body="The body", base="main", head=name), by=mona).close(by=mona)

    seen = await bench.github.ended(REPOSITORY)

    assert {pull.branch for pull in seen} == set(names)
    assert not any(pull.merged for pull in seen)
    assert seen[0].page.body == "The body"
    assert bench.github.client.requests["ended"] == 2


async def test_sources_are_read_fifty_at_a_time(bench: Bench) -> None:
    world = bench.world
    names = [f"acme/source-{number}" for number in range(51)]
    for name in names:
        world.github.create_repository(name, files={"README.md": name}, by=world.mona)
    head = SourceNeeds(names[0], None, "HEAD")
    wanted = [head, *(SourceNeeds(name, "main", None) for name in names[1:])]

    seen = await bench.github.source_glimpses(REPOSITORY, wanted)

    assert set(seen) == set(wanted)
    assert seen[head].head is not None
    assert seen[head].history == ()
    assert len(seen[wanted[1]].history) == 1
    assert bench.github.client.requests["sources"] == 2
    assert bench.github.client.points["sources"] == 2


async def test_what_cannot_be_read_is_left_out(bench: Bench) -> None:
    wanted = [SourceNeeds(name, None, "HEAD") for name in ("acme/nowhere", "others/web", "nonsense")]

    assert await bench.github.source_glimpses(REPOSITORY, wanted) == {}


async def test_a_source_that_was_renamed_is_left_to_the_look_at_its_application(bench: Bench) -> None:
    source = bench.world.github.create_repository("acme/former", files={"a": "b"}, by=bench.world.mona)
    bench.world.github.rename_repository(source, "present", by=bench.world.mona)

    assert await bench.github.source_glimpses(REPOSITORY, [SourceNeeds("acme/former", None, "HEAD")]) == {}


async def test_a_head_with_more_reports_than_a_page_is_left_out(bench: Bench) -> None:
    world = bench.world
    source = world.github.create_repository("acme/busy", files={"a": "b"}, by=world.mona)
    details = RunDetails(status=CheckStatus.COMPLETED, conclusion=Conclusion.SUCCESS)
    for number in range(101):
        source.create_check_run(source.head(), f"check {number}", app=world.app, details=details)

    assert await bench.github.source_glimpses(REPOSITORY, [SourceNeeds("acme/busy", None, "HEAD")]) == {}
