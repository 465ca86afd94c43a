"""Values that are costly to get: kept until they expire, and fetched once however many ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from cachetools import LRUCache

SIZE = 4096

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Expiring(Generic[Value]):
    """A value, and until when it is good."""

    value: Value
    until: datetime


class SharedCache(Generic[Value]):
    """Values by key. Everybody who asks for a key while it is being fetched waits for the same request."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: LRUCache[Hashable, Expiring[Value]] = LRUCache(SIZE)
        self._coming: dict[Hashable, asyncio.Task[Expiring[Value]]] = {}

    async def get(self, key: Hashable, fetch: Callable[[], Awaitable[Expiring[Value]]]) -> Value:
        """Return the value of this key, fetching it if it is missing or has expired. Raises what `fetch` raises."""
        kept = self._kept.get(key)
        if kept is not None and self._now() < kept.until:
            return kept.value
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.get_running_loop().create_task(self._fetch(key, fetch))
            coming.add_done_callback(_read_error)
        # A caller that is cancelled does not cancel the request for the others.
        return (await asyncio.shield(coming)).value

    def drop(self, unwanted: Callable[[Value], bool]) -> None:
        """Forget these values."""
        for key in [key for key, kept in self._kept.items() if unwanted(kept.value)]:
            del self._kept[key]

    async def _fetch(self, key: Hashable, fetch: Callable[[], Awaitable[Expiring[Value]]]) -> Expiring[Value]:
        try:
            kept = self._kept[key] = await fetch()
            return kept
        finally:
            del self._coming[key]


def _read_error(task: "asyncio.Task[Expiring[Value]]") -> None:
    """Read the error of a request that nobody waits for any longer; otherwise the event loop would complain of it."""
    if not task.cancelled():
        task.exception()
