"""The requests that each installation may make in a minute, planned before they are sent, for all replicas together.

The core plans (`bot/core/budget/pace.py`); here a process takes blocks from the plan and uses them up. What it uses in quiet
minutes is free: it asks nobody. GitHub allows 100 requests at once; a process sends at most `AT_ONCE` for an installation.

Races accepted: a block that was taken and not used is lost. How long a request keeps GitHub busy is known when it is answered,
so those under way are counted late.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cachetools import LRUCache

from bot.core.budget import pace_notes
from bot.core.budget.costs import Urgency
from bot.core.budget.pace import BLOCK_LIFE, FREE, WINDOW, Pace, Resource, slow_down, take
from bot.core.values.errors import Temporary
from bot.core.values.permit import PRIORITY, Priority
from bot.runtime import Runtime

READING, WRITING = 1, 5
"""https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#calculating-points-for-the-secondary-rate-limit"""
AT_ONCE = 30
LONGEST = 3.0
"""An answer that takes more seconds than this says that GitHub is slow, not that it works for us."""
SPREAD = timedelta(seconds=20)
"""Those who wait come back within this time, and not all at the same moment."""
MOST_TRIES = 20
_ACCOUNTS = 20_000

_LOOKING = {Priority.PEOPLE: Urgency.ANSWER, Priority.EVENT: Urgency.OPEN, Priority.SWEEP: Urgency.REST}
_CARRYING_OUT: ContextVar[Urgency | None] = ContextVar("carrying_out", default=None)


@contextmanager
def carrying_out(urgency: Urgency | None) -> Iterator[None]:
    """Let requests have the urgency of what is carried out. None: of who waits for it."""
    token = _CARRYING_OUT.set(urgency)
    try:
        yield
    finally:
        _CARRYING_OUT.reset(token)


class Shared(Protocol):
    """Texts that replicas share."""

    async def note(self, name: str) -> tuple[int, str]:
        """Return the version and the text of a note; 0 and '' where there is none."""
        ...

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        """Replace the version that was seen. Return False, and change nothing, if it is no longer the present one."""
        ...


class Alone:
    """For a process that shares with nobody."""

    def __init__(self) -> None:
        self._notes: LRUCache[str, str] = LRUCache(_ACCOUNTS)

    async def note(self, name: str) -> tuple[int, str]:
        return 0, self._notes.get(name, "")

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        self._notes[name] = text
        return seen == 0


@dataclass(slots=True)
class _Purse:
    """What this process may use for one installation.

    began: of the present minute of free use. free, block: what is left, by resource; seconds may be owed. block_until: when the
    block is lost. full: until when there is nothing for an urgency.
    """

    began: datetime
    free: dict[Resource, float] = field(default_factory=lambda: dict(FREE))
    block: dict[Resource, float] = field(default_factory=dict)
    block_until: datetime | None = None
    full: dict[Urgency, datetime] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))


