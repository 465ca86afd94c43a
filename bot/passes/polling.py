"""Asks registries from time to time whether images have new tags, for the case that a hook is missing or gets lost.

It asks no more than a registry and asks GitHub nothing: what changed makes the applications of the image due, as a hook does.
Questions are spread over the period, and each registry gets a few at a time. With more images than fit, the period grows.

Races accepted. Each process asks about the policies that it has read. What it remembers is lost with it: a change during a
restart is found by the next look at the application.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.values.artifacts import News
from bot.core.values.images import ImageName
from bot.passes.outside import Watched
from bot.runtime import Runtime
from bot.telemetry import telemetry

_log = logging.getLogger(__name__)

TURN = timedelta(seconds=10)
PER_TURN = 10
"""How many images of one registry are asked about in a turn."""


@dataclass(frozen=True, slots=True)
class Polled:
    """Whom polling asks and tells. images: all that policies name; ask: about one; announce: an image has changed."""

    images: Callable[[], Iterable[Watched]]
    ask: Callable[[Watched], Awaitable[News]]
    announce: Callable[[str], Awaitable[None]]


class Polling:
    """Polls every image once in a period."""

    def __init__(self, polled: Polled, *, period: timedelta, runtime: Runtime) -> None:
        self._polled = polled
        self._period = period
        self._runtime = runtime
        self._next: dict[Watched, datetime] = {}

    async def turn(self) -> None:
        """Ask about the images whose time has come, those that have waited longest first."""
        now, images = self._runtime.now(), frozenset(self._polled.images())
        self._next = {each: self._next.get(each) or self._some_time(now) for each in sorted(images, key=str)}
        chosen: defaultdict[str, list[Watched]] = defaultdict(list)
        for each in sorted(
            (each for each in images if self._next[each] <= now), key=lambda each: (self._next[each], each.image)
        ):
            registry = ImageName.parse(each.image).registry
            if len(chosen[registry]) < PER_TURN:
                chosen[registry].append(each)
        await asyncio.gather(*(self._ask(registry, each) for registry, some in chosen.items() for each in some))

    def _some_time(self, now: datetime) -> datetime:
        return now + self._period * self._runtime.random()

    async def _ask(self, registry: str, watched: Watched) -> None:
        self._next[watched] = self._runtime.now() + self._period * (0.9 + 0.2 * self._runtime.random())
        news = await self._polled.ask(watched)
        telemetry().metrics.registry_polls.labels(registry, news.value).inc()
        if news is News.CHANGED:
            _log.info(
                "polling found something new of %s; with a hook of its registry, it is noticed within seconds",
                watched.image,
            )
            await self._polled.announce(watched.image)
