"""Registries with a time limit: each answers within seconds, or counts as not having answered.

A person who runs a command must not wait for a registry, and a slow pass delays others. So a slow request continues in
the background while the pass continues without its answer. The next pass gets the answer if it has arrived.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, TypeVar

from cachetools import TTLCache

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.passes.outside import Registries
from bot.runtime import Runtime

PATIENCE = timedelta(seconds=5)
"""How long a pass waits for one answer."""
AGAIN = timedelta(seconds=15)
"""When a pass that continued without an answer looks again."""
LATE_ANSWERS = 1_000
FRESH = timedelta(minutes=1)
"""How long a late answer remains valid."""

Answer = TypeVar("Answer")
Seen = Artifact | Missing | Unanswered
Ask = Callable[[Mapping[str, frozenset[str]]], Awaitable[tuple[Seen, ...]]]


@dataclass(slots=True)
class _Asked:
    """A request in progress. since: in the loop's time. given_up: a pass continued without its answer."""

    task: asyncio.Future[Any]
    since: float
    given_up: bool = False


class PromptRegistries:
    """The registries with the time limit; one instance per process."""

    def __init__(self, registries: Registries, runtime: Runtime, *, patience: timedelta = PATIENCE) -> None:
        self._registries = registries
        self._runtime = runtime
        self._patience = patience
        self._asked: dict[Hashable, _Asked] = {}
        self._late: TTLCache[Hashable, Any] | None = None

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        """Return all tags of an image."""
        return await self._within(("tags", image), lambda: self._registries.tags(image), self._unanswered(image, None))

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags and digests of these images point at. A slow image does not delay the others."""
        return await self._of_each("observe", self._registries.observe, wanted)

    async def built(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        """Return what these tags pointed at when first requested. A slow image does not delay the others."""
        return await self._of_each("built", self._registries.built, wanted)

    async def close(self) -> None:
        """Cancel the requests in progress."""
        under_way = [asked.task for asked in self._asked.values()]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _of_each(self, kind: str, ask: Ask, wanted: Mapping[str, frozenset[str]]) -> tuple[Seen, ...]:
        async def one(image: str, tags: frozenset[str]) -> tuple[Seen, ...]:
            late = tuple(self._unanswered(image, tag) for tag in sorted(tags))
            return await self._within((kind, image, tags), lambda: ask({image: tags}), late)

        seen = await asyncio.gather(*(one(image, tags) for image, tags in sorted(wanted.items())))
        return tuple(chain.from_iterable(seen))

    async def _within(self, question: Hashable, ask: Callable[[], Awaitable[Answer]], late: Answer) -> Answer:
        """Return the answer if it arrives in time or has arrived since the last request; else `late`."""
        kept: Answer | None = self._late_answers().pop(question, None)
        if kept is not None:
            return kept
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = _Asked(asyncio.ensure_future(ask()), asyncio.get_running_loop().time())
            asked.task.add_done_callback(lambda _: self._came(question, asked))
        left = asked.since + self._patience.total_seconds() - asyncio.get_running_loop().time()
        await asyncio.wait((asked.task,), timeout=max(0.0, left))
        if asked.task.done():
            answer: Answer = asked.task.result()
            return answer
        asked.given_up = True
        return late

    def _came(self, question: Hashable, asked: "_Asked") -> None:
        self._asked.pop(question, None)
        if asked.given_up and not asked.task.cancelled() and asked.task.exception() is None:
            self._late_answers()[question] = asked.task.result()

    def _late_answers(self) -> "TTLCache[Hashable, Any]":
        if self._late is None:
            loop = asyncio.get_running_loop()
            self._late = TTLCache(LATE_ANSWERS, FRESH.total_seconds(), timer=loop.time)
        return self._late

    def _unanswered(self, image: str, tag: str | None) -> Unanswered:
        reason = (
            f"the registry has not answered within {self._patience.total_seconds():g} seconds; it is still being asked"
        )
        return Unanswered(image, reason, self._runtime.now() + AGAIN, tag)
