"""`gitops-state`: who made its commits, and what was there when the App last wrote."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.needs.repository import SweepNeeds
from bot.core.observation.repository import StateBranch
from bot.core.plan import WriteState
from bot.core.values.message import Message
from bot.github.documents import questions
from bot.github.reads.objects import LARGEST_BLOB
from bot.github.reads.state_branch import DELETED, HIDDEN, MOVED, UNSIGNED
from bot.simulator.github.git.store import File, Person
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Answer, Which
from tests.github.conftest import REPOSITORY, Bench, bench_of

STATE = "refs/heads/gitops-state"
FIRST = {"dev.yaml": "holds: []\n", "prod.yaml": "{}\n"}


async def state(bench: Bench) -> StateBranch:
    """Return the branch as a look at an application and one at the repository both see it."""
    seen = (await bench.observe()).state
    assert (await bench.github.sweep(SweepNeeds(REPOSITORY))).state == seen
    return seen


async def test_the_apps_own_commit_costs_no_further_request(bench: Bench) -> None:
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    await bench.observe()
    bench.forget()

    seen = await bench.observe()

    assert bench.asked() == ["POST /graphql"]
    assert seen.state.files == FIRST
    assert (seen.state.ours, seen.state.strangers) == (None, ())
    assert await state(bench) == seen.state


async def test_a_change_by_others_comes_with_what_the_app_wrote_last(bench: Bench) -> None:
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    world = bench.world
    world.repository.commit_files({"dev.yaml": "{}\n", "qa.yaml": "{}\n"}, by=world.mona, branch="gitops-state")
    world.repository.commit_files({"prod.yaml": None}, by=world.octocat, branch="gitops-state")

    seen = await state(bench)

    assert seen.files == {"dev.yaml": "{}\n", "qa.yaml": "{}\n"}
    assert seen.ours == FIRST
    assert seen.strangers == ("octocat", "mona")


async def test_below_a_hundred_commits_of_others_ours_is_found(bench: Bench) -> None:
    """It is on the second page of the branch's history: otherwise, who may push could bury a hold."""
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    for number in range(100):
        bench.world.repository.commit_files({"dev.yaml": f"# {number}\n"}, by=bench.world.mona, branch="gitops-state")
    fresh = bench_of(bench.world)
    fresh.github.states.signed = True

    seen = await state(fresh)

    assert seen.files["dev.yaml"] == "# 99\n"
    assert (seen.ours, seen.doubt) == (FIRST, "")
    assert set(seen.strangers) == {"mona"}


async def test_where_ours_cannot_be_found_the_branch_is_in_doubt(bench: Bench) -> None:
    """Below a thousand commits of others, each page of which says that there are more."""
    world = bench.world
    world.repository.commit_files({"dev.yaml": "{}\n"}, by=world.mona, branch="gitops-state")
    bench.github.states.signed = True
    head = world.repository.head("gitops-state")
    document, variables = questions.state(REPOSITORY, head)
    credential = await bench.github.tokens.working_on(REPOSITORY)
    data: Any = (await bench.github.client.ask(document, variables, credential=credential)).data
    data["repository"]["state"]["history"]["pageInfo"] = {"hasNextPage": True, "endCursor": "Y3Vyc29yOjA="}
    world.running.faults.next_requests(Answer(200, {"data": data}), count=20, which=Which(operation="State"))

    seen = await state(bench)

    assert (seen.ours, seen.doubt) == ({}, HIDDEN)


async def test_of_a_branch_that_was_created_again_nothing_is_ours(bench: Bench) -> None:
    """A bot that was just started finds no commit of its own there, and no more commits."""
    world = bench.world
    world.repository.commit_files({"dev.yaml": "{}\n"}, by=world.mona, branch="gitops-state")
    bench.github.states.signed = True

    seen = await state(bench)

    assert (seen.ours, seen.doubt, seen.strangers[0]) == ({}, "", "mona")


