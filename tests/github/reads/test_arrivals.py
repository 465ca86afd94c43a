"""When the default branch came to hold a file: by GitHub's clock, whatever its commits say."""

from datetime import datetime, timedelta

import pytest

from bot.core.observation.files import FileRevision
from bot.github.reads import arrivals
from bot.simulator.github.git.store import File
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import DEV, Bench, bench_of

ACTIVITY = Which(path="/repos/acme/manifests/activity")
COMPARE = "/repos/acme/manifests/compare/"


async def revisions(bench: Bench) -> tuple[FileRevision, ...]:
    return (await bench.observe()).environments["dev"].histories[DEV].revisions


async def newest(bench: Bench) -> tuple[datetime, datetime | None]:
    """Return when the newest revision arrived, and the latest possible time if that is not known."""
    revision = (await revisions(bench))[0]
    return revision.at, revision.latest


def later(bench: Bench, **length: float) -> datetime:
    return bench.world.github.clock.advance(timedelta(**length))


def committed(bench: Bench, *parents: str, content: str, made: datetime) -> str:
    """Make a commit that no branch has yet."""
    repository, person = bench.world.repository, bench.world.github.now_person("Mona", "mona@example.com")
    who = type(person)(person.name, person.email, made)
    tree = repository.store.write_tree(
        repository.store.commit(parents[0]).tree, {DEV: File(content.encode(), 0o100644)}
    )
    return repository.store.write_commit(tree=tree, parents=list(parents), message="x", author=who, committer=who)


def pushed(bench: Bench, oid: str) -> datetime:
    """Push it; returns when."""
    repository = bench.world.repository
    repository.move_ref("refs/heads/main", before=repository.head(), after=oid, by=bench.world.mona)
    return bench.world.github.now()


async def test_a_commit_of_five_hours_ago_came_when_it_was_pushed(bench: Bench) -> None:
    """akuity/kargo#3731"""
    now = later(bench, hours=6)
    bench.world.repository.commit_files({DEV: "a: 1\n"}, by=bench.world.mona, at=now - timedelta(hours=5))

    assert await newest(bench) == (now, None)


async def test_a_commit_dated_in_the_future_came_when_it_was_pushed(bench: Bench) -> None:
    now = later(bench, hours=6)
    bench.world.repository.commit_files({DEV: "a: 1\n"}, by=bench.world.mona, at=now + timedelta(days=9))

    assert await newest(bench) == (now, None)


async def test_each_commit_is_asked_about_once(bench: Bench) -> None:
    await bench.observe()
    later(bench, minutes=1)
    bench.world.repository.commit_files({DEV: "a: 1\n"}, by=bench.world.mona)
    bench.forget()

    await bench.observe()
    assert bench.asked() == ["POST /graphql", "GET /repos/acme/manifests/activity"]
    bench.world.repository.commit_files({"README.md": "x"}, by=bench.world.mona)
    bench.forget()

    await bench.observe()
    assert bench.asked() == ["POST /graphql"]


async def test_a_commit_inside_a_push_came_with_the_push(bench: Bench) -> None:
    before = later(bench, hours=6)
    made = before - timedelta(hours=5)
    repository = bench.world.repository
    first = committed(bench, repository.head(), content="a: 1\n", made=made)
    at = pushed(bench, committed(bench, first, content="a: 1\nb: 2\n", made=made))
    for _ in range(5):
        later(bench, hours=1)
        repository.commit_files({"README.md": f"{repository.head()}"}, by=bench.world.mona)

    seen = await revisions(bench)

    assert [(each.at, each.latest) for each in seen[:2]] == [(at, None), (at, None)]


async def test_an_old_commit_that_was_merged_locally_came_with_the_merge(bench: Bench) -> None:
    """`git pull`, then `git push`: the history shows others' pushes between the merge and the old commit."""
    repository, start = bench.world.repository, later(bench, hours=1)
    base = repository.head()
    old = committed(bench, base, content="a: 1\n", made=start)
    later(bench, hours=2)
    repository.commit_files({"README.md": "pushed by others"}, by=bench.world.mona)
    now = later(bench, hours=2)
    at = pushed(bench, committed(bench, repository.head(), old, content="a: 1\n", made=now))

    assert at == now
    assert (await revisions(bench))[0].at == now


