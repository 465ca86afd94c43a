"""The endpoints: those that GitHub and registries push to, and those that operators read."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import web

from bot.web import metrics
from bot.web.bodies import Bodies
from bot.web.parts import Parts
from bot.web.receiver import Receiver

_log = logging.getLogger(__name__)

T = TypeVar("T")

_STORE_SECONDS = 5  # an idle store answers in milliseconds
_TRY_EVERY = 1.0


def create_application(parts: Parts, bodies: Bodies | None = None) -> web.Application:
    """Serve `POST /webhooks/github`, `/webhooks/ci`, `/webhooks/registry/{vendor}[/{secret}]`, the API, and `_Reports`."""
    application = web.Application()
    reports = _Reports(parts)
    application.add_routes(Receiver(parts, bodies or Bodies()).routes())
    application.add_routes(parts.api.routes())
    application.add_routes(
        [
            web.get("/healthz", reports.healthz),
            web.get("/readyz", reports.readyz),
            web.get("/metrics", reports.metrics),
        ]
    )
    return application


class _Reports:
    """Pages for operators and probes. They contain no secret and name no repository."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._writable = False
        self._try_again_at = 0.0

    async def healthz(self, _request: web.Request) -> web.Response:
        """Answer that the process is alive: its event loop runs."""
        return web.Response(text="ok\n")

    async def readyz(self, _request: web.Request) -> web.Response:
        """Answer 200, or 503 with a line for each thing that is missing."""
        missing = list(self._parts.missing())
        if not await self._is_writable():
            missing.append("the queue's store does not answer or cannot be written; the log says why")
        if missing:
            return web.Response(status=503, text="".join(f"not ready: {thing}\n" for thing in missing))
        return web.Response(text="ready\n")

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with the metrics; those of the queue are left out while its store fails."""
        families = [metrics.passes_family(self._parts.passes())]
        depth = await self._asked(self._parts.queue.depth)
        if depth is not None:
            families += metrics.queue_families(depth, now=self._parts.now())
        page, content_type = metrics.render(
            self._parts.metrics.registry, families, accept=request.headers.get("Accept", "")
        )
        return web.Response(body=page, headers={"Content-Type": content_type})

    async def _is_writable(self) -> bool:
        """Report whether a webhook could be stored now. Tested at most once a second, however many requests ask."""
        now = asyncio.get_running_loop().time()
        if now >= self._try_again_at:
            self._try_again_at = now + _TRY_EVERY
            self._writable = await self._asked(self._write) or False
        return self._writable

    async def _write(self) -> bool:
        await self._parts.queue.check()
        await self._parts.queue.depth()
        return True

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                return await ask()
        except Exception as error:  # noqa: BLE001 -- these pages report any error of the store
            _log.error("the queue's store cannot be used: %s", error or type(error).__name__)
            return None
