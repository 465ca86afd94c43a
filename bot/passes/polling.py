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
from typing import Annotated

from pydantic import Field

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


@dataclass(frozen=True, slots=True)
class RegistryPolls:
    """The polls of one registry's images."""

    registry: Annotated[str, Field(description="As policies name it.")]
    images: Annotated[int, Field(description="How many of its images are polled.")]
    polled_at: Annotated[datetime | None, Field(description="When the newest poll ended; null before the first one.")]
    answered_at: Annotated[datetime | None, Field(description="When it last answered a poll; null if it never did.")]
    unanswered: Annotated[int, Field(description="Images whose newest poll got no answer.")]
    next_at: Annotated[datetime, Field(description="When the next of its images is due to be polled.")]


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest poll of an image. answered_at: of the newest that was answered."""

    at: datetime
    answered_at: datetime | None


class Polling:
    """Polls every image once in a period."""

    def __init__(self, polled: Polled, *, period: timedelta, runtime: Runtime) -> None:
        self._polled = polled
        self._period = period
        self._runtime = runtime
        self._next: dict[Watched, datetime] = {}
        self._newest: dict[Watched, _Newest] = {}

    async def turn(self) -> None:
        """Ask about the images whose time has come, those that have waited longest first."""
        now, images = self._runtime.now(), frozenset(self._polled.images())
        self._next = {each: self._next.get(each) or self._some_time(now) for each in sorted(images, key=str)}
        self._newest = {each: newest for each, newest in self._newest.items() if each in images}
        chosen: defaultdict[str, list[Watched]] = defaultdict(list)
        for each in sorted(
            (each for each in images if self._next[each] <= now), key=lambda each: (self._next[each], each.image)
        ):
            registry = ImageName.parse(each.image).registry
            if len(chosen[registry]) < PER_TURN:
                chosen[registry].append(each)
        await asyncio.gather(*(self._ask(registry, each) for registry, some in chosen.items() for each in some))

    def registries(self) -> tuple[RegistryPolls, ...]:
        """Return what became of the polls, by registry, sorted by name."""
        watched: defaultdict[str, list[Watched]] = defaultdict(list)
        for each in self._next:
            watched[ImageName.parse(each.image).registry].append(each)
        return tuple(self._polls(registry, watched[registry]) for registry in sorted(watched))

    def _polls(self, registry: str, watched: list[Watched]) -> RegistryPolls:
        newest = [self._newest[each] for each in watched if each in self._newest]
        return RegistryPolls(
            registry=registry,
            images=len(watched),
            polled_at=max((each.at for each in newest), default=None),
            answered_at=max((each.answered_at for each in newest if each.answered_at), default=None),
            unanswered=sum(each.answered_at != each.at for each in newest),
            next_at=min(self._next[each] for each in watched),
        )

    def _some_time(self, now: datetime) -> datetime:
        return now + self._period * self._runtime.random()

    async def _ask(self, registry: str, watched: Watched) -> None:
        self._next[watched] = self._runtime.now() + self._period * (0.9 + 0.2 * self._runtime.random())
        news = await self._polled.ask(watched)
        now, before = self._runtime.now(), self._newest.get(watched)
        answered_before = before.answered_at if before else None
        self._newest[watched] = _Newest(now, answered_before if news is News.SILENT else now)
        telemetry().metrics.registry_polls.labels(registry, news.value).inc()
        if news is News.CHANGED:
            _log.info(
                "polling found something new of %s; with a hook of its registry, it is noticed within seconds",
                watched.image,
            )
            await self._polled.announce(watched.image)
