"""What every queue store promises, and the values it returns.

A *key* names the subject of a pass: `owner/repo#application`, or `owner/repo` for a sweep. The store keeps one row for each key
that is due or running, and none for other keys. Events are hints, so a row counts nothing: it only says when to look next, and
the earliest time wins. However many events arrive while a key runs, one more run follows.

Races accepted. A process that was frozen for longer than its lease may overlap with its successor. `Lease.confirm` tells it so
before its next write, and passes are safe to repeat. A key that becomes due while it runs keeps that time if the run fails, so
an event always beats a growing delay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.values.errors import LeaseLost
from bot.core.values.permit import Priority
from bot.queue.outbox import Outbox

LEASE = timedelta(seconds=15)
"""How long a runner keeps a key without renewing its lease."""

LONGEST_WAIT = timedelta(hours=2)
"""No key is due later than this. Passes look again within about an hour, so a later time comes from a wrong clock."""

REMEMBER_DELIVERIES = timedelta(days=7)
"""How long delivery ids are kept.

GitHub redelivers webhooks of the last three days under the same id:
https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
"""


INTERRUPTED = (
    "The process that ran it ended or stopped responding. This key is only to blame if it happens again and again."
)
"""The error of a run whose lease lapsed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one key; a `bot.core.values.permit.Permit`.

    token: identifies this run, so that a runner that lost its lease can change nothing.
    attempts: failed runs in a row before this one. priority: who waits for it. cause: of what made it due last, '' if unknown.
    """

    key: str
    token: str
    attempts: int
    queue: "Queue"
    priority: Priority = Priority.EVENT
    cause: str = ""

    async def confirm(self) -> None:
        """Extend the lease to its full length. Raises `LeaseLost` when another runner may hold the key."""
        if not await self.queue.hold(self):
            raise LeaseLost(f"another runner took over {self.key}; this one writes nothing more")


@dataclass(frozen=True, slots=True)
class Room:
    """How many keys of each kind a runner has room for. people: those that people wait for. others: all others.

    full_of_people, full: repositories whose applications have their share of this kind already.
    """

    people: int
    others: int
    full_of_people: frozenset[str] = frozenset()
    full: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Row:
    """One key, as a status page shows it.

    due: when it runs next; None while it runs and no event has arrived since. running_since: None while it does not run.
    attempts: failed runs in a row. last_error: the error of the last failed run, None when the last run succeeded.
    """

    key: str
    due: datetime | None
    running_since: datetime | None
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Depth:
    """How many keys are in the queue.

    due: keys that can be claimed now. waiting: keys that are due later. running: keys under a lease. failing: keys of all these
    whose last run failed. oldest_due: when the oldest of the keys in `due` became due.
    """

    due: int
    waiting: int
    running: int
    failing: int
    oldest_due: datetime | None


class StoreLostError(Exception):
    """The store cannot be used, and trying again does not help; the message says what a person can do."""


class Queue(Protocol):
    """The store. One object per process. Every time is aware; every change is durable before its call returns.

    A call that fails raises the store's own error and has changed nothing; call it again. `ValueError` means that calling again
    does not help: a time without a zone, or a key or delivery that is not one or more printable characters.
    """

    @property
    def outbox(self) -> Outbox:
        """Return the outbox, which is kept in the same store."""
        ...

    async def accept(
        self,
        delivery_id: str | None,
        keys: Iterable[str],
        topics: Iterable[str] = (),
        *,
        priority: Priority = Priority.EVENT,
        cause: str = "",
    ) -> bool:
        """Make due now the keys, and those that subscribed to a topic. Return False and change nothing when this delivery was
        accepted before.

        A delivery is remembered for `REMEMBER_DELIVERIES`. None stands for no delivery, and is always accepted. priority: who
        waits; a key that is due already keeps its own if that is more urgent. cause: an id for logs and traces, which whichever
        process runs a key gets with it; '' leaves an earlier one.
        """
        ...

    async def subscribe(self, owner: str, subscriptions: frozenset[tuple[str, str]]) -> None:
        """Have a key become due with a topic: `(topic, key)`. These replace all earlier ones of the same owner."""
        ...

    async def due(self, key: str, at: datetime) -> None:
        """Make one key due at this time, as a sweep does, unless it is already due earlier."""
        ...

    async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
        """Take at most `limit` keys that are due and that nobody runs, in their turns (`bot/queue/turns.py`).

        Keys whose runner died come first. room: None where either kind may take all.

        A key that is due later than `LONGEST_WAIT` from now is due now. A key whose runner let its lease lapse is taken over,
        and that run counts as failed. Never takes a key that this very process runs, however far the clock jumped.
        """
        ...

    async def more(self) -> None:
        """Return when `claim` may return more than its last call did. May return early. For one waiter."""
        ...

    def wake(self) -> None:
        """Let `more` return, so that due times are compared with the clock again. Call it when the clock may have jumped."""
        ...

    async def look_again(self) -> None:
        """Make every key due now that is not running. Call it when the clock went back."""
        ...

    async def check(self) -> None:
        """Store something durably, to see whether the store works. Raises its error otherwise.

        `StoreLostError` means that only a restart helps.
        """
        ...

    async def hold(self, lease: Lease) -> bool:
        """Extend one lease. Return False when it is no longer ours."""
        ...

    async def renew(self) -> None:
        """Extend every lease of this process."""
        ...

    async def finish(self, lease: Lease, *, again_at: datetime | None) -> bool:
        """End a run that succeeded. The key is due again at this time, or earlier if an event arrived.

        Here and below: return False when the lease was no longer ours; then nothing has changed.
        """
        ...

    async def fail(self, lease: Lease, *, error: str, again_at: datetime) -> bool:
        """End a run that failed. error: shown to people. The key keeps its priority."""
        ...

    async def release(self, lease: Lease) -> bool:
        """Return a key unfinished: it is due now, and its count of failures stays."""
        ...

    async def note(self, name: str) -> tuple[int, str]:
        """Return the version and the text of a note that processes share; 0 and '' where there is none."""
        ...

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        """Replace the version that was seen. Return False, and change nothing, if it is no longer the present one."""
        ...

    async def notes(self, beginning: str) -> Mapping[str, str]:
        """Return the notes whose names begin so, sorted by name: name → text."""
        ...

    async def drop_notes(self, names: Iterable[str]) -> None:
        """Delete these notes, whatever their version."""
        ...

    async def snapshot(self) -> tuple[Row, ...]:
        """Return every key, sorted by name."""
        ...

    async def depth(self) -> Depth:
        """Return the counts of these keys."""
        ...

    async def close(self) -> None:
        """Finish the pending calls, then close the store."""
        ...


def require_text(*texts: str) -> None:
    """Raise ValueError unless each is one or more printable characters, as keys and deliveries are."""
    for text in texts:
        if not text or not text.isprintable():
            raise ValueError(f"{text!r:.80} is not a key or delivery: expected one or more printable characters")


def require_aware(at: datetime) -> None:
    """Raise ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; the queue takes only aware times")
