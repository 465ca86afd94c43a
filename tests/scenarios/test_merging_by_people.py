"""The default branch requires checks, up-to-date branches and approvals, and people press GitHub's buttons."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.world.errors import Refused
from tests.scenarios.test_people import AUTOMATIC, ready_for_prod
from tests.scenarios.world import World, a_world, with_policy

A_WHILE = timedelta(hours=3)
MANUAL = POLICY.replace("    from: registry\n", "    from: registry\n    merge: manual\n")
FROZEN = MANUAL.replace(
    "    gates: {checks: [build]}\n",
    "    gates: {checks: [build], freezes: [{from: 2026-11-01, to: 2026-12-31, reason: the holidays}]}\n",
)


def conclusion(world: World, environment: str = "dev") -> Conclusion | None:
    """How our check run on a promotion's head concluded; None while it runs."""
    runs = world.stage.manifests.checks.latest_runs(world.pull(environment).head_oid)
    return next(run.conclusion for run in runs if run.name == "gitops/promotion")


async def test_a_merge_by_a_person_against_the_check_counts() -> None:
    """The page warns beside the button. After the merge the bot accepts it and repeats nothing."""
    async with a_world(with_policy(FROZEN)) as world:
        await world.release("v1.5.0")
        assert world.news()[-1].startswith("opened #1")
        assert conclusion(world) is not Conclusion.SUCCESS
        assert world.verdict("dev").startswith("freezes: ")

        await world.merge(world.pull("dev"), by="alice")
        await world.advance(A_WHILE)
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml")
        assert not [line for line in world.news() if " dev: " in line], "neither undone nor proposed again"
        assert "runs `v1.5.0`" in await world.ask("/why dev", by="sam")
        assert world.pull("staging").state is State.OPEN


async def test_as_a_required_check_it_blocks_the_merge_button_until_gates_pass() -> None:
    """Until the gates pass; then it is theirs to press."""
    async with a_world(with_policy(MANUAL)) as world:
        world.stage.manifests.protect("main", Protection(checks=("gitops/promotion",), admins_enforced=True))
        await world.release("v1.5.0")
        await world.ask("/hold dev the database moves", by="dana")
        with pytest.raises(Refused, match="gitops/promotion"):
            await world.merge(world.pull("dev"), by="alice")
        await world.ask("/unhold dev", by="dana")
        world.news()
        assert world.verdict("dev") == "every gate passes; a person merges"
        assert conclusion(world) is Conclusion.SUCCESS
        await world.advance(A_WHILE)
        assert world.pull("dev").state is State.OPEN
        await world.merge(world.pull("dev"), by="alice")
        assert world.news() == ["opened #2 staging: web v1.4.1 → v1.5.0"]


async def test_an_approval_survives_a_rebuild_of_the_same_version() -> None:
    """GitHub requires an update, or a person changed neighbouring lines: the same version is written again."""
    async with a_world(with_policy(AUTOMATIC)) as world:
        world.stage.manifests.protect("main", Protection(checks=("validate",), strict=True))
        await ready_for_prod(world, "v1.5.0")
        await world.push({"README.md": "# Other things\n"}, by="alice")
        await world.approve("prod", by="sam")
        head = world.pull("prod").head_oid
        await world.validate("prod")
        assert world.pull("prod").head_oid != head, "built anew, last of all"
        await world.validate("prod")
        assert "merged #3" in world.news()


@pytest.mark.story
async def test_update_branch_keeps_the_approval_and_the_version() -> None:
    """GitHub's button makes the merge commit, and the person who pressed it may still approve."""
    async with a_world(with_policy(AUTOMATIC)) as world:
        await ready_for_prod(world, "v1.5.0")
        await world.push({"README.md": "# Other things\n"}, by="alice")
        await world.update_branch("prod", by="sam")
        await world.validate("prod")
        assert world.verdict("prod").startswith("approvals: waiting for 1 approval")
        world.news()
        await world.approve("prod", by="sam")
        assert "merged #3" in world.news()
