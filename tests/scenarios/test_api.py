"""What a portal reads while a version makes its way, whichever replica it asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp

from bot.cli.demo.setting import POLICY
from tests.scenarios.test_the_main_job import to_staging
from tests.scenarios.world import World, a_world

TOKEN = "a token of a portal"


@asynccontextmanager
async def a_world_with_an_api() -> AsyncIterator[World]:
    async with a_world() as world:
        world.stage.settings = replace(world.stage.settings, api_tokens=(TOKEN,))
        await world.restart()
        yield world


async def read(world: World, path: str) -> Any:
    url = f"{world.stage.service.url}/api/v1{path}"
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        session.get(url) as answer,
    ):
        return await answer.json()


async def held(world: World) -> dict[str, str]:
    """What the environments hold."""
    found = await read(world, f"/applications/{world.stage.manifests.full_name}/web")
    return {here["environment"]: here["version"] for here in found["environments"]}


async def test_a_portal_sees_what_runs_and_what_is_open() -> None:
    async with a_world_with_an_api() as world:
        before = await held(world)
        await to_staging(world, "v1.5.0")
        after = await held(world)
        assert (before["dev"], after["dev"]) == ("v1.4.1", "v1.5.0")

        (summary,) = (await read(world, "/repositories"))["items"]
        assert summary["repository"] == world.stage.manifests.full_name
        open_ones = (await read(world, "/promotions"))["items"]
        assert summary["promotions"] == len(open_ones)
        for each in open_ones:
            promotion = each["environment"]["promotion"]
            assert promotion["url"].endswith(f"/{world.stage.manifests.full_name}/pull/{promotion['number']}")
            assert promotion["version"] == "v1.5.0"
        world.news()


async def test_an_operator_sees_which_registries_are_polled() -> None:
    async with a_world_with_an_api() as world:
        assert await read(world, "/registries") == {"poll_seconds": None, "polls": [], "paused": []}

        world.stage.settings = replace(world.stage.settings, registry_poll=timedelta(minutes=10))
        await world.restart()
        polling = world.stage.service._polling
        assert polling is not None
        await polling.turn()
        found = await read(world, "/registries")
        assert found["poll_seconds"] == 600
        assert [(each["registry"], each["images"]) for each in found["polls"]] == [("ghcr.io", 1)]
        world.news()


async def test_a_restart_changes_nothing_and_what_the_policy_drops_is_gone() -> None:
    async with a_world_with_an_api() as world:
        before = await read(world, "/applications")
        await world.restart()
        assert await read(world, "/applications") == before

        await world.push({".gitops.yml": POLICY.replace("  web:", "  shop:", 1)}, by="sam")
        names = [each["application"] for each in (await read(world, "/applications"))["items"]]
        assert names == ["shop"]
        world.news()


async def test_a_server_without_the_api_keeps_nothing_for_it() -> None:
    async with a_world() as world:
        assert await world.stage.service.queue.notes("status ") == {}


async def test_a_repository_that_the_app_left_while_the_server_was_down_is_forgotten() -> None:
    async with a_world_with_an_api() as world:
        stage = world.stage
        assert await held(world)
        await stage.stop()
        (installation,) = stage.app.installations
        stage.github.uninstall(installation, by=stage.person("alice"))
        await stage.start()
        assert (await read(world, f"/applications/{stage.manifests.full_name}/web"))["status"] == 404
        assert await stage.service.queue.notes("status ") == {}
        world.news()
