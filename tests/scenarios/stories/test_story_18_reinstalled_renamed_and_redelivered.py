"""Administrators' work: the App is uninstalled and installed again, the default branch renamed, old webhooks redelivered."""

from datetime import timedelta

from bot.core.gates.question import moment
from bot.simulator.github.model.accounts.apps import Installation
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import LONG_SOAK, to_dev, to_prod, to_staging
from tests.scenarios.world import World, a_world


def installation(world: World) -> Installation:
    """The bot's own."""
    (found,) = world.stage.app.installations
    return found


async def uninstall(world: World) -> None:
    """alice takes the App away."""
    world.stage.github.uninstall(installation(world), by=world.stage.person("alice"))
    await world.settle()


async def reinstall(world: World) -> None:
    """And gives it back, as another installation."""
    stage = world.stage
    acme, repositories = stage.manifests.owner, [stage.manifests, stage.source]
    stage.github.install(stage.app, acme, repositories=repositories, by=stage.person("alice"))
    await world.settle()


def answer_to(world: World, number: int, line: str) -> str:
    """The one answer to a line."""
    (found,) = (text for text in world.said(number) if text.startswith(f"> `{line}`"))
    return found


@told_twice
async def test_after_a_reinstallation_missed_commands_are_answered(interlude: Interlude) -> None:
    """All state is in the repository. Commands in between are answered: a hold counts, a promotion is too late."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        await world.say("/reject v1.5.0 it leaks", by="sam", on=2)
        assert "closed #2" in world.news()

        await uninstall(world)
        await world.release("v1.6.0")
        world.stage.comment(1, "/rollback dev web", by="dana")
        world.stage.comment(1, "/hold dev until 6h the database moves", by="sam")
        await world.advance(timedelta(hours=1))
        assert world.news() == [], "it is not there"
        await interlude(world)

        await reinstall(world)

        news = world.news()
        assert [line for line in news if not line.startswith("answered")] == [
            "recorded: sam: /hold dev until 6h the database moves",
            "recorded: web v1.6.0 was first seen",
            "opened #3 dev: web v1.5.0 → v1.6.0",
        ]
        assert "Not carried out: this comment is more than 15 minutes old. If you still want it, write it again:" in (
            late := answer_to(world, 1, "/rollback dev web")
        )
        assert late.endswith("```\n/rollback dev web\n```")
        assert "Held: nothing merges in `dev` until 2026-11-24 15:0" in answer_to(
            world, 1, "/hold dev until 6h the database moves"
        )
        assert "rejected by sam" in await world.say("/why staging web", by="erin", on=1)
        await world.validate("dev")
        assert world.verdict("dev").startswith("hold: held by sam until 2026-11-24 15:0")
        await world.advance(timedelta(hours=5))
        assert "merged #3" in world.news()


@told_twice
async def test_the_default_branch_is_renamed(interlude: Interlude) -> None:
    """Open promotions continue into the new name, and arrival times under the old one stay."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        (pull,) = (each for each in world.stage.manifests.pulls if each.title.startswith("staging"))
        assert pull.merged_at is not None
        came = moment(pull.merged_at)
        await world.release("v1.6.0")
        world.news()
        before = world.pull("dev")

        world.stage.manifests.rename_branch("main", "trunk", by=world.stage.person("alice"))
        await world.settle()
        await interlude(world)

        assert world.news() == [], "nothing is closed, nothing opened again"
        assert (before.state, before.base_ref) == (State.OPEN, "trunk")
        assert world.verdict("dev") == "protection: waiting for required check validate"
        await world.validate("dev")
        assert world.news() == ["merged #3", "opened #4 staging: web v1.5.0 → v1.6.0"]
        assert world.pull("staging").base_ref == "trunk"
        assert "v1.6.0" in world.text("envs/dev/web/kustomization.yaml")
        assert world.stage.manifests.find_branch("main") is None

        assert f"started {came}" in await world.say("/why prod web", by="erin", on=1)
        await world.advance(LONG_SOAK)
        assert "Promoting `prod` to `v1.5.0` in #5." in await world.say("/promote prod web", by="dana", on=1)
        assert "soaked in `staging` for 1h" in world.page("prod")
        world.news()
        assert "Rolling back `staging` to `v1.4.1`" in await world.say("/rollback staging web", by="dana", on=1)
        world.news()


@told_twice
async def test_a_redelivered_rollback_is_not_repeated(interlude: Interlude) -> None:
    """It was carried out three days ago. Since then v1.7.0 arrived, which must stay."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await to_prod(world, "v1.6.0")
        await world.say("/rollback prod web", by="sam", on=1)
        await world.validate("prod")
        delivery = next(
            each
            for each in reversed(world.stage.hub.webhooks.deliveries())
            if each.event == "issue_comment" and b"/rollback" in each.body
        )
        await world.advance(timedelta(days=1))
        await to_prod(world, "v1.7.0")
        await world.advance(timedelta(days=1, hours=16))
        world.news()
        said = world.said(1)
        await interlude(world)

        world.stage.hub.webhooks.redeliver(delivery)
        await world.settle()

        assert (world.news(), world.said(1)) == ([], said)
        assert ":v1.7.0@" in world.text("envs/prod/web/deployment.yaml")


@told_twice
async def test_a_rollback_read_days_later_is_refused_with_the_line_to_paste(interlude: Interlude) -> None:
    """It was written while the App was not installed. The reply says that nothing was done, and what to write."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await uninstall(world)
        world.stage.comment(1, "/rollback prod web", by="sam")
        await world.advance(timedelta(days=2, hours=23))
        await interlude(world)

        await reinstall(world)

        assert "Not carried out: this comment is more than 15 minutes old." in answer_to(world, 1, "/rollback prod web")
        assert not [line for line in world.news() if "rollback)" in line]
        assert ":v1.5.0@" in world.text("envs/prod/web/deployment.yaml")
        assert "Rolling back `prod` to `v1.4.1`" in await world.say("/rollback prod web", by="sam", on=1)
        world.news()
