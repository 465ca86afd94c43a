"""`skopeo copy` into Debian's docker-registry, its own notification, and the pull request that follows: each step counted."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.demo.stage import IMAGE, REGISTRY, REGISTRY_SECRET
from bot.telemetry import telemetry
from tests.registries.docker_registry import PASSWORD, USER, DockerRegistry, docker_registry, run
from tests.scenarios.world import World, a_world

pytestmark = pytest.mark.registry


@dataclass(frozen=True, slots=True)
class Pushing:
    """A world whose bot asks a real registry. simulated: where images are built."""

    world: World
    real: DockerRegistry
    simulated: str

    async def copy(self, tag: str) -> None:
        """What a pipeline does as its last step."""
        source, target = (f"docker://{host}/{IMAGE}:{tag}" for host in (self.simulated, self.real.host))
        plain = ("--src-tls-verify=false", "--dest-tls-verify=false", "--src-no-creds")
        await run("skopeo", "copy", "--all", *plain, f"--dest-creds={USER}:{PASSWORD}", source, target)


@asynccontextmanager
async def pushing(folder: Path) -> AsyncIterator[Pushing]:
    """The bot starts again with the real registry, which notifies it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    hook = f"http://127.0.0.1:{port}/webhooks/registry/distribution?registry={REGISTRY}"
    async with a_world() as world, docker_registry(folder, hook, REGISTRY_SECRET) as real:
        stage = world.stage
        simulated = stage.settings.registry_mirrors[REGISTRY].removeprefix("http://")
        await stage.stop()
        logins = folder / "docker-config.json"
        logins.write_text(json.dumps({"auths": {real.host: {"username": USER, "password": PASSWORD}}}))
        mirrors = {REGISTRY: f"http://{real.host}"}
        stage.settings = replace(stage.settings, port=port, registry_mirrors=mirrors, docker_config=logins)
        there = Pushing(world, real, simulated)
        for tag in stage.tags:
            await there.copy(tag)
        await stage.start()
        stage.registry.mute()
        await stage.settle()
        world.news()
        yield there
        await stage.settle()
        world.news()


async def announced(there: Pushing, tag: str, before: str | None) -> None:
    """Copy an image that was built, and wait until its promotion is open. before: the title of the last one."""
    opened, stage = asyncio.Event(), there.world.stage

    def look(_event: object) -> None:
        pull = stage.promotion("dev")
        if pull is not None and pull.title != before:
            opened.set()

    stop = stage.github.listen(look)
    await there.copy(tag)
    async with asyncio.timeout(60):
        await opened.wait()
    stop()


async def test_skopeo_copy_leads_to_an_open_pull_request(tmp_path: Path) -> None:
    """One notification of the registry, one look, one document that opens it; and nothing waits for a timer."""
    async with pushing(tmp_path) as there:
        world, stage = there.world, there.world.stage
        stage.build("v1.5.0")
        stage.push_image("v1.5.0")
        await stage.settle()
        assert stage.promotion("dev") is None, "the registry that the bot asks does not have it yet"
        await announced(there, "v1.5.0", None)  # the first of all, which makes the branch for records
        await stage.settle()
        await world.validate("dev")
        stage.build("v1.5.1")
        stage.push_image("v1.5.1")
        await stage.settle()
        world.news()
        world.requests()
        began, counted = stage.clock.now(), received()

        await announced(there, "v1.5.1", world.pull("dev").title)

        assert world.pull("dev").title == "dev: web v1.5.0 → v1.5.1"
        assert stage.clock.now() - began < timedelta(seconds=2)
        assert received() > counted, "it was the registry that told"
        assert world.operations() == [
            {"Observe", "repository", "organization"},
            {"Write", "createRef", "createCommitOnBranch", "createPullRequest"},
        ]


def received() -> float:
    """How many hooks of the registry made something due."""
    labels = {"source": "registry", "event": "distribution", "result": "accepted"}
    return telemetry().metrics.registry.get_sample_value("gitops_bot_webhooks_total", labels) or 0
