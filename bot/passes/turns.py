"""Who writes `gitops-state` next: in each repository one pass at a time, in the order in which they came.

Every write names the head that was seen, so of several at once all but one would fail, look again and fail again. A pass
that waited for its turn while others wrote looks again, and only then writes. So it can lose a round only to another
replica, each of which writes one at a time as well; and each lost round is somebody else's write that succeeded.
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
"""How often a pass tries to write `gitops-state` in one go, looking again each time; then it comes back a little later."""


class Turns:
    """The turns of one process."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ended: Counter[str] = Counter()

    def seen(self, repository: str) -> int:
        """Return a number that grows with every turn that ends: what was seen before that is out of date."""
        return self._ended[repository]

    @asynccontextmanager
    async def turn(self, repository: str) -> AsyncIterator[None]:
        """Wait for the turn, and hold it."""
        async with self._locks[repository]:
            yield

    def end(self, repository: str) -> None:
        """Say that something was written, by us or by somebody else."""
        self._ended[repository] += 1


class Writes(Protocol):
    """A pass that has decided what it writes."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it writes."""
        ...


Decided = TypeVar("Decided", bound=Writes)


async def in_turn(
    turns: Turns,
    repository: str,
    *,
    decide: Callable[[], Awaitable[Decided | None]],
    carry_out: Callable[[Decided], Awaitable[datetime | None]],
) -> datetime | None:
    """Decide and carry out; where that writes `gitops-state`, do it in this pass's turn, on what is there then.

    Returns what `carry_out` returns; None where `decide` finds nothing. Raises Temporary when others were always first.
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
