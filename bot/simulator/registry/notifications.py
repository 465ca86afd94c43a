"""Notifications in the envelope of CNCF Distribution, as version 2.8.2 sends them.

One request per event, in order, from a queue in memory. An endpoint that does not answer with 2xx or 3xx gets the
*same* event again, and the queue is lost when the registry stops.
https://distribution.github.io/distribution/about/notifications/
"""

import asyncio
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import aiohttp

CONTENT_TYPE = "application/vnd.docker.distribution.events.v1+json"


class Events(Enum):
    """Which events an endpoint receives."""

    MANIFESTS = "pushes and deletions of manifests, as a careful configuration asks for"
    ALL = "blobs and pulls too, as the default configuration sends"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The receiver of notifications. headers: configured ones, the only authentication. backoff: seconds."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    events: Events = Events.MANIFESTS
    backoff: float = 1.0


@dataclass(frozen=True, slots=True)
class RegistryEvent:
    """An event of the registry. host: the registry's name; actor: who caused it, if authenticated."""

    action: str
    repository: str
    digest: str
    media_type: str = ""
    size: int = 0
    tag: str | None = None
    host: str = ""
    scheme: str = "http"
    method: str = ""
    actor: str | None = None

    @property
    def about_manifest(self) -> bool:
        return "manifest" in self.media_type or "index" in self.media_type or not self.media_type


@dataclass(slots=True)
class _Delivery:
    """The queue of one endpoint, and the task that delivers it."""

    endpoint: Endpoint
    queue: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


class Notifier:
    """Queues events per endpoint, and delivers them while it runs."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._numbers = itertools.count(1)
        self._deliveries: list[_Delivery] = []
        self._session: aiohttp.ClientSession | None = None

    def add(self, endpoint: Endpoint) -> None:
        """Notify this endpoint from now on."""
        delivery = _Delivery(endpoint)
        self._deliveries.append(delivery)
        if self._session is not None:
            delivery.task = asyncio.create_task(_deliver(delivery, self._session))

    def forget(self) -> None:
        """Remove all endpoints, as a newly installed registry."""
        for delivery in self._deliveries:
            if delivery.task is not None:
                delivery.task.cancel()
        self._deliveries.clear()

    def tell(self, event: RegistryEvent) -> None:
        """Queue the event for every endpoint that receives it."""
        body = json.dumps({"events": [self._event(event)]}).encode()
        for delivery in self._deliveries:
            wants_all = delivery.endpoint.events is Events.ALL
            if wants_all or (event.about_manifest and event.action != "pull"):
                delivery.queue.put_nowait(body)

    async def start(self) -> None:
        """Start to deliver."""
        self._session = aiohttp.ClientSession()
        for delivery in self._deliveries:
            delivery.task = asyncio.create_task(_deliver(delivery, self._session))

    async def stop(self) -> None:
        """Stop delivering; the queue is lost."""
        tasks = [delivery.task for delivery in self._deliveries if delivery.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._deliveries = [_Delivery(delivery.endpoint) for delivery in self._deliveries]
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def settled(self) -> None:
        """Wait until every event has been accepted."""
        for delivery in self._deliveries:
            await delivery.queue.join()

    def _event(self, event: RegistryEvent) -> dict[str, object]:
        number = next(self._numbers)
        target: dict[str, object] = {
            "mediaType": event.media_type,
            "size": event.size,
            "digest": event.digest,
            "length": event.size,
            "repository": event.repository,
        }
        if event.digest:
            kind = "manifests" if event.about_manifest else "blobs"
            base = f"{event.scheme}://{event.host}/v2/{event.repository}"
            target["url"] = f"{base}/{kind}/{event.digest}"
        if event.tag is not None:
            target["tag"] = event.tag
        return {
            "id": f"00000000-0000-4000-8000-{number:012x}",
            "timestamp": self._now().isoformat().replace("+00:00", "Z"),
            "action": event.action,
            "target": target,
            "request": {
                "id": f"00000000-0000-4000-9000-{number:012x}",
                "addr": "127.0.0.1:40000",
                "host": event.host,
                "method": event.method,
                "useragent": "simulator",
            },
            "actor": {} if event.actor is None else {"name": event.actor},
            "source": {"addr": "registry:5000", "instanceID": "00000000-0000-4000-a000-000000000000"},
        }


async def _deliver(delivery: _Delivery, session: aiohttp.ClientSession) -> None:
    endpoint = delivery.endpoint
    headers = {"User-Agent": "Go-http-client/1.1", "Content-Type": CONTENT_TYPE, **endpoint.headers}
    while True:
        body = await delivery.queue.get()
        while not await _accepted(session, endpoint.url, headers, body):  # noqa: ASYNC110 -- the endpoint is another process
            await asyncio.sleep(endpoint.backoff)
        delivery.queue.task_done()


async def _accepted(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status < 400
    except (aiohttp.ClientError, TimeoutError):
        return False
