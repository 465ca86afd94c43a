"""Every merge method, by the bot and by people: arrival times, health and history stay correct."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.core.gates.question import moment
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.world import World, a_world, with_policy

DEV = "envs/dev/web/kustomization.yaml"
MERGE, SQUASH, REBASE = MergeMethod.MERGE, MergeMethod.SQUASH, MergeMethod.REBASE
MINUTE = timedelta(minutes=1)


def a_policy(bot: MergeMethod) -> str:
    """The bot merges dev and prod this way; in staging a person merges."""
    policy = POLICY
    for name in ("dev", "prod"):
        policy = policy.replace(f"  {name}:\n", f"  {name}:\n    merge-method: {bot.value.lower()}\n")
    return policy.replace("  staging:\n", "  staging:\n    merge: manual\n")


async def another_resource(world: World) -> PullRequest:
    """alice changes another line of dev's manifest, in two commits on a branch that knows nothing of v1.5.0."""
    manifests, alice = world.stage.manifests, world.stage.person("alice")
    text = world.text(DEV)
    manifests.commit_files({DEV: text.replace("base]", "base, a]")}, by=alice, branch="more", message="Add a")
    world.stage.clock.advance(MINUTE)
    manifests.commit_files({DEV: text.replace("base]", "base, a, b]")}, by=alice, branch="more", message="Add b")
    pull = manifests.open_pull(PullDraft(title="More", base="main", head="more"), by=alice)
    world.stage.validate(pull)
    await world.settle()
    return pull


async def merged_at(world: World, environment: str) -> str:
    """Return when the environment's newest promotion was merged, as pages show it."""
    at = world.pull(environment).merged_at
    assert at is not None, f"{environment}'s promotion was not merged"
    return moment(at)


@pytest.mark.parametrize(
    ("bot", "person"), [(MERGE, SQUASH), (SQUASH, REBASE), (REBASE, MERGE)], ids=lambda method: method.value.lower()
)
async def test_soak_health_and_history_stay_correct(bot: MergeMethod, person: MergeMethod) -> None:
    """A pull request that was begun before the promotion, and is merged after it, neither undoes it nor begins it anew."""
    async with a_world(with_policy(a_policy(bot))) as world:
        await world.release("v1.5.0")
        await world.advance(5 * MINUTE)
        theirs = await another_resource(world)
        await world.advance(5 * MINUTE)
        await world.validate("dev")
        assert "merged #1" in world.news()
        came = await merged_at(world, "dev")
        await world.advance(MINUTE)
        await world.sync("dev")
        healthy = moment(world.stage.clock.now())
        await world.advance(9 * MINUTE)

        await world.merge(theirs, by="alice", method=person)

        assert "base, a, b]" in world.text(DEV)
        assert "v1.5.0" in world.text(DEV)
        why = await world.say("/why staging web", by="erin", on=1)
        assert f"`dev` has run it since {came}" in why
        assert f"started {healthy}" in why
        assert "| ✅ passed | rejected | not rejected here |" in why
        assert "`argocd/web-dev` " in why

        # Argo CD reports on the newest commit that it has synced, whoever made it.
        await world.sync("dev")
        await world.validate("staging")
        await world.advance(21 * MINUTE)
        assert world.verdict("staging") == "every gate passes; a person merges"
        await world.merge(world.pull("staging"), by="sam", method=person)
        came = await merged_at(world, "staging")
        assert 'tag: "v1.5.0"' in world.text("envs/staging/web/values.yaml")

        assert f"`staging` has run it since {came}" in await world.say("/why prod web", by="erin", on=1)
        await world.advance(timedelta(minutes=61))
        await world.say("/promote prod web", by="dana", on=1)
        await world.validate("prod")
        await world.approve("prod", by="sam")
        assert ":v1.5.0@" in world.text("envs/prod/web/deployment.yaml")

        assert not [line for line in world.news() if "is rejected in" in line or line.startswith("closed")]
        assert "Rolling back `prod` to `v1.4.1`" in await world.say("/rollback prod web", by="sam", on=1)
        world.news()


@told_twice
async def test_a_failure_on_a_later_head_counts(interlude: Interlude) -> None:
    """v1.5.0 was merged with a squash and was healthy.

    A report on a later, unrelated commit says that it no longer is.
    """
    async with a_world(with_policy(a_policy(SQUASH))) as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.sync("dev")
        await world.validate("staging")
        await world.push({"README.md": "# News\n"}, by="alice")
        world.news()
        await interlude(world)

        world.stage.sync("dev", StatusState.FAILURE, note="Degraded")
        await world.settle()

        assert world.verdict("staging") == "health: argocd/web-dev reports failure for v1.5.0 in dev: Degraded"
        await world.advance(timedelta(hours=1))
        assert world.news() == []
        await world.sync("dev")
        await world.advance(timedelta(hours=1))
        assert world.verdict("staging") == "every gate passes; a person merges"
