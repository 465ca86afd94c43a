"""Reverts and closed promotions count for ever, because the bot records them when it first sees them."""

from datetime import timedelta

import pytest

from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world

pytestmark = pytest.mark.story  # minutes of work in all

DEV = "envs/dev/web/kustomization.yaml"


async def revert(world: World) -> None:
    """Promote v1.5.0 to dev, and revert it as alice."""
    before = world.text(DEV)
    await to_dev(world, "v1.5.0")
    await world.push({DEV: before}, by="alice", message='Revert "dev: web"')
    assert "recorded: web v1.5.0 is rejected in dev" in world.news()


def bury(world: World) -> None:
    """Other applications in the same file: more commits than a look reads."""
    stage, text = world.stage, world.text(DEV)
    for number in range(120):
        files = {DEV: f"{text}# {number}\n"}
        stage.manifests.commit_files(files, by=stage.person("alice"), branch="main", message="Another one")


async def test_a_revert_counts_after_a_hundred_later_commits() -> None:
    async with a_world() as world:
        await revert(world)
        bury(world)
        await world.advance(timedelta(hours=2))
        assert world.news() == []
        answer = (await world.ask("/why dev", by="dana")).replace("\\", "")
        assert "replaced by the older v1.4.1 by alice in " in answer

        answer = await world.ask("/unreject web@v1.5.0", by="alice")
        assert "is allowed in `dev` again" in answer
        assert world.news()[-1].endswith("dev: web v1.4.1 → v1.5.0")


async def test_a_version_brought_back_stays_accepted_after_a_hundred_commits() -> None:
    """Alice reverts the revert. A hundred commits later staging may still take the version from dev."""
    async with a_world() as world:
        await revert(world)
        text = world.text(DEV)
        old, new = world.stage.digests["v1.4.1"], world.stage.digests["v1.5.0"]
        world.stage.clock.advance(timedelta(minutes=1))
        await world.push({DEV: text.replace("v1.4.1", "v1.5.0").replace(old, new)}, by="alice")
        assert "recorded: web v1.5.0 is allowed again in dev" in world.news()
        bury(world)
        await world.advance(timedelta(hours=2))
        world.news()
        assert "does not want it" not in await world.ask("/why staging", by="dana")


async def test_a_closed_promotion_counts_behind_pull_requests_of_a_fork() -> None:
    """They carry the same branch name, and anybody can open them."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.pull("dev").close(by=world.stage.person("sam"))
        await world.stage.settle()
        world.news()
        flood(world)
        await world.advance(timedelta(hours=2))
        assert world.news() == []


async def test_a_promotion_closed_during_downtime_counts() -> None:
    """The bot first sees it behind the pull requests of a fork."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await world.stage.stop()
        world.pull("dev").close(by=world.stage.person("sam"))
        flood(world)
        await world.stage.start()
        assert world.news() == ["recorded: web v1.5.0 is rejected in dev"]


def flood(world: World) -> None:
    """Eleven pull requests of a fork from a branch with the promotion's name, all closed."""
    stage, erin = world.stage, world.stage.person("erin")
    fork = stage.github.fork(stage.manifests, by=erin)
    if fork.find_branch("gitops/dev/web") is None:
        fork.create_branch("gitops/dev/web", by=erin)
    fork.commit_files({"a": "b"}, by=erin, branch="gitops/dev/web", message="x")
    for number in range(11):
        stage.clock.advance(timedelta(seconds=5))
        draft = PullDraft(title=f"x{number}", base="main", head="gitops/dev/web", head_repository=fork)
        stage.manifests.open_pull(draft, by=erin).close(by=erin)
