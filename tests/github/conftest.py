"""A simulated GitHub with a manifests repository, and the adapter under test, which talks to it over real HTTP."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.core.needs.application import EnvironmentNeeds, Needs
from bot.core.observation.observation import Observation
from bot.core.observation.repository import Repository
from bot.core.plan import Action, OpenPromotion, RenderedFile
from bot.core.values.message import Message
from bot.core.values.permit import Priority
from bot.github.facade import GitHub
from bot.runtime import Runtime
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.simulator.http_world import World, http_world, key_pair

REPOSITORY = "acme/manifests"
DEV = "envs/dev/web/deployment.yaml"
PROD = "envs/prod/web/deployment.yaml"
BRANCH = "gitops/dev/web"
STAGE = "gitops-stage/dev/web"
NEW = b"image: ghcr.io/acme/web:v1.5.0\n"
ONE_REQUEST = ["POST /graphql"]


def blob_id(content: bytes) -> str:
    """Return Git's id of a blob, calculated independently of the bot."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Permit:
    """Counts how often it is confirmed. `lost` is raised instead, if set."""

    shown: int = 0
    lost: BaseException | None = None
    priority: Priority = Priority.EVENT

    async def confirm(self) -> None:
        self.shown += 1
        if self.lost is not None:
            raise self.lost


@dataclass(slots=True)
class Bench:
    """The world, the adapter, and short words for what most tests do."""

    world: World
    github: GitHub
    permit: Permit = field(default_factory=Permit)

    def asked(self) -> list[str]:
        """Return the requests to GitHub since the last `forget`: `POST /graphql`, `GET /app`, …"""
        return [f"{one.method} {one.path}" for one in self.world.running.log]

    def forget(self) -> None:
        """Count requests from here."""
        self.world.running.log.clear()

    def needs(self, **changes: Any) -> Needs:
        """Return the needs of two environments with one file each."""
        usual: dict[str, Any] = {
            "environments": (
                EnvironmentNeeds("dev", "envs/dev/web", texts=False, files=(DEV,)),
                EnvironmentNeeds("prod", "envs/prod/web", texts=False, files=(PROD,)),
            )
        }
        return Needs(REPOSITORY, "web", **{**usual, **changes})

    async def observe(self, **changes: Any) -> Observation:
        return await self.github.observe(self.needs(**changes))

    async def apply(
        self,
        *actions: Action,
        repository: Repository | None = None,
        files: Mapping[str, tuple[RenderedFile, ...]] | None = None,
    ) -> None:
        seen = repository or (await self.observe()).repository
        await self.github.apply(seen, actions, files or {}, self.permit)

    def opening(self, repository: Repository, *, stale_head: str | None = None) -> OpenPromotion:
        return OpenPromotion(
            environment="dev",
            branch=BRANCH,
            base=repository.default_branch,
            base_oid=repository.head_oid,
            stale_head=stale_head,
            edits=(),
            message=Message("dev: web v1.5.0", "GitOps-Version: v1.5.0"),
            title="dev: web v1.4.1 → v1.5.0",
            body="Why.",
        )

    async def open(self, content: bytes = NEW, mode: int = 0o100644) -> Observation:
        """Open a promotion and look at it."""
        before = await self.observe()
        files = {"dev": (RenderedFile(DEV, content, mode),)}
        await self.apply(self.opening(before.repository), repository=before.repository, files=files)
        return await self.observe()

    async def open_on_existing_branch(self) -> None:
        """Open the promotion's pull request from a branch that exists already."""
        self.world.repository.open_pull(PullDraft(title="dev: web", base="main", head=BRANCH), by=self.world.app.bot)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Most tests here only ask: nobody receives webhooks."""
    async with http_world(tmp_path, hooked=False) as world:
        yield bench_of(world)


@pytest.fixture
async def hooked_bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """The same, with a webhook and its receiver."""
    async with http_world(tmp_path) as world:
        yield bench_of(world)


def runtime_of(world: World) -> Runtime:
    """Return the simulated clock, without any randomness."""
    return Runtime(now=world.github.now, random=lambda: 0.5, new_id=lambda: "an id")


def bench_of(world: World) -> Bench:
    adapter = GitHub(
        world.session,
        app_id=world.app.id,
        private_key=key_pair()[0],
        runtime=runtime_of(world),
        api_url=world.running.api_url,
    )
    return Bench(world, adapter)
