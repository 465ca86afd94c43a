"""With a merge queue, promotions enter it late, leave it if a gate closes, and block no other pull request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import Grouping, MergeMethod, Protection, ProtectionSource
from bot.simulator.github.model.pulls.pull_request import MergeGroup, PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.test_the_main_job import FIRST_RECORD
from tests.scenarios.world import World, a_world

OPENED = [FIRST_RECORD, "recorded: web v1.5.0 was first seen", "opened #1 dev: web v1.4.1 → v1.5.0"]
IN_QUEUE = "every gate passes; it is in the merge queue"
REQUIRED = ("validate", "gitops/promotion")


@asynccontextmanager
async def a_queue(grouping: Grouping = Grouping.ALLGREEN, *, bypass: bool = False) -> AsyncIterator[World]:
    """The team's world, with a merge queue that requires the repository's own check and ours. bypass: the App may."""
    async with a_world() as world:
        queue = Protection(
            source=ProtectionSource.RULESET,
            checks=REQUIRED,
            merge_queue=MergeMethod.MERGE,
            grouping=grouping,
            bypass=(world.stage.app,) if bypass else (),
        )
        world.stage.manifests.protect("main", queue)
        await world.stage.settle()
        yield world


def group_of(pull: PullRequest) -> MergeGroup | None:
    """What the queue made of a pull request; None while it is in no queue."""
    return pull.queue_entry.group if pull.queue_entry else None


def said_on(world: World, oid: str) -> list[tuple[str | None, Conclusion | None]]:
    """What our check runs on a commit are titled, and how they concluded."""
    runs = world.stage.manifests.checks.latest_runs(oid)
    return [(run.output.title, run.conclusion) for run in runs if run.name == "gitops/promotion" and run.output]


async def ci(world: World, pull: PullRequest, conclusion: Conclusion = Conclusion.SUCCESS) -> str:
    """The repository's own check reports on the pull request's merge group. Returns the group's commit."""
    group = group_of(pull)
    assert group is not None, f"#{pull.number} is in no merge group"
    world.stage.report(world.stage.manifests, group.head_oid, "validate", conclusion)
    await world.stage.settle()
    return group.head_oid


async def test_a_promotion_enters_once_every_gate_passes() -> None:
    """Not before every gate passes; then it is the queue that merges, once the check on its commit is green as well."""
    async with a_queue() as world:
        await world.release("v1.5.0")
        assert world.news() == OPENED
        assert world.pull("dev").queue_entry is None

        await world.validate("dev")

        assert world.news() == []
        group = group_of(world.pull("dev"))
        assert group is not None
        assert said_on(world, group.head_oid) == [(IN_QUEUE, Conclusion.SUCCESS)]
        assert "In GitHub's merge queue" in world.status("dev")
        assert world.pull("dev").state is State.OPEN

        landed = await ci(world, world.pull("dev"))

        assert world.news() == ["merged #1", "opened #2 staging: web v1.4.1 → v1.5.0"]
        assert world.pull("dev").merge_commit_oid == landed
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")


async def test_an_app_that_may_bypass_the_queue_uses_it_nevertheless() -> None:
    """kargo#5405: GitHub would take a direct merge of such an App, without the checks on the queue's commit."""
    async with a_queue(bypass=True) as world:
        await world.release("v1.5.0")
        await world.validate("dev")

        assert world.pull("dev").state is State.OPEN
        assert group_of(world.pull("dev")) is not None
        landed = await ci(world, world.pull("dev"))
        assert world.pull("dev").merge_commit_oid == landed
        assert world.news() == [*OPENED, "merged #1", "opened #2 staging: web v1.4.1 → v1.5.0"]


async def test_a_hold_dequeues_it_and_unhold_enqueues_it() -> None:
    """Even if its checks succeed in between."""
    async with a_queue() as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        before = group_of(world.pull("dev"))
        assert before is not None

        await world.comment("/hold dev the database moves", by="dana", on=1)

        recorded, answer = world.news()[-2:]
        assert recorded == "recorded: dana: /hold dev the database moves"
        assert answer.startswith("answered: ")
        assert world.pull("dev").queue_entry is None
        status = world.status("dev")
        assert "the database moves" in status.splitlines()[0]
        assert "merge queue" not in status
        world.stage.report(world.stage.manifests, before.head_oid, "validate", Conclusion.SUCCESS)
        await world.stage.settle()
        assert world.news() == []

        await world.advance(timedelta(minutes=10))
        await world.ask("/unhold dev", by="dana", on=1)
        assert world.news() == ["recorded: dana: /unhold dev"]
        assert "In GitHub's merge queue" in world.status("dev")
        await ci(world, world.pull("dev"))
        assert world.news() == ["merged #1", "opened #2 staging: web v1.4.1 → v1.5.0"]


