"""Registries with a time limit: each answers at once, within seconds, or counts as not having answered.

A person who runs a command must not wait for a registry, and a slow pass delays others. So a request that takes longer than a
glance continues in the background. A pass that people wait for continues without its answer. Any other pass of an
application ends there and gives its slot back: its key is due again once the answer has arrived, or when the registry's time is
up. The glances of a repository's pass, at many applications at once, wait for all of that time.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Any, TypeVar

from cachetools import TTLCache

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.permit import Priority
from bot.passes.outside import MakeDue, Registries
from bot.runtime import Runtime

_log = logging.getLogger(__name__)

GLANCE = timedelta(seconds=1)
"""How long a pass keeps its slot for one answer."""
PATIENCE = timedelta(seconds=5)
"""How long a key waits for one answer. Then it continues without."""
AGAIN = timedelta(seconds=15)
"""When a pass that continued without an answer looks again."""
LATE_ANSWERS = 1_000
FRESH = timedelta(minutes=1)
"""How long a late answer remains valid."""

Answer = TypeVar("Answer")
Seen = Artifact | Missing | Unanswered
Ask = Callable[[Mapping[str, frozenset[str]]], Awaitable[tuple[Seen, ...]]]


@dataclass(frozen=True, slots=True)
class _Waiting:
    """How the running pass waits. glances: no longer than that. key: if the pass may end here and come back."""

    glances: bool = False
    key: str | None = None


_PATIENT = _Waiting()
_WAITING: ContextVar[_Waiting] = ContextVar("waiting", default=_PATIENT)


class StillAsked(Exception):  # noqa: N818 -- a state of the world, as those of `bot.core.values.errors`
    """A registry takes longer than a glance. The key is due again with the answer, and after this time at the latest."""

    def __init__(self, left: timedelta) -> None:
        super().__init__(left)
        self.left = left


@dataclass(slots=True)
class _Asked:
    """A request in progress. since: in the loop's time. given_up: a pass continued without its answer, or ended.

    keys: those that wait for it.
    """

    task: asyncio.Future[Any]
    since: float
    given_up: bool = False
    keys: set[str] = field(default_factory=set)


class PromptRegistries:
    """The registries with the time limit; one instance per process."""

    def __init__(
        self,
        registries: Registries,
        runtime: Runtime,
        *,
        make_due: MakeDue | None = None,
        patience: timedelta = PATIENCE,
        glance: timedelta = GLANCE,
    ) -> None:
        self._registries = registries
        self._runtime = runtime
        self._make_due = make_due
        self._patience = patience
        self._glance = glance
        self._telling: set[asyncio.Task[None]] = set()
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

    @contextmanager
    def waiting(self, key: str, priority: Priority) -> Iterator[None]:
        """Let the pass of this key wait as suits it. That of an application that nobody waits for may end with `StillAsked`."""
        awaited = priority is Priority.PEOPLE
        parks = "#" in key and not awaited
        token = _WAITING.set(_Waiting(glances=awaited or parks, key=key if parks else None))
        try:
            yield
        finally:
            _WAITING.reset(token)

    async def close(self) -> None:
        """Cancel the requests in progress."""
        under_way: list[asyncio.Future[Any]] = [*(asked.task for asked in self._asked.values()), *self._telling]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _of_each(self, kind: str, ask: Ask, wanted: Mapping[str, frozenset[str]]) -> tuple[Seen, ...]:
        async def one(image: str, tags: frozenset[str]) -> tuple[Seen, ...]:
            late = tuple(self._unanswered(image, tag) for tag in sorted(tags))
            return await self._within((kind, image, tags), lambda: ask({image: tags}), late)

        answers = (one(image, tags) for image, tags in sorted(wanted.items()))
        seen = await asyncio.gather(*answers, return_exceptions=True)
        errors = [each for each in seen if isinstance(each, BaseException)]
        if errors:
            raise next((each for each in errors if not isinstance(each, StillAsked)), errors[0])
        return tuple(chain.from_iterable(each for each in seen if not isinstance(each, BaseException)))

    async def _within(self, question: Hashable, ask: Callable[[], Awaitable[Answer]], late: Answer) -> Answer:
        """Return the answer if it arrives in time or has arrived since the last request; else `late`.

        Raises StillAsked where the pass may end and come back.
        """
        kept: Answer | None = self._late_answers().pop(question, None)
        if kept is not None:
            return kept
        asked = self._asked.get(question)
        if asked is None:
            asked = self._asked[question] = _Asked(asyncio.ensure_future(ask()), asyncio.get_running_loop().time())
            asked.task.add_done_callback(lambda _: self._came(question, asked))
        waiting, patience = _WAITING.get(), self._left(asked)
        most = min(patience, self._glance.total_seconds()) if waiting.glances else patience
        await asyncio.wait((asked.task,), timeout=max(0.0, most))
        if asked.task.done():
            answer: Answer = asked.task.result()
            return answer
        asked.given_up = True
        if waiting.key is not None and (left := self._left(asked)) > 0:
            asked.keys.add(waiting.key)
            raise StillAsked(timedelta(seconds=left))
        return late

    def _left(self, asked: "_Asked") -> float:
        """Return how many seconds of its time the registry has left."""
        return asked.since + self._patience.total_seconds() - asyncio.get_running_loop().time()

    def _came(self, question: Hashable, asked: "_Asked") -> None:
        self._asked.pop(question, None)
        if asked.given_up and not asked.task.cancelled() and asked.task.exception() is None:
            self._late_answers()[question] = asked.task.result()
        if self._make_due is None or asked.task.cancelled():
            return
        for key in sorted(asked.keys):
            telling = asyncio.ensure_future(self._make_due(key))
            self._telling.add(telling)
            telling.add_done_callback(self._told)

    def _told(self, telling: "asyncio.Task[None]") -> None:
        """If the key could not be made due, it is due when the registry's time is up."""
        self._telling.discard(telling)
        if not telling.cancelled() and telling.exception() is not None:
            _log.warning("a key that waited for a registry comes a little later: %s", telling.exception())

    def _late_answers(self) -> "TTLCache[Hashable, Any]":
        if self._late is None:
            loop = asyncio.get_running_loop()
            self._late = TTLCache(LATE_ANSWERS, FRESH.total_seconds(), timer=loop.time)
        return self._late

    def _unanswered(self, image: str, tag: str | None) -> Unanswered:
        reason = "the registry has not answered yet; it is still being asked"
        return Unanswered(image, reason, self._runtime.now() + AGAIN, tag)
