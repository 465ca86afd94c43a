"""GitHub takes no comment and no reaction of an App on a locked conversation: what it has to say goes where people read it.

renovate#6215, opentelemetry-dotnet#6554
"""

from datetime import timedelta

from bot.simulator.github.model.conversations.conversation import Comment
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world, seen


def on_the_dashboard(world: World) -> list[str]:
    """What the bot answered there."""
    page = world.dashboard()
    assert page is not None
    return [seen(each.body).partition("\n\n<!--")[0] for each in page.comments]


async def ask(world: World, line: str, *, on: int) -> Comment:
    """Somebody who may write still comments on a locked conversation."""
    comment = await world.comment(line, by="dana", on=on)
    await world.advance(timedelta(minutes=11))
    return comment


async def locked(world: World) -> int:
    issue = world.stage.manifests.open_issue("Talk", by=world.stage.person("dana"))
    issue.lock(by=world.stage.person("alice"))
    await world.settle()
    return issue.number


async def test_a_question_on_a_locked_issue_is_answered_on_the_dashboard() -> None:
    """There is none yet: it is opened for that. The answer is given once, and nothing is tried again and again."""
    async with a_world() as world:
        number = await locked(world)
        assert world.dashboard() is None
        await ask(world, "/why prod", on=number)
        (answer,) = on_the_dashboard(world)
        assert answer.startswith(
            f"> `/why prod` ([#{number}](../issues/{number}) is locked)\n\n**`web` in `prod`** runs"
        )
        world.news()
        world.requests()
        await world.restart()
        await world.live(timedelta(hours=5))
        assert len(on_the_dashboard(world)) == 1
        assert "Write" not in world.requests()


async def test_a_question_on_a_locked_promotion_is_answered_on_the_dashboard() -> None:
    async with a_world() as world:
        await world.release("v1.5.0")
        await locked(world)
        pull = world.pull("dev")
        pull.lock(by=world.stage.person("alice"))
        await ask(world, "/why", on=pull.number)
        (answer,) = on_the_dashboard(world)
        assert "`v1.5.0` is proposed in #1" in answer
        assert world.said(pull.number) == []
        world.news()


async def test_a_command_on_a_locked_issue_is_carried_out_once() -> None:
    """Its record is the mark, whatever becomes of the answer."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        number = await locked(world)
        world.news()
        await ask(world, "/hold staging the database moves", on=number)
        await ask(world, "/unhold staging", on=number)
        await world.live(timedelta(hours=2))
        recorded = [line for line in world.news() if line.startswith("recorded")]
        assert recorded == ["recorded: dana: /hold staging the database moves", "recorded: dana: /unhold staging"]
        assert [answer.splitlines()[-1] for answer in on_the_dashboard(world)][-1] == "Lifted."
        assert len(on_the_dashboard(world)) == 2


async def test_a_locked_dashboard_gets_no_answer_and_no_attempt() -> None:
    """Nowhere is left to say it; the check run of a promotion and the dashboard's own text say how things are."""
    async with a_world() as world:
        number = await locked(world)
        await ask(world, "/why prod", on=number)
        page = world.dashboard()
        assert page is not None
        page.lock(by=world.stage.person("alice"))
        world.requests()
        await ask(world, "/why dev", on=number)
        await world.live(timedelta(hours=2))
        assert len(on_the_dashboard(world)) == 1
        assert "Write" not in world.requests()
        world.news()
