"""A `git revert` of a promotion is a rejection: the bot respects it, says so, and says how to lift it."""

from datetime import timedelta

from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import a_world

DEV = "envs/dev/web/kustomization.yaml"


@told_twice
async def test_a_pushed_revert_sticks_until_it_is_lifted(interlude: Interlude) -> None:
    """Alice pushes the revert herself. Dev keeps v1.4.1 for days; erin reads why, and alice takes it back with one line."""
    async with a_world() as world:
        before = world.text(DEV)
        await to_dev(world, "v1.5.0")
        world.news()

        await world.revert("dev", by="alice")
        assert world.text(DEV) == before
        assert world.actions() == ["recorded: web v1.5.0 is rejected in dev", "closed staging"], (
            "what dev does not want any more is not promoted from there"
        )
        closing = world.said(world.pull("staging").number)[-1]
        assert "`v1.5.0` can no longer be promoted to `staging`" in closing
        assert "rejected in `dev`: replaced by the older v1.4.1 by alice" in closing

        await interlude(world)
        await world.advance(timedelta(days=2))
        assert world.actions() == []
        assert world.text(DEV) == before

        why = await world.say("/why dev", by="erin")
        assert "The newest version is `v1.5.0`; it is not proposed." in why
        assert "replaced by the older v1.4.1 by alice" in why
        assert "`/unreject web@v1.5.0`" in why, "how to undo it"

        answer = await world.say("/unreject web@v1.5.0", by="alice")
        assert "`v1.5.0` of `web` is allowed in `dev`" in answer
        assert world.actions() == ["recorded: alice: /unreject web@v1.5.0", "opened dev: web v1.4.1 → v1.5.0"]
        await world.validate("dev")
        assert world.actions() == ["merged dev", "opened staging: web v1.4.1 → v1.5.0"]


@told_twice
async def test_githubs_revert_button_sticks_and_the_next_version_flows(interlude: Interlude) -> None:
    """Dana presses "Revert": the bot leaves her pull request alone, and keeps to it once it is merged."""
    async with a_world() as world:
        before = world.text(DEV)
        await to_dev(world, "v1.5.0")
        world.news()

        revert = await world.press_revert("dev", by="dana")
        assert world.stage.verdict(revert) == "not a promotion"
        assert world.actions() == []
        world.stage.validate(revert)
        await interlude(world)
        await world.merge(revert, by="dana")
        assert world.text(DEV) == before
        assert world.actions() == ["recorded: web v1.5.0 is rejected in dev", "closed staging"]
        assert "replaced by the older v1.4.1 by dana" in world.said(world.pull("staging").number)[-1]

        await world.advance(timedelta(days=2))
        assert world.actions() == []
        await world.release("v1.5.1")
        await world.validate("dev")
        assert world.actions()[-3:] == [
            "opened dev: web v1.4.1 → v1.5.1",
            "merged dev",
            "opened staging: web v1.4.1 → v1.5.1",
        ]
