"""`/hold all` from a phone at three in the morning, during a merge."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.simulator.github.traffic.faults import Slow, Which
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import SOAK, to_dev
from tests.scenarios.world import World, a_world, seen

THREE = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


async def until_three(world: World) -> None:
    """#2 brings v1.5.0 to staging and #3 brings v1.6.0 to dev; each lacks nothing but the repository's own check."""
    world.stage.clock.set(THREE - SOAK)
    await to_dev(world, "v1.5.0")
    await world.sync("dev")
    await world.advance(SOAK)
    await world.release("v1.6.0")
    assert world.verdict("staging") == world.verdict("dev") == "protection: waiting for required check validate"
    world.news()


async def held_while_a_merge_is_under_way(world: World) -> str:
    """Let sam write while GitHub is slowly merging #3; return the reply."""
    faults = world.stage.hub.faults
    faults.next_requests(Slow(0.2), which=Which(operation="mergePullRequest"))
    world.stage.validate(world.pull("dev"))
    while any(faults.unspent()):  # noqa: ASYNC110 -- nobody tells when a request has arrived
        await asyncio.sleep(0)
    return seen(await world.ask("/hold all something eats the database", by="sam", on=1))


@told_twice
async def test_the_reply_names_merged_and_held_promotions_and_nothing_merges_later(
    interlude: Interlude,
) -> None:
    """Half asleep, on a small screen: one look has to be enough."""
    async with a_world() as world:
        await until_three(world)

        reply = await held_while_a_merge_is_under_way(world)

        assert reply.splitlines()[2:] == [
            "Held: nothing merges anywhere until somebody lifts it with `/unhold all`. Rollbacks still merge.",
            "",
            "Merged in the last 15 minutes, before the hold:",
            "- #3 dev: web v1.5.0 → v1.6.0",
            "",
            "Open, and held unless it is a rollback:",
            "- #2 staging: web v1.4.1 → v1.5.0",
        ]
        assert world.news() == ["merged #3", "recorded: sam: /hold all something eats the database"]

        await interlude(world)
        await world.validate("staging")
        await world.release("v1.6.1")
        await world.validate("dev")
        world.stage.clock.set(MORNING)
        await world.advance(timedelta(minutes=1))
        merged = [line for line in world.news() if line.startswith("merged")]
        assert merged == [], "nothing merges after the reply"
        held = "held by sam: something eats the database. Can be cleared by sam, or a maintainer, using `/unhold all`."
        assert f"⛔ **Hold:** {held}\n\n" in world.page("staging")

        assert "Lifted." in await world.ask("/unhold all", by="sam", on=1)
        assert world.news()[:2] == ["recorded: sam: /unhold all", "merged #2"]
        assert 'tag: "v1.5.0"' in world.text("envs/staging/web/values.yaml")
        assert "v1.6.0" in world.text("envs/dev/web/kustomization.yaml"), (
            "the pace keeps v1.6.1 back, for staging's sake"
        )
        world.news()


async def test_on_a_quiet_night_the_reply_is_one_line() -> None:
    """A quiet night."""
    async with a_world() as world:
        issue = world.stage.manifests.open_issue("Alarm", by=world.stage.person("sam"))
        reply = seen(await world.ask("/hold all", by="sam", on=issue.number))
        assert reply.splitlines()[2:] == [
            "Held: nothing merges anywhere until somebody lifts it with `/unhold all`. Rollbacks still merge."
        ]
        world.news()
