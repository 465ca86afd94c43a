"""Every command is carried out once and answered once, whatever GitHub refuses and whichever request is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.service import running
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.traffic.faults import Moment, Which
from tests.scenarios.test_the_main_job import to_dev, to_prod
from tests.scenarios.world import World, a_world, seen

pytestmark = pytest.mark.story  # minutes of work in all

REPLY = Which(operation="addComment")
FOREVER = 100_000
COMMANDS = {
    "recorded: a stop": ("/hold staging the database moves", "sam"),
    "recorded: a request": ("/promote staging web@v1.4.0", "sam"),
    "recorded: a rollback": ("/rollback prod", "sam"),
    "recorded: a rejection": ("/reject web@v1.4.0 it leaks", "sam"),
    "recorded: an acceptance": ("/unreject web@v1.3.0", "alice"),
    "recorded: an override": ("/override soak staging web it burns", "alice"),
    "refused by an application": ("/promote prod web@v9", "sam"),
    "refused by the repository": ("/hold prodd", "sam"),
    "refused: no right": ("/unhold all", "erin"),
    "refused: no such place": ("/promote nowhere", "sam"),
    "not understood": ("/promot prod", "sam"),
    "a question": ("/why prod", "erin"),
    "help": ("/help", "erin"),
}
"""One of each outcome."""


async def a_day_later(world: World) -> None:
    """Everything works again, and whatever is still waiting for its next try gets it."""
    world.stage.hub.faults.clear()
    for _ in range(6):
        await world.advance(timedelta(hours=4))


def answers(world: World, comment: Comment) -> list[str]:
    """Those after the comment, each with the line that it answers."""
    return [each for each in world.stage.replies(comment) if each.startswith("> ")]


def commits(world: World, line: str) -> int:
    """How often a command was carried out on `gitops-state`."""
    return sum(f": {line}" in seen(news) for news in world.news() if news.startswith("recorded"))


async def ready(world: World) -> int:
    """prod has a new version, an old one is rejected, the next is on its way; an issue to write on."""
    await to_prod(world, "v1.5.0")
    issue = world.stage.manifests.open_issue("ops", by=world.stage.person("sam"))
    await world.comment("/reject web@v1.3.0 it leaks", by="dana", on=issue.number)
    await to_dev(world, "v1.6.0")
    world.news()
    return issue.number


async def test_a_refusal_whose_reply_was_lost_with_other_work_is_answered_later() -> None:
    """The pass also opens a promotion; the document with the reply is lost, and the next pass writes it."""
    async with a_world() as world:
        issue = world.stage.manifests.open_issue("ops", by=world.stage.person("sam"))
        await world.settle()
        world.stage.hub.faults.hang_up(Moment.BEFORE, which=REPLY)
        world.stage.release("v1.5.0")
        comment = world.stage.comment(issue.number, "/promote prod web@v9", by="sam")
        await world.settle()
        await a_day_later(world)
        assert len(answers(world, comment)) == 1
        world.news()


@pytest.mark.parametrize("outcome", COMMANDS)
async def test_a_refused_reaction_repeats_neither_the_deed_nor_the_answer(outcome: str) -> None:
    """GitHub refuses every reaction, for good: the answer itself says what was answered."""
    async with a_world() as world:
        issue, (line, author) = await ready(world), COMMANDS[outcome]
        world.stage.hub.faults.refuse_reactions(count=FOREVER)
        comment = await world.comment(line, by=author, on=issue)
        for _ in range(3):
            await world.advance(timedelta(minutes=20))
        await world.restart()
        await world.advance(timedelta(hours=2))
        assert len(answers(world, comment)) == 1
        assert commits(world, line) == outcome.startswith("recorded")


@pytest.mark.parametrize("outcome", COMMANDS)
async def test_whatever_is_lost_on_the_way_it_is_answered_once(outcome: str) -> None:
    """The next answers are lost before and after GitHub wrote them, or refused; then everything works again."""
    async with a_world() as world:
        issue, (line, author) = await ready(world), COMMANDS[outcome]
        faults, comment = world.stage.hub.faults, world.stage.comment(issue, line, by=author)
        faults.hang_up(Moment.AFTER, which=Which(operation="createCommitOnBranch"))
        faults.hang_up(Moment.BEFORE, which=REPLY)
        faults.too_quickly()
        faults.hang_up(Moment.AFTER, which=REPLY)
        faults.refuse_reactions(count=3)
        await world.settle()
        await a_day_later(world)
        assert len(answers(world, comment)) == 1
        assert commits(world, line) == outcome.startswith("recorded")


async def test_a_hold_and_what_lifts_it_do_not_replay_each_other() -> None:
    """GitHub takes the records, and neither answers nor reactions for an hour: each acts once, and says so in the end."""
    async with a_world() as world:
        issue = await ready(world)
        faults = world.stage.hub.faults
        faults.refuse_reactions(count=FOREVER)
        faults.fail(502, count=FOREVER, which=REPLY)
        hold = await world.comment("/hold staging the database moves", by="sam", on=issue)
        lift = await world.comment("/unhold staging", by="sam", on=issue)
        await world.live(timedelta(hours=1))
        faults.clear()
        faults.refuse_reactions(count=FOREVER)
        await world.live(timedelta(hours=2))
        to_hold, to_lift = sorted(answers(world, hold))
        assert "I carried this out, but it no longer applies" in to_hold
        assert to_lift == "> `/unhold staging`\n\nLifted."
        assert len(answers(world, lift)) == 2
        news = [seen(each) for each in world.news() if each.startswith("recorded")]
        assert sorted(news) == ["recorded: sam: /hold staging the database moves", "recorded: sam: /unhold staging"]


async def test_two_servers_that_share_no_queue_answer_once() -> None:
    """Both hear the same webhooks, and each has a queue of its own."""
    async with a_world() as world:
        issue = await ready(world)
        stage = world.stage
        settings = replace(stage.settings, queue=stage.queue_file.with_name("another.db"))
        async with running(settings, stage.runtime) as other:
            await other.discovered.wait()
            for line, author in COMMANDS.values():
                comment = stage.comment(issue, line, by=author)
                await stage.settle()
                other.queue.wake()
                await other.runner.settled()
                await stage.advance(timedelta(minutes=20))
                assert len([each for each in answers(world, comment) if f"`{line}`" in each]) == 1
        world.news()
