"""`latest` is followed by digest. It moves back, by mistake or on purpose: the bot stops, says so, and people decide."""

from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_orders import DEPLOYMENT, DEV, SOAKED, STAGING, a_team, push, settled
from tests.scenarios.world import a_world


@told_twice
async def test_a_tag_that_moves_back_changes_nothing_until_people_decide(interlude: Interlude) -> None:
    """Nothing is carried on, and the dashboard says both ways out; dana goes back, and the next image flows."""
    async with a_world(a_team("digest: latest", "latest@<digest of latest>", images=("latest",))) as world:
        first = world.stage.digests["latest"]
        second = push(world, "latest", hour=1)
        assert (await settled(world))[:2] == [f"opened dev: web {first[7:19]} → {second[7:19]}", "merged"]

        world.stage.registry.move_tag("acme/web", "latest", first)
        assert (await settled(world))[0] == "closed"
        moved = f"`latest` of `ghcr.io/acme/web` moved back to the older `{first[7:19]}`"
        closing = world.said(world.pull("staging").number)[-1]
        assert closing == f"Closed: `{second[7:19]}` can no longer be promoted to `staging`. **Image:** {moved}."
        await world.advance(SOAKED)
        world.dashboards()
        row = world.row("dev")
        assert moved in row
        assert "the person who pushed it, by pushing a newer image" in row
        assert f"people who may roll back, using `/rollback dev web@{first[7:19]}`" in row
        await interlude(world)
        assert world.text(DEV) == DEPLOYMENT % f"latest@{second}"
        assert world.text(STAGING) == DEPLOYMENT % f"latest@{first}"
        assert moved in await world.say("/why dev", by="erin")

        answer = await world.say(f"/rollback dev web@{first[7:19]}", by="dana")
        assert f"Rolling back `dev` to `{first[7:19]}`" in answer
        assert f"`{second[7:19]}` is rejected in `dev`, `staging`, so it is not proposed there again." in answer
        assert "merged" in await settled(world)
        assert world.text(DEV) == DEPLOYMENT % f"latest@{first}"

        third = push(world, "latest", hour=4)
        assert f"opened dev: web {first[7:19]} → {third[7:19]}" in await settled(world)
        await world.advance(SOAKED)
        assert "merged" in (await settled(world))[-1]
        assert world.text(DEV) == world.text(STAGING) == DEPLOYMENT % f"latest@{third}"
