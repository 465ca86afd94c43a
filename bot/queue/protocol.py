"""What every store of the queue promises, and the values it gives out.

A *key* names what a pass is about (`owner/repo#application`, or `owner/repo` for a sweep). The store keeps one row for each
key that is owed a pass or being run; a key with nothing owed has no row. Events are hints, so a row counts nothing: it only
says when to look next, and the earliest time wins. However many events arrive while a key runs, one further run follows.

Races accepted. A process frozen for longer than its lease may overlap with its successor: it learns so from `Lease.confirm`
before its next write, and passes are safe to repeat. A key made due while it runs keeps that time when the run fails, so an
event always beats a growing delay.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.values.errors import LeaseLost

LEASE = timedelta(seconds=15)
"""How long a key stays with a runner that no longer says it is alive."""

LONGEST_WAIT = timedelta(hours=2)
"""No key is due later than this. Passes look again within about an hour; so whatever is later comes from a wrong clock."""

REMEMBER_DELIVERIES = timedelta(days=7)
"""GitHub redelivers what is at most three days old, under the same id:
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one key; a `bot.core.permit.Permit`.

    token: names this very run, so that a runner that was overtaken can change nothing.
    attempts: failed runs in a row before this one.
    """

    key: str
    token: str
    attempts: int
    queue: "Queue"

    async def confirm(self) -> None:
        """Extend the lease by its whole length, or raise `LeaseLost` when another runner may hold the key."""
        if not await self.queue.hold(self):
            raise LeaseLost(f"another runner took {self.key} over; this one writes nothing more")


@dataclass(frozen=True, slots=True)
class Room:
    """How many keys of each kind a runner has room for. full: repositories whose applications have their share already."""

    repositories: int
    applications: int
    full: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One key as a status page shows it.

    due: when it is looked at next; None while it runs and nothing came in since.
    running_since: None when nobody runs it.
    attempts: failed runs in a row; last_error: what the last of them said, None when there is none.
    """

    key: str
    due: datetime | None
    running_since: datetime | None
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is owed.

    due: keys that could be claimed now. waiting: keys whose time has not come. running: keys under a lease.
    failing: keys of any of these whose last run failed. oldest_due: since when the longest waiting of `due` is owed.
    """

    due: int
    waiting: int
    running: int
    failing: int
    oldest_due: datetime | None


class StoreLostError(Exception):
    """The store cannot be used, and trying again does not help; the message says what a person can do."""


class Queue(Protocol):
    """The store. One object per process; every time is aware, every change durable before its call returns.

    A call that cannot be carried out raises the store's own error and has changed nothing; call it again. `ValueError` means
    that no repetition helps: a time without a zone, or a key or delivery that is not one or more printable characters.
    """

    async def accept(self, delivery_id: str | None, keys: Iterable[str]) -> bool:
        """Make the keys due now. False, and nothing made due, when this delivery was accepted before.

        A delivery is remembered for `REMEMBER_DELIVERIES`; None is no delivery and always accepted.
        """
        ...

    async def due(self, key: str, at: datetime) -> None:
        """Make one key due at this time, unless it is due earlier already."""
        ...

    async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
        """Take at most `limit` keys that are due and that nobody runs: repositories first, then those owed longest.

        A repository's key answers people, and makes its applications due. room: None where either kind may take all.

        A key that is due later than `LONGEST_WAIT` from now is due now. A key whose runner let its lease lapse is taken over,
        and that run counts as failed. Never takes a key that this very process runs, however far the clock jumped.
        """
        ...

    async def more(self) -> None:
        """Return when `claim` may give something that the last call of it did not. May return early; for one waiter."""
        ...

    def wake(self) -> None:
        """The clock may have jumped: let `more` return, so that due times are examined again."""
        ...

    async def look_again(self) -> None:
        """The clock went back: make every key due now that nobody runs."""
        ...

    async def check(self) -> None:
        """Return once something was stored durably; raise what keeps it from being, as any other call does.

        `StoreLostError` means that only a restart helps.
        """
        ...

    async def hold(self, lease: Lease) -> bool:
        """Extend one lease; False when it is no longer ours."""
        ...

    async def renew(self) -> None:
        """Extend every lease this process holds: its runners are alive."""
        ...

    async def finish(self, lease: Lease, *, again_at: datetime | None) -> bool:
        """End a run that succeeded; look again at this time, or earlier if an event says so.

        Here and below: False when the lease was no longer ours, and nothing was changed.
        """
        ...

    async def fail(self, lease: Lease, *, error: str, again_at: datetime) -> bool:
        """End a run that failed, and say what people should read about it."""
        ...

    async def release(self, lease: Lease) -> bool:
        """Give a key back unfinished: due now, its failures as they were."""
        ...

    async def snapshot(self) -> tuple[Row, ...]:
        """Every key there is, by name."""
        ...

    async def depth(self) -> Depth:
        """The same, counted."""
        ...

    async def close(self) -> None:
        """Carry out what was asked for, then let go of the store."""
        ...
