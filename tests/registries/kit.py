"""What the registry tests share: a clock that is moved by hand, a client of one registry, and servers that misbehave."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.registries.auth import Keychain
from bot.registries.hosts import Hosts
from bot.registries.oci import Registries
from bot.registries.wire import Limits
from bot.runtime import Runtime

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMMIT = "5f3c2a1b0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a"
IMAGE = "ghcr.io/acme/web"

# Loopback answers at once or never: a test of silence need not wait long.
LIMITS = replace(Limits(), request=5.0, patience=10.0)


@dataclass(slots=True)
class Clock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def advance(self, **parts: float) -> None:
        self.moment += timedelta(**parts)

    def runtime(self) -> Runtime:
        return Runtime(now=self.now, random=lambda: 0.5, new_id=lambda: "an-id")


def client(
    session: aiohttp.ClientSession,
    url: str,
    *,
    clock: Clock | None = None,
    config: Path | None = None,
    limits: Limits = LIMITS,
    allow: frozenset[str] = frozenset({"ghcr.io"}),
) -> Registries:
    """A client that knows one registry, `ghcr.io`, and asks it at this URL."""
    return Registries(
        session,
        hosts=Hosts(allow=allow, overrides={"ghcr.io": url}),
        keychain=Keychain(config),
        runtime=(clock or Clock()).runtime(),
        limits=limits,
    )


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """A server with these routes; gives its base URL."""
    application = web.Application()
    application.add_routes(routes)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def authority_of(url: str) -> str:
    return url.removeprefix("http://")
