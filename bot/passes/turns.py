"""Turns: in each repository one pass at a time writes `gitops-state`, in the order of arrival.

Every write names the head that it was decided on, so of several at once only one would succeed and the others would
look again and retry. A pass that waited while another one wrote looks again before it writes. So it can lose only to
another replica, which also writes one at a time, and each lost attempt means that another write succeeded.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol, TypeVar

from bot.core.plan import Action, WriteState
from bot.core.values.errors import Overtaken, Temporary

_log = logging.getLogger(__name__)

MOST_ROUNDS = 5
"""How often a pass tries to write `gitops-state`, looking again each time, before it gives up and returns later."""


class Turns:
    """The turns of all repositories; one instance per process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ended: Counter[str] = Counter()

    def seen(self, repository: str) -> int:
        """Return a number that grows with every finished turn: anything observed at a smaller number is out of date."""
        return self._ended[repository]

    @asynccontextmanager
    async def turn(self, repository: str) -> AsyncIterator[None]:
        """Wait for the turn and hold it."""
        async with self._locks[repository]:
            yield

    def end(self, repository: str) -> None:
        """Record that this process or another one wrote."""
        self._ended[repository] += 1


class Writes(Protocol):
    """A pass that has decided what to write."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions to apply."""
        ...


Decided = TypeVar("Decided", bound=Writes)


async def in_turn(
    turns: Turns,
    repository: str,
    *,
    decide: Callable[[], Awaitable[Decided | None]],
    carry_out: Callable[[Decided], Awaitable[datetime | None]],
) -> datetime | None:
    """Decide and carry out. If that writes `gitops-state`, decide again and write during this pass's turn.

    Returns what `carry_out` returns; None if `decide` finds nothing. Raises Temporary if other replicas were always
    first.
    """
    seen = turns.seen(repository)
    decided = await decide()
    if decided is None:
        return None
    if not any(isinstance(action, WriteState) for action in decided.actions):
        return await carry_out(decided)
    async with turns.turn(repository):
        for _ in range(MOST_ROUNDS):
            if turns.seen(repository) != seen:
                seen = turns.seen(repository)
                decided = await decide()
            if decided is None:
                return None
            try:
                return await carry_out(decided)
            except Overtaken as other:
                _log.info("%s: %s", repository, other.reason)
            finally:
                turns.end(repository)
    raise Temporary(f"{repository}: others wrote gitops-state first, {MOST_ROUNDS} times in a row")
