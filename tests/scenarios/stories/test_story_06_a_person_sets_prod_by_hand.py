"""Sam sets prod by hand: to a version that staging never had, then to one that the order cannot place. The bot keeps both."""

from datetime import timedelta

from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import LONG_SOAK, to_staging
from tests.scenarios.world import World, a_world

PROD = "envs/prod/web/deployment.yaml"


async def set_by_hand(world: World, tag: str, *, by: str) -> str:
    """Push a version without its digest; return the new text."""
    text = world.text(PROD)
    before, _, rest = text.partition("ghcr.io/acme/web:")
    edited = f"{before}ghcr.io/acme/web:{tag}   # prod{rest.partition('# prod')[2]}"
    await world.push({PROD: edited}, by=by, message=f"prod: {tag}, by hand")
    return edited


@told_twice
async def test_a_version_unknown_to_staging_is_kept(interlude: Interlude) -> None:
    """Prod keeps it: older versions are not promoted, newer ones are, and `/why` names the person."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        world.news()
        edited = await set_by_hand(world, "v1.6.0", by="sam")
        await world.sync("staging")
        await world.advance(LONG_SOAK)
        await interlude(world)
        assert world.actions() == []
        assert world.text(PROD) == edited
        why = await world.say("/why prod", by="dana")
        assert "**`web` in `prod`** runs `v1.6.0`." in why
        assert "sam set it to `v1.6.0`, which `staging` never had; only a newer version is promoted" in why
        assert "/promote prod web@VERSION" in why
        refused = await world.say("/promote prod", by="dana")
        assert "Nothing to promote: `prod` runs `v1.6.0`, and there is nothing newer." in refused
        assert "which `staging` never had" in refused

        await to_staging(world, "v1.7.0")
        await world.sync("staging")
        await world.advance(LONG_SOAK)
        world.news()
        assert "Promoting `prod` to `v1.7.0`" in await world.say("/promote prod", by="dana")
        assert world.pull("prod").title == "prod: web v1.6.0 → v1.7.0"
        world.news()


@told_twice
async def test_a_version_outside_the_order_stops_automatic_promotions(interlude: Interlude) -> None:
    """`debug-1` stops everything that would move prod by itself; the dashboard says who can go on, and how."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        world.news()
        await world.sync("staging")
        edited = await set_by_hand(world, "debug-1", by="sam")
        await world.advance(LONG_SOAK)
        world.dashboards()
        assert world.actions() == []
        assert world.row("prod").startswith(
            "`v1.5.0` is held back: ⛔ **Downgrade:** the order cannot compare `v1.5.0` with `debug-1`."
        )
        assert "people who may promote, using `/promote prod web@v1.5.0`" in world.row("prod")
        await interlude(world)

        refused = await world.say("/promote prod", by="dana")
        assert "`debug-1` runs there now, and the order cannot place it" in refused
        assert "To promote it anyway, name it: `/promote prod web@v1.5.0`." in refused
        assert world.text(PROD) == edited

        answer = await world.say("/promote prod web@v1.5.0", by="dana")
        assert "Promoting `prod` to `v1.5.0`" in answer
        page = world.page("prod")
        assert "| `ghcr.io/acme/web` | `debug-1` | `v1.5.0` " in page
        assert "Cannot list the commits since `debug-1`" in page
        await world.validate("prod")
        await world.approve("prod", by="sam")
        assert world.actions()[-1] == "merged prod"
        assert f":v1.5.0@{world.stage.digests['v1.5.0']}   # prod" in world.text(PROD)
        await world.advance(timedelta(hours=1))
        assert "Up to date" in world.row("prod"), "and the dashboard knows that it is over"