class Pacing:
    """The pace of all installations, as one process keeps it."""

    def __init__(self, runtime: Runtime, shared: Shared | None = None) -> None:
        self._runtime = runtime
        self._shared: Shared = shared or Alone()
        self._purses: LRUCache[str, _Purse] = LRUCache(_ACCOUNTS)

    @asynccontextmanager
    async def request(self, account: str, resource: Resource, points: int) -> AsyncIterator[None]:
        """Send a request within this, unless there is no room: then raise Temporary, with the time to come back.

        Response time is a rough estimate, so it holds back only new pull requests and everything else.
        """
        purse, urgency, wanted = self._purse(account), _urgency(), {resource: float(points)}
        if urgency >= Urgency.OPEN:
            wanted[Resource.SECONDS] = 0.0
        await self._admit(account, purse, wanted, urgency)
        async with purse.at_once:
            began = self._runtime.now()
            yield
            took = (self._runtime.now() - began).total_seconds()
            _spend(purse, {Resource.SECONDS: min(max(took, 0.0), LONGEST)})

    async def refused(self, account: str, until: datetime) -> None:
        """Learn that GitHub refused a request because there were too many lately. Raises Temporary."""
        purse = self._purse(account)
        purse.block, purse.block_until = {}, None
        async with purse.turn:
            await self._change(account, lambda pace: slow_down(pace, until, self._runtime.now()))

    def _purse(self, account: str) -> _Purse:
        now = self._runtime.now()
        purse = self._purses.get(account)
        if purse is None:
            purse = self._purses[account] = _Purse(now)
        if not purse.began <= now < purse.began + WINDOW:
            purse.began, purse.free = now, dict(FREE)
            purse.full.clear()
        if purse.block_until is not None and not now < purse.block_until <= now + BLOCK_LIFE:
            # What was owed stays owed: GitHub counted it.
            purse.block = {each: left for each, left in purse.block.items() if left < 0}
            purse.block_until = None
        return purse

    async def _admit(self, account: str, purse: _Purse, wanted: Mapping[Resource, float], urgency: Urgency) -> None:
        if _pays(purse, wanted):
            return
        self._raise_if_full(account, purse, urgency)
        async with purse.turn:
            if _pays(self._purse(account), wanted):
                return
            self._raise_if_full(account, purse, urgency)
            now = self._runtime.now()
            missing = {
                each: FREE[each] + max(0.0, -_left(purse, each)) for each in wanted if not _has(purse, each, wanted)
            }
            until: datetime | None = None

            def plan(pace: Pace) -> Pace:
                nonlocal until
                taken = take(pace, missing, urgency, now)
                until = taken.until
                return taken.pace

            await self._change(account, plan)
            if until is not None:
                purse.full[urgency] = until
                self._raise_if_full(account, purse, urgency)
            for each, amount in missing.items():
                purse.block[each] = purse.block.get(each, 0.0) + amount
            purse.block_until = now + BLOCK_LIFE
            _pays(purse, wanted)

    def _raise_if_full(self, account: str, purse: _Purse, urgency: Urgency) -> None:
        """Raise Temporary where there was no room for the same or something more urgent a moment ago."""
        now = self._runtime.now()
        until = max((until for each, until in purse.full.items() if each <= urgency), default=now)
        if not now < until < now + 3 * WINDOW:
            return
        again_at = until if urgency < Urgency.OPEN else until + self._runtime.random() * SPREAD
        raise Temporary(
            f"GitHub limits requests a minute, and the plan for {account} has no room; continuing at {again_at:%H:%M:%S} UTC",
            again_at=again_at,
        )

    async def _change(self, account: str, change: Callable[[Pace], Pace]) -> None:
        name = f"pace {account}"
        for _ in range(MOST_TRIES):
            version, text = await self._shared.note(name)
            if await self._shared.write_note(name, pace_notes.write(change(pace_notes.read(text))), seen=version):
                return
        raise Temporary(f"{account}: other replicas changed its pace {MOST_TRIES} times in a row")


def _urgency() -> Urgency:
    """Return that of what is carried out, or else of who waits for it."""
    urgency = _CARRYING_OUT.get()
    return _LOOKING[PRIORITY.get()] if urgency is None else urgency


def _left(purse: _Purse, resource: Resource) -> float:
    return purse.free[resource] + purse.block.get(resource, 0.0)


def _has(purse: _Purse, resource: Resource, wanted: Mapping[Resource, float]) -> bool:
    left = _left(purse, resource)
    return left > 0 and left >= wanted[resource]


def _pays(purse: _Purse, wanted: Mapping[Resource, float]) -> bool:
    """Use what is wanted, if there is so much. Seconds are paid afterwards, so there must be some."""
    if not all(_has(purse, each, wanted) for each in wanted):
        return False
    _spend(purse, wanted)
    return True


def _spend(purse: _Purse, used: Mapping[Resource, float]) -> None:
    """Use up what is free first; what is then missing is taken from the block, which may owe."""
    for each, amount in used.items():
        free = min(purse.free[each], amount)
        purse.free[each] -= free
        purse.block[each] = purse.block.get(each, 0.0) - (amount - free)
