"""An environment is renamed and an application leaves the policy while both are on hold."""

from datetime import timedelta

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import SOAK, to_dev
from tests.scenarios.world import a_world

STAGING = "  staging:\n    path: envs/staging/{application}\n"
RENAMED = POLICY.replace(STAGING, "  qa:\n    was: staging\n    path: envs/staging/{application}\n").replace(
    "from: staging", "from: qa"
)
DELETED = POLICY.replace("  web:\n", "  shop:\n")
A_WHILE = timedelta(hours=1)


@told_twice
async def test_an_environment_is_renamed_under_a_hold(interlude: Interlude) -> None:
    """The hold on staging applies to qa, and commands with the old name are answered with the new one."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.say("/hold staging load test", by="sam", on=2)
        await world.sync("dev")
        await world.validate("staging")
        open_one = world.pull("staging")
        world.news()

        await world.push({".gitops.yml": RENAMED}, by="alice")
        assert world.news() == ["recorded: Carry records over to new names"]
        await interlude(world)
        await world.advance(SOAK)

        assert (open_one.state, open_one.title) == (State.OPEN, "qa: web v1.4.1 → v1.5.0")
        assert world.stage.verdict(open_one) == "hold: held by sam: load test"
        assert "held by sam: load test" in await world.say("/why qa web", by="erin", on=1)
        assert "The environment `staging` is now called `qa`." in await world.say("/unhold staging", by="sam", on=1)
        assert "Lifted" in await world.say("/unhold qa", by="sam", on=1)
        assert "merged #2" in world.news()
        assert 'tag: "v1.5.0"' in world.text("envs/staging/web/values.yaml")


@told_twice
async def test_an_application_is_deleted_under_a_hold_and_comes_back(interlude: Interlude) -> None:
    """Its promotion is closed with a reason. The hold is kept, and still applies when the application returns."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.say("/hold dev web the database moves", by="sam", on=1)
        world.news()

        await world.push({".gitops.yml": DELETED}, by="alice")
        assert world.news() == ["closed #1", "answered: Closed: the policy no longer has the application `web`."]
        await interlude(world)
        gone = await world.say("/promote dev web", by="dana", on=1)
        assert "The policy has no application `web`. It has `shop`." in gone
        await world.advance(A_WHILE)

        await world.push({".gitops.yml": POLICY}, by="alice")
        await world.advance(A_WHILE)
        assert world.news()[-1] == "opened #3 dev: web v1.4.1 → v1.5.0"
        await world.validate("dev")
        assert world.verdict("dev") == "hold: held by sam: the database moves"
        await world.say("/unhold dev web", by="sam", on=2)
        assert "merged #3" in world.news()
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")
        world.news()