async def test_a_newer_version_waits_for_the_one_in_the_queue() -> None:
    """Neither rebuilt nor overtaken while it is there."""
    async with a_queue() as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        head = world.pull("dev").head_oid
        assert world.news() == OPENED

        await world.release("v1.6.0")
        assert (world.pull("dev").head_oid, world.news()) == (head, [])

        await ci(world, world.pull("dev"))
        assert "merged #1" in (news := world.news())
        assert any("dev: web v1.5.0 → v1.6.0" in line for line in news)


@pytest.mark.story
@pytest.mark.parametrize("grouping", Grouping)
async def test_a_pull_request_behind_a_promotion_gets_its_check(grouping: Grouping) -> None:
    """It gets a new one if the promotion leaves the queue."""
    async with a_queue(grouping) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        repository, alice = world.stage.manifests, world.stage.person("alice")
        repository.commit_files({"README.md": "# What runs where, and why\n"}, by=alice, branch="readme")
        theirs = repository.open_pull(PullDraft(title="Give a reason", base="main", head="readme"), by=alice)
        world.stage.validate(theirs)
        await world.stage.settle()
        assert said_on(world, theirs.head_oid) == [("not a promotion", Conclusion.SUCCESS)]
        queue = repository.queue("main")
        assert queue is not None
        queue.add(theirs, by=alice)
        await world.stage.settle()
        assert [entry.pull.number for entry in queue.entries] == [1, theirs.number]
        both = group_of(theirs)
        assert both is not None
        assert said_on(world, both.head_oid) == [("not a promotion", Conclusion.SUCCESS)]

        await world.ask("/hold dev", by="dana", on=1)

        assert [entry.pull.number for entry in queue.entries] == [theirs.number]
        alone = group_of(theirs)
        assert alone is not None
        assert alone.head_oid != both.head_oid
        assert said_on(world, alone.head_oid) == [("not a promotion", Conclusion.SUCCESS)]
        await ci(world, theirs)
        assert theirs.state is State.MERGED
        assert world.pull("dev").state is State.OPEN
        assert world.news() == [*OPENED, "recorded: dana: /hold dev"]


async def test_what_is_behind_a_promotion_gets_its_check_when_the_last_entry_decides_and_all_groups_are_new() -> None:
    """The promotion's own group is judged first (iota#12491)."""
    async with a_queue(Grouping.HEADGREEN) as world:
        repository, alice = world.stage.manifests, world.stage.person("alice")
        queue = repository.queue("main")
        assert queue is not None

        async def queued(branch: str) -> PullRequest:
            repository.commit_files({f"{branch}.md": "Words\n"}, by=alice, branch=branch)
            pull = repository.open_pull(PullDraft(title=branch, base="main", head=branch), by=alice)
            world.stage.validate(pull)
            await world.stage.settle()
            queue.add(pull, by=alice)
            return pull

        first = await queued("first")
        await world.release("v1.5.0")
        await world.validate("dev")
        last = await queued("last")
        await world.stage.settle()
        assert [entry.pull.number for entry in queue.entries] == [first.number, world.pull("dev").number, last.number]
        assert first.queue_entry is not None

        queue.remove(first.queue_entry, by=alice)
        await world.stage.settle()

        groups = [group for entry in queue.entries if (group := entry.group) is not None]
        assert [said_on(world, group.head_oid)[0][1] for group in groups] == [Conclusion.SUCCESS] * 2
        await ci(world, last)
        assert (last.state, world.pull("dev").state) == (State.MERGED, State.MERGED)
        assert "merged #2" in world.news()


async def test_a_promotion_that_failed_in_the_queue_waits_for_people() -> None:
    """It is not enqueued again until a person requests it or a newer version replaces it."""
    async with a_queue() as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        await ci(world, world.pull("dev"), Conclusion.FAILURE)
        assert world.pull("dev").queue_entry is None
        assert world.verdict("dev").startswith("protection: removed from GitHub's merge queue")
        await world.advance(timedelta(hours=2))
        assert world.pull("dev").queue_entry is None

        assert world.news() == OPENED

        await world.ask("/promote dev web", by="dana", on=1)
        assert world.verdict("dev") == IN_QUEUE
        await ci(world, world.pull("dev"))
        assert "merged #1" in world.news()
