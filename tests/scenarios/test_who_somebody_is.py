"""Numbers say who somebody is: names of Apps, people and repositories change, and pass to others."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.test_the_main_job import LONG_SOAK, to_staging
from tests.scenarios.world import World, a_world, with_policy

pytestmark = pytest.mark.story  # minutes of work in all


def rename_app(world: World, slug: str) -> None:
    """alice gives the App another name; its bot's login follows, and nothing else does."""
    app, accounts = world.stage.app, world.stage.github.accounts
    del accounts[app.bot.login.lower()]
    app.slug = app.name = slug
    app.bot.login = f"{slug}[bot]"
    accounts[app.bot.login.lower()] = app.bot


async def a_requested_promotion(world: World) -> None:
    """dana asked for v1.5.0 in prod, and it waits for an approval."""
    await to_staging(world, "v1.5.0")
    await world.advance(LONG_SOAK)
    await world.say("/promote prod web", by="dana", on=1)
    await world.validate("prod")
    world.news()


async def test_the_app_is_renamed_while_the_bot_runs() -> None:
    """What it wrote before is still its own: one record, and nothing is undone (konflate#342)."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        await world.advance(LONG_SOAK)
        world.news()
        rename_app(world, "acme-deployer")

        await world.say("/promote prod web", by="dana", on=1)

        assert world.news() == ["recorded: dana: /promote prod web", "opened #3 prod: web v1.4.1 → v1.5.0"]
        await world.validate("prod")
        await world.approve("prod", by="sam")
        assert world.news() == ["merged #3"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_people_asked_for_outlives_a_new_name_of_the_app(*, restarts: bool) -> None:
    """The request, the promotion and its branch stay the bot's, also for a bot that has just started (konflate#342)."""
    async with a_world() as world:
        await a_requested_promotion(world)
        await world.say("/override soak prod web it burns", by="sam", on=3)
        world.news()

        rename_app(world, "acme-deployer")
        if restarts:
            await world.restart()
        await world.say("/refresh prod web", by="dana", on=1)

        assert world.news() == []
        assert world.pull("prod").state is State.OPEN
        await world.approve("prod", by="sam")
        assert world.news() == ["merged #3"]


async def test_a_second_bot_writes_back_what_this_one_undid() -> None:
    """During a migration two bots undo each other, twenty commits in seconds (prow#431): this one stops, and says why."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.say("/hold dev the database moves", by="sam", on=1)
        world.news()
        for _ in range(4):
            await world.push({"dev.yaml": "{}\n"}, by="erin", branch="gitops-state", message="Restore")

        assert world.news() == ["recorded: Undo what was changed by hand by erin"]
        await world.validate("dev")
        assert world.verdict("dev").startswith(
            "hold: nothing merges while others write to the bot's records: commits by erin "
        )
        assert "erin, by no longer pushing to gitops-state" in world.status("dev")
        assert "commits by erin on gitops-state came back" in await world.say("/why dev web", by="dana", on=1)
        refusal = await world.say("/unhold dev", by="sam", on=1)
        assert "commits by erin on gitops-state came back" in refusal
        assert world.news() == []

        await world.advance(timedelta(days=1))
        assert world.news() == ["recorded: Undo what was changed by hand by erin"]
        assert world.verdict("dev").startswith("hold: held by sam: the database moves")


APPROVED_BY_WEB = POLICY.replace("from: ['@acme/sre'], not: [requester]", "from: [owners], not: [requester]")


async def test_the_requester_renames_the_account_and_then_approves() -> None:
    """bors-ng#770"""
    async with a_world(with_policy(APPROVED_BY_WEB)) as world:
        await a_requested_promotion(world)
        dana = world.stage.person("dana")
        world.stage.github.rename_account(dana, "dana-smith", by=dana)
        await world.approve("prod", by="dana-smith")
        await world.advance(timedelta(hours=1))
        assert world.pull("prod").state is State.OPEN
        assert "dana-smith requested it or pushed to its branch and does not count" in world.verdict("prod")
        world.news()


async def test_somebody_takes_the_login_that_the_requester_gave_up() -> None:
    """Nobody else may be taken for the requester, either: the number tells them apart."""
    async with a_world(with_policy(APPROVED_BY_WEB)) as world:
        await a_requested_promotion(world)
        dana, sam = world.stage.person("dana"), world.stage.person("sam")
        world.stage.github.rename_account(dana, "dana-smith", by=dana)
        world.stage.github.rename_account(sam, "dana", by=sam)
        await world.push({".gitops.yml": APPROVED_BY_WEB.replace("from: [owners]", "from: [write]")}, by="alice")
        await world.approve("prod", by="dana")
        await world.advance(timedelta(hours=1))
        assert world.pull("prod").state is State.MERGED
        world.news()


async def test_somebody_takes_a_login_that_the_policy_names() -> None:
    """The login is given up, and somebody who may only read has it now: roles went with the account."""
    async with a_world(with_policy(POLICY.replace("promote: [owners]", "promote: ['@dana']"))) as world:
        await to_staging(world, "v1.5.0")
        await world.advance(LONG_SOAK)
        dana, erin = world.stage.person("dana"), world.stage.person("erin")
        world.stage.github.rename_account(dana, "dana-smith", by=dana)
        world.stage.github.rename_account(erin, "dana", by=erin)
        world.news()
        answer = await world.say("/promote prod", by="dana")
        assert "the policy names you, but this also needs write permission on this repository" in answer
        assert world.stage.promotion("prod") is None
        assert world.actions() == []


async def test_a_person_whom_the_policy_names_may_only_read() -> None:
    """On a public repository everybody may review: an approval counts for GitHub only from people who may write."""
    named = POLICY.replace("from: ['@acme/sre'], not: [requester]", "from: ['@erin'], not: [requester]")
    async with a_world(with_policy(named)) as world:
        await a_requested_promotion(world)
        await world.approve("prod", by="erin")
        await world.advance(timedelta(hours=1))
        assert world.pull("prod").state is State.OPEN
        assert "erin has no write permission on this repository and does not count" in world.verdict("prod")
        world.news()