@pytest.mark.parametrize(("setting", "doubt", "ours"), [({}, UNSIGNED, {}), ({"trusted": True}, "", None)])
async def test_without_signatures_nothing_is_believed_unless_configured(
    bench: Bench, setting: dict[str, bool], doubt: str, ours: dict[str, str] | None
) -> None:
    world = bench.world
    world.repository.commit_files({"prod.yaml": "{}\n"}, by=world.mona, branch="gitops-state")
    bench.github.states.trusted = setting.get("trusted", False)

    seen = await state(bench)

    assert "prod.yaml" in seen.files
    assert (seen.ours, seen.doubt) == (ours, doubt)


async def pushed(bench: Bench, *parents: str, files: dict[str, str], by: Person | None = None) -> str:
    """Push a commit to `gitops-state`, whatever was there."""
    repository, person = bench.world.repository, by or bench.world.github.person(bench.world.mona)
    contents = {name: File(text.encode(), 0o100644) for name, text in files.items()}
    tree = repository.store.write_tree(repository.store.commit(parents[0]).tree, contents)
    oid = repository.store.write_commit(tree=tree, parents=list(parents), message="x", author=person, committer=person)
    repository.move_ref(STATE, before=repository.head("gitops-state"), after=oid, by=bench.world.mona)
    return oid


async def test_the_other_side_of_a_merge_was_never_on_the_branch(bench: Bench) -> None:
    """Not even if it is one of the App's own commits to a promotion, whose tree may contain anything."""
    bench.github.states.signed = True
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    opened = await bench.open()
    assert opened.environments["dev"].pull is not None
    promoted = opened.environments["dev"].pull.head.oid
    repository = bench.world.repository
    first = repository.head("gitops-state")
    await pushed(bench, first, promoted, files={"prod.yaml": "requests: {}\n"})

    seen = await state(bench)

    assert seen.files["prod.yaml"] == "requests: {}\n"
    assert seen.ours == FIRST


async def test_a_promotions_commit_does_not_count_here(bench: Bench) -> None:
    """It is the App's, and GitHub signed it, but its tree contains whatever the default branch contained."""
    bench.github.states.signed = True
    bench.world.repository.commit_files({"prod.yaml": "requests: {}\n"}, by=bench.world.mona)
    opened = await bench.open()
    assert opened.environments["dev"].pull is not None
    promoted = opened.environments["dev"].pull.head.oid
    bench.world.repository.create_branch("gitops-state", at=promoted, by=bench.world.mona)

    seen = await state(bench)

    assert seen.files == {"prod.yaml": "requests: {}\n"}
    assert seen.ours == {}


async def test_a_commit_made_by_a_pull_request_is_not_the_apps(bench: Bench) -> None:
    """GitHub signs a squash merge in the name of the pull request's author, which may be the bot."""
    bench.github.states.signed = True
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    world = bench.world
    world.repository.create_branch("mine", at=world.repository.head("gitops-state"), by=world.mona)
    world.repository.commit_files({"prod.yaml": "requests: {}\n"}, by=world.mona, branch="mine")
    pull = world.repository.open_pull(PullDraft(title="x", base="gitops-state", head="mine"), by=world.app.bot)
    merge(pull, MergeOrder(method=MergeMethod.SQUASH), by=world.mona)
    head = world.repository.head("gitops-state")
    assert head in world.repository.signed

    seen = await state(bench)

    assert seen.files["prod.yaml"] == "requests: {}\n"
    assert seen.ours == FIRST


