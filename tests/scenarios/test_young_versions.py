"""`min-age`: a version waits until the bot has known it for long enough, by its own record."""

from datetime import timedelta

from bot.cli.demo.setting import POLICY
from tests.scenarios.world import World, a_world, with_policy

FILE = "envs/dev/web/kustomization.yaml"
AGED = with_policy(POLICY.replace("gates: {checks: [build]}", "gates: {checks: [build], min-age: 2h}"))


async def release(world: World) -> None:
    await world.release("v1.5.0")
    await world.validate("dev")


async def test_a_version_grows_old_whatever_its_publisher_says_of_its_age() -> None:
    async with a_world(AGED) as world:
        await release(world)
        assert "too young until" in world.page("dev")

        await world.live(timedelta(hours=1, minutes=50))
        assert "v1.4.1" in world.text(FILE)
        await world.restart()  # the record is on gitops-state, not in the process
        await world.live(timedelta(minutes=12))
        assert "v1.5.0" in world.text(FILE)
        world.news()


async def test_a_newer_version_that_is_younger_does_not_hold_the_older_one_back() -> None:
    async with a_world(AGED) as world:
        await release(world)
        await world.live(timedelta(hours=1))
        await world.release("v1.5.1")
        await world.validate("dev")
        await world.live(timedelta(hours=1, minutes=5))
        assert "v1.5.0" in world.text(FILE)
        world.news()


async def test_an_urgent_fix_is_let_through_by_name() -> None:
    async with a_world(AGED) as world:
        await release(world)
        await world.say("/override min-age it fixes the outage", by="alice", on=world.pull("dev").number)
        assert "v1.5.0" in world.text(FILE)
        world.news()
