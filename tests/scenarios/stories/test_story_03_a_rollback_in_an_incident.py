"""An incident in prod during a freeze, with a required review and a silent registry: a rollback is still possible."""

from datetime import timedelta

from bot.simulator.github.model.protection.protection import Protection
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_commands import FROZEN
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world, with_policy

PROD = "envs/prod/web/deployment.yaml"


async def a_burning_prod(world: World, protection: Protection) -> None:
    """v1.5.0 is in prod, and should not be; GitHub requires a review; then the registry goes down."""
    await to_dev(world, "v1.5.0")
    old, new = world.stage.digests["v1.4.1"], world.stage.digests["v1.5.0"]
    text = world.text(PROD).replace("v1.4.1", "v1.5.0").replace(old, new)
    await world.advance(timedelta(minutes=1))
    await world.push({PROD: text}, by="alice", message="prod: web v1.5.0, by hand")
    world.stage.manifests.protect("main", protection)
    await world.advance(timedelta(minutes=10))
    world.news()
    world.break_registry()


@told_twice
async def test_a_rollback_waits_only_for_githubs_required_review(interlude: Interlude) -> None:
    """Sam asks; freeze, approvals of the policy and the registry are said, not obeyed; GitHub's own review is."""
    async with a_world(with_policy(FROZEN)) as world:
        before = world.text(PROD)
        await a_burning_prod(world, Protection(checks=("validate",), approvals=1))

        answer = await world.say("/rollback prod", by="sam")
        assert "Rolling back `prod` to `v1.4.1` in #4." in answer
        assert "`v1.5.0` is rejected in `prod`, " in answer
        assert "GitHub requires 1 approving review here" in answer, "not only once the check has passed"
        assert world.actions() == [
            "recorded: sam: /rollback prod",
            "opened prod: web v1.5.0 → v1.4.1 (rollback)",
            "closed staging",
        ]
        page = world.page("prod")
        assert "frozen until 2100-01-01 00:00 UTC (audit); a rollback goes ahead anyway" in page
        assert "no answer about `ghcr.io/acme/web`" in page
        assert page.count("a rollback goes ahead anyway") == 2
        assert (
            "Does not apply to a rollback: from, checks, health, soak, min-age, downgrade, current, pace, limit."
            in page
        )

        await interlude(world)
        await world.validate("prod")
        assert world.verdict("prod") == "protection: GitHub requires 1 approving review here"
        assert world.actions() == []
        await world.approve("prod", by="dana")
        assert world.actions() == ["merged prod"]
        assert world.text(PROD) == before, "the registry is still down"

        world.mend_registry()
        await world.advance(timedelta(hours=3))
        assert world.actions() == []
        refused = await world.say("/promote staging", by="dana")
        assert "rejected by sam" in refused, "what burnt in prod is not carried on"


async def test_a_rollback_that_may_bypass_github_needs_no_review() -> None:
    """`rollback: {bypass: true}`, and the App may: one comment at three in the morning is enough."""
    policy = FROZEN.replace("rollback: {approvals: 0}", "rollback: {approvals: 0, bypass: true}")
    async with a_world(with_policy(policy)) as world:
        before = world.text(PROD)
        await a_burning_prod(world, Protection(checks=("validate",), approvals=1, bypass=(world.stage.app,)))
        answer = await world.say("/rollback prod", by="sam")
        assert "Rolling back `prod` to `v1.4.1`" in answer
        assert world.actions()[-1] == "merged prod"
        assert world.text(PROD) == before
        assert "GitOps-Requested-By: sam" in world.stage.manifests.store.commit(world.stage.manifests.head()).message
        runs = world.stage.manifests.checks.latest_runs(world.pull("prod").head_oid)
        (summary,) = (run.output.summary or "" for run in runs if run.name == "gitops/promotion")
        assert "the policy lets a rollback bypass GitHub's own rules here" in summary