async def test_a_branch_that_was_moved_back_or_deleted_is_noticed(bench: Bench) -> None:
    bench.github.states.signed = True
    world, repository = bench.world, bench.world.repository
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    old = repository.head("gitops-state")
    world.github.clock.advance(timedelta(minutes=1))
    later = {"dev.yaml": "holds: [{by: mona, at: '2026-03-01T00:00:00Z', comment: 1}]\n"}
    await bench.apply(WriteState(old, later, Message("Hold", "")))
    assert (await state(bench)).ours is None
    wanted = {**FIRST, **later}

    repository.move_ref(STATE, before=repository.head("gitops-state"), after=old, by=world.mona)
    seen = await state(bench)
    assert (seen.ours, seen.strangers) == (wanted, (MOVED,))

    await pushed(bench, old, files={"qa.yaml": "{}\n"})
    seen = await state(bench)
    assert (seen.ours, seen.strangers) == (wanted, ("mona", MOVED))

    repository.delete_branch("gitops-state", by=world.mona)
    seen = await state(bench)
    assert (seen.head_oid, seen.ours, seen.strangers) == (None, wanted, (DELETED,))

    world.github.clock.advance(timedelta(minutes=1))
    await bench.apply(WriteState(None, wanted, Message("Undo", "")))
    assert ((await state(bench)).files, (await state(bench)).ours) == (wanted, None)


async def test_files_that_are_not_records_are_not_read(bench: Bench) -> None:
    """A large file with any other name is ignored. An unreadable record is reported with the reason."""
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    world, huge = bench.world, "x" * (LARGEST_BLOB + 1)
    world.repository.commit_files(
        {"big.bin": huge, "a/b.yaml": huge, "qa.yaml": huge}, by=world.mona, branch="gitops-state"
    )

    seen = await state(bench)

    assert seen.files == FIRST
    assert set(seen.unreadable) == {"qa.yaml"}
    assert "bytes" in seen.unreadable["qa.yaml"]
    assert (seen.ours, seen.strangers) == (FIRST, ("mona",))


async def test_a_change_that_comes_back_after_it_was_undone_is_told_from_others(bench: Bench) -> None:
    """Two bots during a migration undo each other (prow#431). What was undone before is known from the branch itself."""
    world, repository = bench.world, bench.world.repository
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))

    def change(text: str) -> None:
        repository.commit_files({"dev.yaml": text}, by=world.mona, branch="gitops-state")

    async def undo() -> datetime:
        at = world.github.clock.advance(timedelta(minutes=1))
        message = Message("Undo what was changed by hand by mona", "")
        await bench.apply(WriteState(repository.head("gitops-state"), FIRST, message))
        return at

    change("{}\n")
    first = await state(bench)
    assert (first.undone, first.undone_before) == ((), None)
    undone = await undo()
    change("# another one\n")
    second = await state(bench)
    assert (second.undone, second.undone_before) == ((undone,), None)
    undone_again = await undo()
    change("{}\n")

    third = await state(bench)
    assert (third.undone, third.undone_before) == ((undone_again, undone), undone)
    assert (await bench_of(world).observe()).state == third, "also for a bot that has just started"

    repository.delete_branch("gitops-state", by=world.mona)
    assert (await state(bench)).undone == ()


async def test_a_deleted_branch_that_was_put_back_before_is_known_to_the_process(bench: Bench) -> None:
    world, repository = bench.world, bench.world.repository
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    await bench.observe()
    times: list[datetime] = []
    for _ in range(7):
        repository.delete_branch("gitops-state", by=world.mona)
        times.insert(0, world.github.clock.advance(timedelta(minutes=1)))
        await bench.apply(WriteState(None, FIRST, Message("Undo what was changed by hand by whoever deleted it", "")))
        await bench.observe()
    repository.delete_branch("gitops-state", by=world.mona)

    seen = await state(bench)

    assert (seen.strangers, seen.undone) == ((DELETED,), tuple(times[:5]))


async def test_a_branch_is_known_by_its_repositorys_number(bench: Bench) -> None:
    """A new repository that takes the name of an old one does not get the old one's records."""
    world = bench.world
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    await bench.observe()
    world.repository.delete_branch("gitops-state", by=world.mona)
    world.repository.id += 1

    assert await state(bench) == StateBranch(None, {})
