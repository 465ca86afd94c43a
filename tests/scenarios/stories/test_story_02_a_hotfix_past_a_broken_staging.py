"""Prod runs v1.5.0; dev and staging run v1.6.0, which is broken. The hotfix v1.5.1, an older version, must reach prod.

Three natural ways: go back first and let it flow; carry it through by name; go past staging, with somebody's word for it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.cli.demo.setting import FILES
from bot.simulator.github.model.checks.statuses import StatusState
from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_the_main_job import LONG_SOAK, SOAK, to_staging
from tests.scenarios.world import TEAM, World, a_world

ON_V1_5 = replace(
    TEAM,
    files={path: text.replace("v1.4.1", "v1.5.0") for path, text in FILES.items()},
    images=(*TEAM.images, "v1.5.0"),
)
PROD, STAGING = "envs/prod/web/deployment.yaml", "envs/staging/web/values.yaml"


@asynccontextmanager
async def a_broken_staging() -> AsyncIterator[World]:
    """v1.6.0 got as far as staging, and fails there; dana has the hotfix built, on a branch that starts at v1.5.0."""
    async with a_world(ON_V1_5) as world:
        await to_staging(world, "v1.6.0")
        await world.sync("staging", StatusState.FAILURE)
        world.news()
        await world.release("v1.5.1", after="v1.5.0")
        assert world.actions() == [], "where v1.6.0 is, v1.5.1 is nothing newer"
        yield world


async def soaked_in_staging(world: World) -> None:
    """Argo CD is content, and the time passes."""
    await world.validate("staging")
    await world.sync("dev")
    await world.advance(SOAK)
    await world.sync("staging")
    await world.advance(LONG_SOAK)


async def approved_in_prod(world: World) -> None:
    """The last step, whichever the way."""
    page = world.page("prod")
    assert "- acme/web@" + world.stage.commits["v1.5.1"] + " Release v1.5.1 — `dana`" in page
    assert "Release v1.6.0" not in page, "what the hotfix does not hold"
    await world.validate("prod")
    await world.approve("prod", by="sam")
    assert world.actions() == ["merged prod"]
    assert f":v1.5.1@{world.stage.digests['v1.5.1']}" in world.text(PROD)


@told_twice
async def test_after_rejecting_the_broken_version_the_hotfix_flows(interlude: Interlude) -> None:
    """Sam rejects v1.6.0 and rolls staging and dev back. Then the hotfix is promoted automatically, with its soak."""
    async with a_broken_staging() as world:
        answer = await world.say("/reject v1.6.0 it leaks", by="sam")
        assert "`v1.6.0` of `web` is rejected in `dev`, `staging`, `prod`" in answer
        assert (
            "`staging` runs it and keeps it until a newer version arrives. To roll back: `/rollback staging web`."
            in answer
        )
        assert world.actions() == ["recorded: sam: /reject v1.6.0 it leaks"]
        refused = await world.say("/promote prod", by="dana")
        assert "Nothing to promote to `prod`" in refused
        assert "rejected by sam" in refused

        answer = await world.say("/rollback staging", by="sam")
        assert "Rolling back `staging` to `v1.5.0`" in answer
        answer = await world.say("/rollback dev", by="sam")
        assert "Rolling back `dev` to `v1.5.0`" in answer
        await interlude_after(world, interlude)
        await world.validate("staging")
        await world.validate("dev")
        assert world.actions()[:2] == ["merged staging", "merged dev"]
        assert world.pull("dev").title == "dev: web v1.5.0 → v1.5.1"

        await world.validate("dev")
        assert world.actions() == ["merged dev", "opened staging: web v1.5.0 → v1.5.1"]
        await soaked_in_staging(world)
        assert world.actions() == ["merged staging"]
        assert "Promoting `prod` to `v1.5.1`" in await world.say("/promote prod", by="dana")
        world.actions()
        await approved_in_prod(world)

        await world.release("v1.6.1")
        assert world.actions()[-1] == "opened dev: web v1.5.1 → v1.6.1", "the next one flows"


async def interlude_after(world: World, interlude: Interlude) -> None:
    """Drop the news so far, which other tests check."""
    world.news()
    await interlude(world)


async def test_a_hotfix_promoted_by_name_passes_every_gate() -> None:
    """Dana reads why dev does not take it, and promotes it by name in dev and staging.

    The soak is served, nothing is overridden.
    """
    async with a_broken_staging() as world:
        why = await world.say("/why dev", by="dana")
        assert "Up to date (`v1.6.0`)" in why
        assert "For another version: `/promote dev web@VERSION`" in why

        answer = await world.say("/promote prod web@v1.5.1", by="dana")
        assert "`staging` runs the newer `v1.6.0`, so `v1.5.1` goes there only if requested by name" in answer
        assert "using `/promote staging web@v1.5.1`" in answer
        answer = await world.say("/promote staging web@v1.5.1", by="dana")
        assert "`dev` runs the newer `v1.6.0`, so `v1.5.1` goes there only if requested by name" in answer
        assert "Promoting `dev` to `v1.5.1`" in await world.say("/promote dev web@v1.5.1", by="dana")
        assert [line for line in world.actions() if not line.startswith("recorded")] == [
            "opened prod: web v1.5.0 → v1.5.1",
            "opened staging: web v1.6.0 → v1.5.1",
            "opened dev: web v1.6.0 → v1.5.1",
        ]
        await world.validate("dev")
        assert world.text("envs/dev/web/kustomization.yaml").count("v1.5.1") == 1
        await soaked_in_staging(world)
        assert [line for line in world.actions() if not line.startswith("recorded")] == ["merged dev", "merged staging"]
        await approved_in_prod(world)


async def test_an_override_takes_the_hotfix_past_staging() -> None:
    """In an incident alice overrides staging's gates and sam approves.

    The merge commit names who, why and which gates.
    """
    async with a_broken_staging() as world:
        await world.say("/promote prod web@v1.5.1", by="dana")
        pull = world.pull("prod")
        refused = await world.say("/override from,soak the shop is down", by="dana", on=pull.number)
        assert "You can't use `/override` in `prod`. Who can: people with maintain permission." in refused
        answer = await world.say("/override from,soak the shop is down", by="alice", on=pull.number)
        assert "Overridden for `web` `v1.5.0` → `v1.5.1` in `prod`: `from`, `soak`." in answer
        assert "**Approvals:** waiting for 1 approval from acme/sre" in answer, "and what is left"
        world.actions()
        await approved_in_prod(world)
        message = world.stage.manifests.store.commit(pull.merge_commit_oid or "").message
        assert "GitOps-Override: from by alice: the shop is down" in message
        assert "GitOps-Requested-By: dana" in message

        assert "`v1.6.0` is next, once somebody writes `/promote prod web`" in await world.say("/why prod", by="sam")
        await world.say("/reject v1.6.0 it leaks", by="sam")
        assert "rejected by sam" in await world.say("/why prod", by="sam")
        await world.release("v1.6.1")
        assert world.actions()[-1] == "opened dev: web v1.6.0 → v1.6.1"
