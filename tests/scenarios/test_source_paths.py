"""One repository for several images: a commit that touches none of an application's paths is not a version of it."""

import pytest

from bot.cli.demo.setting import PEOPLE
from tests.scenarios.test_orders import DEPLOYMENT, DEV, STAGING
from tests.scenarios.world import Setting, World, a_world

POLICY = """\
version: 1
applications:
  web:
    image: ghcr.io/acme/web
    source: {repository: acme/web, paths: ['web/**', '!web/docs/**']}
    versions: {commit: long}
environments:
  dev: {path: envs/dev/web, from: registry}
  staging: {path: envs/staging/web, from: dev, promote: manual}
"""
UNPLACED = DEPLOYMENT % ("0" * 40)
TEAM = Setting(
    files={".gitops.yml": POLICY, DEV: UNPLACED, STAGING: UNPLACED}, people=PEOPLE, teams={}, required_checks=()
)


async def build(world: World, path: str) -> str:
    """A commit that changes this file, and its image."""
    source = world.stage.source
    commit = source.commit_files(
        {path: str(len(source.store.commit(source.head()).oid))}, by=world.stage.person("dana")
    )
    world.stage.registry.push_image("acme/web", commit)
    await world.stage.settle()
    return commit


async def begin(world: World) -> str:
    """dev and staging hold the first commit."""
    first = await build(world, "web/main.go")
    await world.push({DEV: DEPLOYMENT % first, STAGING: DEPLOYMENT % first}, by="alice")
    world.news()
    return first


def asked_for(world: World) -> list[str]:
    """The commits whose files GitHub was asked for."""
    return [path.rpartition("/")[2] for path in world.requests() if path.startswith("/repos/acme/web/commits/")]


@pytest.mark.story
async def test_only_commits_that_touch_the_paths_are_promoted() -> None:
    """Each is asked for once, and what does not count is passed over in the order."""
    async with a_world(TEAM) as world:
        first = await begin(world)
        world.requests()
        outside = await build(world, "api/main.go")
        documents = await build(world, "web/docs/index.md")
        assert world.actions() == []
        assert asked_for(world) == [outside, documents]
        why = await world.say("/why dev", by="dana")
        assert f"the commit of `{documents}` changes nothing in source.paths" in why
        world.requests()

        second = await build(world, "web/main_test.go")
        assert asked_for(world) == [second]
        assert world.actions()[1:] == [
            f"recorded: web {second} was first seen",
            f"opened dev: web {first} → {second}",
            "merged dev",
        ]
        assert world.text(DEV) == DEPLOYMENT % second


async def test_a_person_may_promote_a_commit_outside_the_paths() -> None:
    """The policy limits only automatic promotions."""
    async with a_world(TEAM) as world:
        first = await begin(world)
        outside = await build(world, "api/main.go")
        world.news()
        await world.say(f"/promote dev web@{outside}", by="dana")
        assert f"opened dev: web {first} → {outside}" in world.actions()
        assert "nothing newer" in await world.say("/promote staging", by="dana")
        world.news()


async def test_a_restart_reaches_the_same_result() -> None:
    """What was remembered only saved questions."""
    async with a_world(TEAM) as world:
        await begin(world)
        outside = await build(world, "api/main.go")
        world.news()
        world.requests()
        await world.restart()
        assert outside in asked_for(world)
        assert world.actions() == []
