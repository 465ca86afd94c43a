"""Prod requires two approvals. One is given, and before the second a newer version is ready."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_people import AUTOMATIC, ready_for_prod
from tests.scenarios.world import TEAM, Setting, World, a_world, with_policy

TWO = AUTOMATIC.replace("count: 1,", "count: 2,")
ALWAYS = TWO.replace("    rollback: {approvals: 0}\n", "    update: always\n")


def a_team(policy: str) -> Setting:
    """Two of acme/sre."""
    people = {**TEAM.people, "rob": Role.WRITE}
    return replace(with_policy(policy), people=people, teams={**TEAM.teams, "sre": ("sam", "rob")})


async def one_approval_and_a_newer_version(world: World) -> None:
    """sam approved v1.5.0 in #3; then v1.6.0 has done all that prod asks of it."""
    await ready_for_prod(world, "v1.5.0")
    await world.validate("prod")
    assert world.verdict("prod") == "approvals: waiting for 2 approvals from acme/sre"
    await world.approve("prod", by="sam")
    assert world.verdict("prod") == "approvals: waiting for 1 more approval from acme/sre; approved so far by sam"
    await ready_for_prod(world, "v1.6.0")


@told_twice
async def test_with_until_approved_the_approved_version_stays(interlude: Interlude) -> None:
    """By default (`update: until-approved`) rob approves the same version as sam, and the page names the next one."""
    async with a_world(a_team(TWO)) as world:
        await one_approval_and_a_newer_version(world)
        assert not [line for line in world.news() if line in ("moved #3", "closed #3")]
        await interlude(world)

        assert world.pull("prod").title == "prod: web v1.4.1 → v1.5.0"
        headline = "waiting for 1 more approval from acme/sre; approved so far by sam; `v1.6.0` is next"
        assert f"⛔ **Approvals:** {headline}. Can be cleared by acme/sre.\n\n" in world.page("prod")

        await world.approve("prod", by="rob")

        assert world.news()[:1] == ["merged #3"]
        assert ":v1.5.0@" in world.text("envs/prod/web/deployment.yaml")
        assert world.pull("prod").title == "prod: web v1.5.0 → v1.6.0"
        await world.validate("prod")
        assert world.verdict("prod") == "approvals: waiting for 2 approvals from acme/sre"


@told_twice
async def test_with_always_the_newest_version_replaces_it_and_the_approval_lapses(interlude: Interlude) -> None:
    """`update: always`: the approval was of another version, and the page says whose, and of which."""
    async with a_world(a_team(ALWAYS)) as world:
        await one_approval_and_a_newer_version(world)
        assert world.news()[-1] == "moved #3"
        await interlude(world)

        await world.validate("prod")
        assert world.pull("prod").title == "prod: web v1.4.1 → v1.6.0"
        assert world.verdict("prod") == (
            "approvals: waiting for 2 approvals from acme/sre; sam approved v1.5.0, not this version"
        )
        await world.approve("prod", by="rob")
        assert world.pull("prod").state is State.OPEN, "rob's alone is not enough"
        await world.approve("prod", by="sam")
        assert world.news() == ["merged #3"]
        assert ":v1.6.0@" in world.text("envs/prod/web/deployment.yaml")


@pytest.mark.parametrize("policy", [TWO, ALWAYS], ids=["until-approved", "always"])
async def test_a_withdrawn_approval_lets_the_newer_version_in(policy: str) -> None:
    """sam finds an error in v1.5.0 and requests changes. The request does not apply to the next version."""
    async with a_world(a_team(policy)) as world:
        await one_approval_and_a_newer_version(world)
        world.pull("prod").review(by=world.stage.person("sam"), state=ReviewState.CHANGES_REQUESTED, body="It leaks.")
        await world.settle()
        await world.advance(timedelta(minutes=1))
        world.news()
        assert world.pull("prod").title == "prod: web v1.4.1 → v1.6.0"
