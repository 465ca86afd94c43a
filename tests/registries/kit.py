"""What the registry tests share: a clock that is moved by hand, a client of one registry, and servers, with TLS or without."""

import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import trustme
from aiohttp import web

from bot.registries.hosts import Hosts
from bot.registries.keychain import Keychain
from bot.registries.limits import Limits
from bot.registries.oci import Registries
from bot.runtime import Runtime

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COMMIT = "5f3c2a1b0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a"
IMAGE = "ghcr.io/acme/web"

# Loopback answers at once or never: a test of silence need not wait long.
LIMITS = replace(Limits(), request=5.0, deadline=10.0)


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
async def serving(
    *routes: web.RouteDef, application: web.Application | None = None, context: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """A server with these routes, or this application; gives its base URL."""
    if application is None:
        application = web.Application()
        application.add_routes(routes)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def certified(authority: trustme.CA, *hosts: str) -> ssl.SSLContext:
    """A server's context, with a certificate of these hosts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return context


def authority_of(url: str) -> str:
    return url.removeprefix("http://")


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def docker_config(folder: Path, auths: Mapping[str, Mapping[str, str]]) -> Path:
    """A docker config.json with these entries."""
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": auths}))
    return path
