"""Abandoned promotions: applications and environments leave the policy while their promotions are open."""

from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.world import World, a_world

A_WHILE = timedelta(hours=1)


async def change(world: World, old: str, new: str) -> None:
    """Edit the policy as a person."""
    await world.push({".gitops.yml": world.text(".gitops.yml").replace(old, new)}, by="alice")


def comments(world: World, number: int) -> list[str]:
    """What was said on a pull request."""
    return [comment.body for comment in world.stage.manifests.pull(number).comments]


@pytest.mark.story
async def test_a_promotion_of_an_application_that_is_gone_is_closed() -> None:
    """With one sentence; when the application is back, so is its promotion."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await change(world, "  web:\n", "  shop:\n")
        assert world.news() == ["closed #1", "answered: Closed: the policy no longer has the application `web`."]
        pull = world.pull("dev")
        assert [label.name for label in pull.labels] == ["gitops/superseded"]
        assert world.stage.manifests.find_branch("gitops/dev/web") is None

        await change(world, "  shop:\n", "  web:\n")
        await world.advance(A_WHILE)
        assert world.news()[-1] == "opened #3 dev: web v1.4.1 → v1.5.0"


async def test_a_promotion_of_an_environment_that_is_gone_is_closed() -> None:
    """And what a person pushed there stays on its branch."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.push({"note.md": "mine\n"}, by="dana", branch="gitops/dev/web")
        world.news()
        policy = POLICY.replace("  dev:\n", "  test:\n").replace("from: dev", "from: test")
        await world.push({".gitops.yml": policy}, by="alice")
        assert "closed #1" in world.news()
        assert world.pull("dev").state is State.CLOSED
        assert comments(world, 1)[-1].endswith("The branch `gitops/dev/web` stays because it has commits by others.")
        assert world.stage.manifests.find_branch("gitops/dev/web") is not None


async def test_a_broken_policy_closes_nothing() -> None:
    """Whatever it seems to leave out."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await change(world, "  web:\n", "  shop: [\n")
        await world.advance(A_WHILE)
        assert world.news() == []
        assert world.pull("dev").state is State.OPEN


async def test_a_persons_branch_with_a_promotions_name_is_left_alone() -> None:
    """It has the name that a promotion would have: `/why` and the dashboard say so until it is gone."""
    async with a_world() as world:
        await world.push({"note.md": "mine\n"}, by="dana", branch="gitops/dev/web")
        head = world.stage.manifests.find_branch("gitops/dev/web")
        await world.release("v1.5.0")
        await world.advance(timedelta(minutes=5))
        assert world.stage.manifests.find_branch("gitops/dev/web") == head
        expected = "the branch `gitops/dev/web` has commits by others, so no pull request is opened from it."
        assert f"**Foreign:** {expected}" in world.row("dev")
        assert f"**Blocked** (foreign): {expected}" in await world.ask("/why dev", by="sam")
        assert world.news() == []

        world.stage.manifests.delete_branch("gitops/dev/web", by=world.stage.person("dana"))
        await world.stage.settle()
        assert world.news()[-1].endswith("dev: web v1.4.1 → v1.5.0")
