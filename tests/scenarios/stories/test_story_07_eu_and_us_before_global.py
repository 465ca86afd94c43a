"""Eu and us run in parallel, both before global. A rollback in eu stops global, but not us."""

from dataclasses import replace
from datetime import timedelta

from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_orders import DEPLOYMENT
from tests.scenarios.world import TEAM, a_world

NAMES = ("eu", "us", "global")
POLICY = """\
version: 1
applications:
  web: {image: ghcr.io/acme/web, versions: {semver: '*'}}
environments:
  eu: {path: envs/eu/web, from: registry}
  us: {path: envs/us/web, from: registry}
  global: {path: envs/global/web, from: [eu, us], gates: {soak: 1h}}
"""
REGIONS = replace(
    TEAM,
    files={".gitops.yml": POLICY, **{f"envs/{name}/web/deployment.yaml": DEPLOYMENT % "v1.0.0" for name in NAMES}},
    images=("v1.0.0",),
)


@told_twice
async def test_a_rollback_in_eu_stops_global(interlude: Interlude) -> None:
    """Global's pull request says which region it waits for and how long; after the rollback it is closed, and why."""
    async with a_world(REGIONS) as world:
        await world.release("v1.1.0")
        assert world.actions()[-2:] == ["opened eu: web v1.0.0 → v1.1.0", "opened us: web v1.0.0 → v1.1.0"]
        await world.validate("eu")
        assert world.actions() == ["merged eu", "opened global: web v1.0.0 → v1.1.0"]
        assert world.verdict("global") == "from: waiting for us, which runs v1.0.0"
        await world.validate("global")

        await world.advance(timedelta(minutes=30))
        await world.validate("us")
        assert world.actions() == ["merged us"]
        since = world.stage.clock.now()
        assert f"started {since:%Y-%m-%d %H:%M}" in world.verdict("global"), "the later of the two"
        assert "**Environments:** eu `v1.1.0`, us `v1.1.0` → global `v1.0.0`" in world.page("global")

        answer = await world.say("/rollback eu", by="dana")
        assert "Rolling back `eu` to `v1.0.0`" in answer
        assert "`v1.1.0` is rejected in `eu`, `global`, so it is not proposed there again." in answer
        assert "`us` runs it too and keeps it; to roll back there: `/rollback us web`." in answer
        assert [line for line in world.actions() if not line.startswith("recorded")] == [
            "opened eu: web v1.1.0 → v1.0.0 (rollback)",
            "closed global",
        ]
        assert "**From:** rejected in `eu`: rejected by dana" in world.said(world.pull("global").number)[-1]
        await world.validate("eu")
        assert world.actions() == ["merged eu"]

        await interlude(world)
        await world.advance(timedelta(hours=2))
        assert world.actions() == []
        assert world.text("envs/us/web/deployment.yaml") == DEPLOYMENT % "v1.1.0"

        await world.release("v1.2.0")
        await world.validate("eu")
        await world.validate("us")
        await world.validate("global")
        await world.advance(timedelta(hours=1, minutes=1))
        assert world.actions()[-1] == "merged global"
        for name in NAMES:
            assert world.text(f"envs/{name}/web/deployment.yaml") == DEPLOYMENT % "v1.2.0"
