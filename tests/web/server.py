"""The real application on a loopback socket over a real store, with routers small enough to be seen through."""

import asyncio
import contextlib
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, ClientSession

from bot.core.needs.subscriptions import Due
from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime
from bot.web import parts as web_parts
from bot.web.api import Api, RegistriesStatus
from bot.web.application import create_application
from bot.web.bodies import Bodies
from bot.web.connections import Limits
from bot.web.listening import listening
from bot.web.parts import Parts, Refused, RegistryHook, Reply

SECRET = "It's a Secret to Everybody"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NO_REGISTRIES = RegistriesStatus(poll_seconds=None, polls=(), paused=())


def route_github(event: str, payload: Mapping[str, Any]) -> Due:
    """Pushes concern their repository; reads without care, as an adapter with a bug would."""
    if event != "push":
        return Due()
    name = payload["repository"]["full_name"]
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no name")
    return Due((name,))


class Registries:
    """Hooks of Quay, which shows its secret in the path."""

    async def admit(self, hook: RegistryHook) -> Refused | None:
        if hook.vendor != "quay":
            return Refused(404, "no hook of this name is set up on this server")
        return None if hook.path_secret == SECRET else Refused(401, "the secret is missing or wrong")

    async def route(self, hook: RegistryHook, body: bytes) -> Due | Refused | Reply:
        said = json.loads(body)
        if "code" in said:
            return Reply(json.dumps({"back": said["code"]}))
        return Due((f"image:{hook.registry or 'quay.io'}/{said['repository']}",))

    def greet(self, hook: RegistryHook) -> Mapping[str, str] | Refused:
        if hook.path_secret != SECRET:
            return Refused(401, "the secret is missing or wrong")
        return {"WebHook-Allowed-Origin": hook.headers["WebHook-Request-Origin"]}


@dataclass
class Served:
    """A running server, and the world around it as the test sets it."""

    client: ClientSession
    url: str
    queue: SqliteQueue
    missing: list[str] = field(default_factory=list)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection whose bytes the test writes itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.url.rpartition(":")[2]))
        self._writers.append(writer)
        return reader, writer

    async def hang_up(self) -> None:
        """Close every such connection."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def push(
        self, payload: object, *, delivery: str | None = "delivery-1", **overrides: str | None
    ) -> ClientResponse:
        """A push as GitHub sends it; a header that is overridden with None is left out."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": signature(body),
            **{name.replace("_", "-"): value for name, value in overrides.items()},
        }
        given = {name: value for name, value in headers.items() if value is not None}
        return await self.client.post("/webhooks/github", data=io.BytesIO(body), headers=given)

    async def keys(self) -> list[str]:
        return [row.key for row in await self.queue.snapshot()]

    async def metrics(self) -> dict[str, float]:
        """Name with labels → value."""
        answer = await self.client.get("/metrics")
        lines = [line for line in (await answer.text()).splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    async def webhooks(self, source: str, event: str, result: str) -> float:
        name = f'gitops_bot_webhooks_total{{event="{event}",result="{result}",source="{source}"}}'
        return (await self.metrics()).get(name, 0)


def signature(body: bytes, secret: str = SECRET) -> str:
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def pushed(repository: str = "acme/deploy") -> dict[str, Any]:
    return {"ref": "refs/heads/main", "repository": {"full_name": repository}}


@asynccontextmanager
async def serving(
    folder: Path,
    *,
    limits: Limits | None = None,
    bodies: Bodies | None = None,
    registries: web_parts.Registries | None = None,
    ci_secret: str = "",
    api_tokens: tuple[str, ...] = (),
    repositories: tuple[str, ...] | None = None,
    registries_status: RegistriesStatus = NO_REGISTRIES,
) -> AsyncIterator[Served]:
    queue = await SqliteQueue.open(folder / "queue.sqlite3", runtime=system_runtime())
    missing: list[str] = []
    parts = Parts(
        queue=queue,
        github_secret=SECRET,
        route_github=route_github,
        registries=registries or Registries(),
        ci_secret=ci_secret,
        api=Api(
            queue,
            tokens=api_tokens,
            repositories=lambda: repositories,
            missing=lambda: missing,
            registries=lambda: registries_status,
        ),
        missing=lambda: missing,
        passes=lambda: {"done": 3, "failed": 1},
        now=system_runtime().now,
        new_id=system_runtime().new_id,
    )
    server = listening(create_application(parts, bodies), host="127.0.0.1", port=0, limits=limits)
    async with server as url, ClientSession(url) as client:
        served = Served(client=client, url=url, queue=queue, missing=missing)
        try:
            yield served
        finally:
            await served.hang_up()
    await queue.close()
