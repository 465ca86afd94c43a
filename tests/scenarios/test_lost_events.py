"""Events are hints: if they are lost, repeated or late, the end is the same."""

from datetime import timedelta

from bot.simulator.github.traffic.faults import Fate
from tests.scenarios.test_the_main_job import SOAK, to_dev
from tests.scenarios.world import a_world


async def test_without_webhooks_the_sweep_finds_everything() -> None:
    """GitHub sends nothing at all for a while."""
    async with a_world() as world:
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=10_000)
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.advance(timedelta(minutes=15))
        assert "merged #1" in world.news()


async def test_without_a_registry_notification_the_poll_finds_the_image() -> None:
    """The notification is lost with a restart of the registry."""
    async with a_world() as world:
        world.stage.build("v1.5.0")
        await world.stage.settle()
        world.stage.registry.mute()
        await world.push_image("v1.5.0")
        assert world.news() == []
        await world.advance(timedelta(hours=2))
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"


async def test_repeated_webhooks_repeat_nothing() -> None:
    """The GUID identifies a delivery, the bot's reaction an answered command."""
    async with a_world() as world:
        world.stage.hub.faults.next_webhooks(Fate.REPEAT, count=10_000)
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        await world.validate("staging")
        await world.advance(SOAK)
        news = world.news()
        assert [line for line in news if line.startswith(("opened", "merged"))] == [
            "opened #1 dev: web v1.4.1 → v1.5.0",
            "merged #1",
            "opened #2 staging: web v1.4.1 → v1.5.0",
            "merged #2",
        ]


async def test_a_command_that_is_delivered_again_acts_once() -> None:
    """The same comment, redelivered an hour later."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.ask("/hold dev", by="dana")
        await world.ask("/unhold dev", by="dana")
        delivery = next(
            each for each in reversed(world.stage.hub.webhooks.deliveries()) if each.event == "issue_comment"
        )
        world.stage.hub.webhooks.redeliver(delivery)
        await world.stage.settle()
        await world.validate("dev")
        assert "merged #1" in world.news()
