"""Commands are answered even if much is said after them: a look knows whether it read back to the one before."""

from datetime import timedelta

import pytest

from bot.core.commands.shared.ration import READERS_SHARE
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Fate, Which
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world

pytestmark = pytest.mark.story  # minutes of work in all


def flood_of_issues(world: World, count: int) -> None:
    """Open this many issues, one each second."""
    for number in range(count):
        world.stage.clock.advance(timedelta(seconds=1))
        world.stage.manifests.open_issue(f"Noise {number}", by=world.stage.person("erin"))


def flood_of_comments(world: World, count: int, *, on: int, text: str = "noise") -> None:
    """Write this many comments in one place."""
    for _ in range(count):
        world.stage.comment(on, text, by="erin")


def issue(world: World) -> int:
    """A new one."""
    return world.stage.manifests.open_issue("ops", by=world.stage.person("sam")).number


def answers(world: World, comment: Comment) -> list[str]:
    """Those with the comment's line above them."""
    return [each for each in world.stage.replies(comment) if each.startswith(f"> `{comment.body}`")]


async def test_a_command_is_read_after_changes_of_ten_other_issues() -> None:
    async with a_world() as world:
        here = issue(world)
        await world.stage.settle()
        comment = world.stage.comment(here, "/hold all", by="sam")
        flood_of_issues(world, 12)
        await world.stage.settle()
        assert len(answers(world, comment)) == 1
        assert "recorded: sam: /hold all" in world.news()


async def test_a_command_is_read_after_changes_of_ten_pull_requests() -> None:
    async with a_world() as world:
        await world.release("v1.5.0")
        number, manifests, erin = world.pull("dev").number, world.stage.manifests, world.stage.person("alice")
        comment = world.stage.comment(number, "/hold all", by="sam")
        for each in range(11):
            world.stage.clock.advance(timedelta(seconds=1))
            manifests.create_branch(f"topic-{each}", by=erin)
            manifests.commit_files({f"{each}.md": "x"}, by=erin, branch=f"topic-{each}", message="x")
            manifests.open_pull(PullDraft(title="x", base="main", head=f"topic-{each}"), by=erin)
        await world.stage.settle()
        assert len(answers(world, comment)) == 1
        world.news()


async def test_a_command_is_read_after_twenty_further_comments() -> None:
    async with a_world() as world:
        here = issue(world)
        await world.stage.settle()
        comment = world.stage.comment(here, "/hold all", by="sam")
        flood_of_comments(world, 25, on=here)
        await world.stage.settle()
        assert len(answers(world, comment)) == 1
        world.news()


async def test_commands_written_during_downtime_are_read() -> None:
    """The bot remembers nothing, and a flood followed: it reads three days back, page by page."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        here = issue(world)
        await world.stage.settle()
        world.news()
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=100_000)
        comment = world.stage.comment(here, "/hold all", by="sam")
        world.stage.clock.advance(timedelta(days=1))
        flood_of_issues(world, 12)
        flood_of_comments(world, 250, on=here)
        world.stage.hub.faults.clear()
        await world.restart()
        assert len(answers(world, comment)) == 1
        assert "recorded: sam: /hold all" in world.news()


async def test_a_recorded_command_is_answered_after_a_flood() -> None:
    """It is recorded but its answer fails. Then a flood pushes it out of the newest comments."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        here = issue(world)
        await world.stage.settle()
        world.news()
        world.stage.hub.faults.fail(502, count=1_000, which=Which(operation="addComment"))
        comment = world.stage.comment(here, "/hold dev", by="sam")
        await world.stage.settle()
        flood_of_issues(world, 12)
        flood_of_comments(world, 25, on=here)
        world.stage.hub.faults.clear()
        await world.advance(timedelta(minutes=30))
        assert len(answers(world, comment)) == 1
        world.news()


async def test_a_flood_costs_requests_only_once() -> None:
    """The list is read by one look; those that follow find what they know, and cost one request again."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        here = issue(world)
        await world.stage.settle()
        world.news()
        world.requests()
        flood_of_issues(world, 12)
        await world.comment("Shall we?", by="dana", on=here)
        lists = [each for each in world.requests() if each.endswith("/issues/comments")]
        assert len(lists) <= 2
        await world.comment("Yes, today.", by="sam", on=here)
        assert len(world.requests()) <= 1


async def test_a_stranger_does_not_use_up_what_github_lets_the_bot_write() -> None:
    """Four hundred comments: the bot writes a few answers an hour, says so, and somebody with a role is answered at once."""
    async with a_world() as world:
        here = issue(world)
        await world.stage.settle()
        for _ in range(4):
            flood_of_comments(world, 100, on=here, text="/why")
            await world.live(timedelta(minutes=2))
            said = await world.say("/why prod", by="sam", on=here)
            assert said.startswith("> `/why prod`")
        await world.live(timedelta(minutes=30))
        answered = [each for each in world.said(here) if each.startswith("> `/why`")]
        assert len(answered) == READERS_SHARE
        assert "I react to their commands with 😕 only" in answered[-1]
        hold = world.stage.comment(here, "/hold all", by="sam")
        await world.live(timedelta(minutes=40))
        assert len(answers(world, hold)) == 1
        assert "`web` in" in await world.say("/why prod", by="erin", on=here), "an hour later"
        assert "recorded: sam: /hold all" in world.news()


async def test_a_flood_of_a_strangers_commands_delays_others_briefly() -> None:
    """A hundred commands without a right, and one with: it is answered, and so are they."""
    async with a_world() as world:
        here = issue(world)
        await world.stage.settle()
        flood_of_comments(world, 60, on=here, text="/unhold all")
        comment = world.stage.comment(here, "/hold all", by="sam")
        flood_of_comments(world, 60, on=here, text="/unhold all")
        await world.stage.settle()
        await world.advance(timedelta(hours=1))
        assert len(answers(world, comment)) == 1
        assert "recorded: sam: /hold all" in world.news()
