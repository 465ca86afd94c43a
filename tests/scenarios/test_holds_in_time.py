"""A hold counts from the moment somebody can see it: nothing merges, and no check turns green, on what was seen before."""

import asyncio

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.events import CheckRunEvent, Event, PushEvent
from bot.simulator.github.traffic.faults import Fate, Slow, Which
from tests.scenarios.test_people import AUTOMATIC
from tests.scenarios.world import STATE, World, a_world, with_policy

MANUAL = AUTOMATIC.replace("    merge: auto\n", "    merge: manual\n", 1)


def issue(world: World) -> int:
    """A new one."""
    return world.stage.manifests.open_issue("ops", by=world.stage.person("sam")).number


async def test_a_hold_whose_webhook_was_lost_is_seen_by_the_pass_that_would_merge() -> None:
    """It was edited at once, and GitHub lost both events; then the last check turns green."""
    async with a_world() as world:
        await world.release("v1.5.0")
        here = issue(world)
        await world.settle()
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=2, event="issue_comment")
        said = world.stage.comment(here, "/hold staging", by="sam")
        said.edit("/hold dev", by=world.stage.person("sam"))
        await world.validate("dev")
        assert world.verdict("dev") == "hold: held by sam"
        assert "Held: nothing merges in `dev`" in world.stage.replies(said)[0]
        assert "merged #1" not in world.news()


@pytest.mark.parametrize("stranger", ["erin", "sam"])
async def test_who_may_not_hold_keeps_nothing_from_merging(stranger: str) -> None:
    """Their comment is lost as well, and whether they may is looked up before anything is decided."""
    async with a_world() as world:
        await world.release("v1.5.0")
        here = issue(world)
        await world.settle()
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=1, event="issue_comment")
        world.stage.comment(here, "/hold all", by=stranger)
        await world.validate("dev")
        assert ("merged #1" in world.news()) is (stranger == "erin")
        world.news()


@pytest.mark.story
@pytest.mark.parametrize("policy", [MANUAL, AUTOMATIC])
async def test_no_check_turns_green_on_records_that_were_replaced(policy: str) -> None:
    """The last check reports while the hold is being written: the pass that looked before writes after it."""
    async with a_world(with_policy(policy)) as world:
        await world.release("v1.5.0")
        here, stage = issue(world), world.stage
        await world.settle()
        seen: list[str] = []

        def hear(event: Event) -> None:
            if isinstance(event, PushEvent) and event.ref == STATE:
                seen.append("recorded")
            if isinstance(event, CheckRunEvent) and event.run.name == "gitops/promotion":
                seen.append("green" if event.run.conclusion is Conclusion.SUCCESS else "not green")

        stop = stage.github.listen(hear)
        stage.hub.faults.next_requests(Slow(1.0), which=Which(operation="createCommitOnBranch"))
        stage.comment(here, "/hold dev", by="sam")
        await asyncio.sleep(0.5)
        stage.validate(world.pull("dev"))
        await world.settle()
        stop()
        assert "green" not in seen[seen.index("recorded") :]
        assert world.verdict("dev") == "hold: held by sam"
        world.news()
