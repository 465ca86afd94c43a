"""CI fails, and there is no image or a red one: the dashboard, `/why` and the commit say why."""

from datetime import timedelta

from bot.simulator.github.model.checks.runs import Conclusion
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.world import World, a_world

A_WHILE = timedelta(minutes=2)


async def mend(world: World, commit: str) -> None:
    """Dana re-runs the build, and it passes."""
    world.stage.report(world.stage.source, commit, "build", Conclusion.SUCCESS)
    await world.settle()


@told_twice
async def test_a_failed_build_without_an_image_is_explained(interlude: Interlude) -> None:
    """Nothing is in the registry: the dashboard names the commit and the check, and who can mend it."""
    async with a_world() as world:
        commit = world.stage.build("v1.5.0", checks={"build": Conclusion.FAILURE})
        await world.settle()
        await world.advance(A_WHILE)
        assert world.dashboards() == ["opened"]
        red = f"the newest commit of acme/web, `{commit[:7]}`, failed `build`, and there is no image of it"
        assert red in world.row("dev")
        assert "anyone who can fix or re-run it in acme/web" in world.row("dev")
        assert world.row("staging") == "✅ Up to date (`v1.4.1`)"
        assert red in await world.say("/why dev", by="dana")
        assert red in await world.say("/promote dev", by="dana")
        assert world.actions() == []
        await interlude(world)

        await mend(world, commit)
        await world.advance(A_WHILE)
        assert world.row("dev") == "✅ Up to date (`v1.4.1`)"
        await world.push_image("v1.5.0")
        assert world.actions()[-1] == "opened dev: web v1.4.1 → v1.5.0"


@told_twice
async def test_an_image_of_a_red_commit_is_held_back(interlude: Interlude) -> None:
    """The image is there, its build is red: no pull request; one that is open already keeps its green version, and flows."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        commit = world.stage.build("v1.5.1", checks={"build": Conclusion.FAILURE})
        await world.push_image("v1.5.1")
        assert world.actions() == []
        assert world.pull("dev").title == "dev: web v1.4.1 → v1.5.0", "a red newer version never displaces a green one"
        await world.validate("dev")
        assert world.actions() == ["merged dev", "opened staging: web v1.4.1 → v1.5.0"]
        await world.sync("dev")
        await world.advance(timedelta(minutes=31))
        await world.validate("staging")
        world.news()
        await world.advance(A_WHILE)
        held = f"`v1.5.1` is held back: ⛔ **Checks:** `build` failed on commit `{commit[:7]}` of acme/web."
        assert world.row("dev").startswith(held)
        await interlude(world)
        why = await world.say("/why dev", by="dana")
        assert f"`build` failed on commit `{commit[:7]}` of acme/web" in why
        assert "anyone who can re-run it in acme/web" in why

        await mend(world, commit)
        assert world.actions()[-1] == "opened dev: web v1.5.0 → v1.5.1"
