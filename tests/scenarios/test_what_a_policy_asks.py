"""Keys of the policy that the team's own does not have: hours and their zone, the limit, defaults, and who may what."""

from datetime import timedelta

import pytest

from tests.scenarios.world import a_world, with_policy

TWO_PLACES = """\
version: 1
defaults:
  environment:
    path: envs/{environment}/{application}
    timezone: Europe/Berlin
applications:
  web: {image: ghcr.io/acme/web, source: acme/web, owners: '@acme/web', versions: {write: tag+digest}}
environments:
"""
BY_HOURS = TWO_PLACES + "  dev: {from: registry, gates: {windows: [{days: mon-sun, hours: '02:00-03:00'}]}}\n"
LIMITED = TWO_PLACES + "  dev: {from: registry, limit: {merges: 1, per: 1h}}\n"
PERMITTED = (
    TWO_PLACES
    + """\
  dev:
    from: registry
    gates: {approvals: {count: 1, from: '@acme/web', not: []}}
    permissions: {reject: [], unreject: '@acme/sre', override: '@acme/sre', unhold: '@acme/sre'}
"""
)


async def test_it_merges_in_the_hours_of_its_time_zone() -> None:
    """02:00 in Berlin is 01:00 in UTC, in winter."""
    async with a_world(with_policy(BY_HOURS)) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert world.verdict("dev").startswith("windows: outside the policy's hours; they open at ")
        assert world.verdict("dev").endswith("01:00 UTC")
        assert "merged #1" not in world.news()
        await world.advance(timedelta(hours=15, minutes=50))
        assert world.news() == []
        await world.advance(timedelta(minutes=10))
        assert world.news() == ["merged #1"]


async def test_no_more_merge_than_the_limit_allows() -> None:
    """The second release within the hour waits for the first to age."""
    async with a_world(with_policy(LIMITED)) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert world.news()[-1] == "merged #1"
        await world.release("v1.5.1")
        await world.validate("dev")
        assert world.verdict("dev").startswith(
            "limit: 1 merged here within 1h, and the policy allows 1; the next one can merge at "
        )
        assert "merged #2" not in world.news()
        await world.advance(timedelta(minutes=61))
        assert world.news() == ["merged #2"]


@pytest.mark.story
async def test_the_policy_says_who_may() -> None:
    """Nobody rejects here, and what others may loosen by their role only acme/sre may."""
    async with a_world(with_policy(PERMITTED)) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        assert "Who can: nobody." in await world.say("/reject v1.5.0", by="alice", on=1)
        assert "Who can: acme/sre." in await world.say("/override approvals it burns", by="alice", on=1)
        await world.say("/hold dev", by="sam", on=1)
        assert "Who can: acme/sre, or sam, who set the hold." in await world.say("/unhold dev", by="alice", on=1)
        assert "Lifted." in await world.say("/unhold dev", by="sam", on=1)
        await world.push({".gitops.yml": PERMITTED.replace("reject: [],", "reject: '@acme/web',")}, by="alice")
        await world.say("/reject v1.4.0", by="dana")
        assert "Who can: acme/sre." in await world.say("/unreject v1.4.0", by="alice")
        assert "is allowed in" in await world.say("/unreject v1.4.0", by="sam")
        assert "Overridden" in await world.say("/override approvals it burns", by="sam", on=1)
        assert "merged #1" in world.news()


async def test_the_requester_may_approve_where_the_policy_says_so() -> None:
    async with a_world(with_policy(PERMITTED)) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.say("/promote dev web@v1.5.0", by="dana", on=1)
        await world.approve("dev", by="dana")
        assert world.news()[-1] == "merged #1"