async def test_what_is_older_than_all_pushes_was_there_by_the_oldest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PAGES", 1)
    monkeypatch.setattr(arrivals, "PER_PAGE", 2)
    made = bench.world.github.now()
    times = []
    for number in range(3):
        times.append(later(bench, hours=1))
        bench.world.repository.commit_files({"README.md": f"{number}"}, by=bench.world.mona)

    assert await newest(bench) == (made, times[1])


@pytest.mark.parametrize("status", [403, 404])
async def test_where_github_lists_no_pushes_a_commit_came_when_it_was_first_seen(bench: Bench, status: int) -> None:
    """GitHub Enterprise Server before 3.17."""
    bench.world.running.faults.next_requests(Answer(status, {"message": "Not Found"}), count=9, which=ACTIVITY)
    first = later(bench, hours=6)
    made, future = first - timedelta(hours=5), first + timedelta(days=9)
    bench.world.repository.commit_files({DEV: "a: 1\n"}, by=bench.world.mona, at=made)

    assert await newest(bench) == (made, first)
    second = later(bench, hours=1)
    assert await newest(bench) == (made, first), "the process remembers it"
    assert await newest(bench_of(bench.world)) == (made, second), "and another one is on the safe side"

    bench.world.repository.commit_files({DEV: "a: 2\n"}, by=bench.world.mona, at=future)
    assert await newest(bench) == (second, second)


async def test_a_push_that_github_does_not_list_yet(bench: Bench) -> None:
    await bench.observe()
    now = later(bench, hours=6)
    made = now - timedelta(hours=5)
    activities = list(bench.world.repository.activities)
    bench.world.repository.commit_files({DEV: "a: 1\n"}, by=bench.world.mona, at=made)
    bench.world.repository.activities[:] = activities

    assert await newest(bench) == (made, now)


async def test_what_was_merged_into_another_branch_came_when_that_was_pushed(bench: Bench) -> None:
    """`develop` is pushed to `main` now and then; its pull requests were merged long before."""
    world, repository = bench.world, bench.world.repository
    repository.create_branch("develop", by=world.mona)
    repository.create_branch("feature", by=world.mona)
    repository.commit_files({DEV: "a: 1\n"}, by=world.mona, branch="feature")
    pull = repository.open_pull(PullDraft(title="x", base="develop", head="feature"), by=world.mona)
    merge(pull, MergeOrder(method=MergeMethod.MERGE), by=world.octocat)
    now = later(bench, hours=5)
    pushed(bench, repository.head("develop"))

    (seen, *_) = await revisions(bench)

    assert (seen.at, seen.latest, seen.pull, seen.by.login) == (now, None, pull.number, "octocat")


async def test_what_was_merged_under_the_branchs_former_name_came_when_it_was_merged(bench: Bench) -> None:
    world, repository = bench.world, bench.world.repository
    repository.create_branch("feature", by=world.mona)
    repository.commit_files({DEV: "a: 1\n"}, by=world.mona, branch="feature")
    pull = repository.open_pull(PullDraft(title="x", base="main", head="feature"), by=world.mona)
    merge(pull, MergeOrder(method=MergeMethod.MERGE), by=world.octocat)
    merged_at = world.github.now()
    later(bench, hours=5)
    repository.rename_branch("main", "trunk", by=world.mona)

    assert await newest(bench) == (merged_at, None)


async def test_a_look_asks_a_limited_number_of_questions(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look asks the rest, which counts as new until then."""
    monkeypatch.setattr(arrivals, "COMPARISONS", 5)
    repository, made = bench.world.repository, bench.world.github.now()
    for _ in range(6):
        later(bench, hours=1)
        first = committed(bench, repository.head(), content=f"a: {repository.head()}\n", made=made)
        pushed(bench, committed(bench, first, content=f"b: {first}\n", made=made))
    bench.forget()

    now = bench.world.github.now()
    first_look = await revisions(bench)
    assert len([one for one in bench.asked() if one.startswith(f"GET {COMPARE}")]) == 5
    assert [each.latest for each in first_look].count(now) > 0
    for _ in range(12):
        seen = await revisions(bench)

    assert [each.latest for each in seen] == [None] * len(seen)
    assert [each.at for each in seen] == [now - timedelta(hours=number // 2) for number in range(10)]
