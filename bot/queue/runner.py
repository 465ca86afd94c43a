"""Runs the handler for due keys: many keys at once, one run per key, until it is stopped.

No error of a handler ends the runner, and no key is ever dropped: a failed run is retried with growing delays.
`Temporary` says when to retry. `LeaseLost` means that another runner continues. Any other error is a bug and is logged
with its traceback.

Races accepted. A run that is killed, or whose end cannot be stored before the process ends, runs again. A handler that
returns a time in the past runs again at once.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.core.values.errors import LeaseLost, Temporary
from bot.core.values.permit import Permit, Priority
from bot.queue.protocol import LEASE, Lease, Queue, Room
from bot.runtime import Runtime
from bot.telemetry import telemetry
from bot.telemetry.fields import TRACE, about, fields, trace_id

_log = logging.getLogger(__name__)

_STORE_RETRY = timedelta(seconds=1)  # between attempts to reach a store that answers with errors
_JUMP = timedelta(seconds=30)  # more than clocks are corrected by, and more than a busy machine stands still
_ERROR_LENGTH = 500  # characters of an error that the status page keeps


class Handler(Protocol):
    """One pass for one key."""

    async def __call__(self, key: str, permit: Permit, /) -> datetime | None:
        """Return when to look again, None to wait for an event. Confirm the permit before each write."""
        ...


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    TEMPORARY = "temporary"
    FAILED = "failed"
    LOST = "lost"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many keys run at once, and how long the runner waits.

    slots: keys that run at once and that people wait for, and likewise others. reserved: slots beside these, so that neither
    kind can take all: people are answered while everything else is busy, and the other way round. share: slots of either kind
    that the applications of one repository may take, so that it cannot keep others waiting.
    first_delay, longest_delay: what a failing key waits, doubling from the one to the other. longest_run: a run that takes
    longer has failed, because a handler that hangs would hold its key for ever.
    """

    slots: int = 30
    reserved: int = 6
    share: int = 20
    first_delay: timedelta = timedelta(seconds=2)
    longest_delay: timedelta = timedelta(minutes=15)
    longest_run: timedelta = timedelta(minutes=10)
    heartbeat: timedelta = LEASE / 3

    def delay(self, *, attempts: int, chance: float) -> timedelta:
        """Return the delay after this many failures in a row. chance: in [0, 1), spreads it over its upper half."""
        doubled = self.first_delay * (1 << min(attempts - 1, 30))
        return min(doubled, self.longest_delay) * (0.5 + chance / 2)


class Runner:
    """Runs the keys of one queue. One per queue object."""

    def __init__(self, *, queue: Queue, handler: Handler, runtime: Runtime, pace: Pace | None = None) -> None:
        self._queue = queue
        self._handler = handler
        self._runtime = runtime
        self._pace = pace or Pace()
        self._running: dict[asyncio.Task[None], Lease] = {}
        self._claiming = False
        self._stopping = False
        self._changes = _Changes()
        self._outcomes: Counter[Outcome] = Counter()

    @property
    def outcomes(self) -> dict[Outcome, int]:
        """Return how many runs ended with each outcome since the start."""
        return {outcome: self._outcomes[outcome] for outcome in Outcome}

    async def run(self) -> None:
        """Work until `stop` is called and the last run has ended. Call it once. A cancellation returns running keys."""
        async with asyncio.TaskGroup() as group:
            heartbeat = group.create_task(self._beat())
            try:
                while not self._stopping:
                    await self._round(group)
                while self._running:
                    await asyncio.wait(self._running)
            finally:
                self._stopping = True
                heartbeat.cancel()

    async def stop(self, *, grace: timedelta) -> None:
        """Claim no more keys and wait for runs to end. Those that take longer than the grace are cancelled and returned."""
        self._stopping = True
        self._changes.tell()
        self._queue.wake()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace.total_seconds())
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def settled(self) -> None:
        """Return when no key is due now and none runs here. Notices a clock that jumped. `run` must be running."""
        while True:
            seen = self._changes.count
            depth = await self._queue.depth()
            quiet = depth.due == 0 and not self._claiming and not self._running
            if quiet and seen == self._changes.count:
                return
            if depth.due > 0:
                self._queue.wake()
            await self._changes.after(seen)

    async def _round(self, group: asyncio.TaskGroup) -> None:
        """Fill the free slots, then wait until there may be more to do."""
        seen = self._changes.count
        free, room = self._room()
        if free == 0 or room.people + room.others == 0:
            await self._changes.after(seen)
            return
        try:
            claimed = await self._claim(free, room, group)
            if claimed == 0 and not self._stopping:
                await self._queue.more()
        except Exception:  # noqa: BLE001 -- the runner outlives any error of the store
            _log.exception("the queue's store did not answer; trying again")
            await asyncio.sleep(_STORE_RETRY.total_seconds())

    def _room(self) -> tuple[int, Room]:
        """Return how many keys to claim, and of which kinds. Few enough that they may all be of one repository."""
        pace, leases = self._pace, tuple(self._running.values())
        awaited = [lease.key for lease in leases if lease.priority is Priority.PEOPLE]
        others = [lease.key for lease in leases if lease.priority is not Priority.PEOPLE]
        full_of_people, most_awaited = _shares(awaited, pace.share)
        full, most_others = _shares(others, pace.share)
        room = Room(pace.slots - len(awaited), pace.slots - len(others), full_of_people, full)
        return min(most_awaited, most_others, pace.slots + pace.reserved - len(leases)), room

    async def _claim(self, free: int, room: Room, group: asyncio.TaskGroup) -> int:
        self._claiming = True
        try:
            leases = await self._queue.claim(free, room)
            for lease in leases:
                task = group.create_task(self._one(lease), name=f"pass {lease.key}")
                self._running[task] = lease
                task.add_done_callback(self._ended)
        finally:
            self._claiming = False
            self._changes.tell()
        return len(leases)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._changes.tell()

    async def _one(self, lease: Lease) -> None:
        """Run one key, and store how the run ended."""
        if self._stopping:
            await self._end(Outcome.RELEASED, lambda: self._queue.release(lease))
            return
        with about(key=lease.key, **{TRACE: lease.cause or trace_id(lease.token)}):
            await self._run_one(lease)

    async def _run_one(self, lease: Lease) -> None:
        try:
            again_at = await self._pass(lease)
        except asyncio.CancelledError as cancelled:
            if _nobody_cancelled_us():
                await self._failed(lease, cancelled)
                return
            await self._end(Outcome.RELEASED, lambda: self._queue.release(lease))
            raise
        except Exception as error:  # noqa: BLE001 -- told apart, logged and retried below
            await self._failed(lease, error)
        else:
            await self._end(Outcome.DONE, lambda: self._queue.finish(lease, again_at=again_at))

    async def _pass(self, lease: Lease) -> datetime | None:
        longest = self._pace.longest_run
        try:
            async with asyncio.timeout(longest.total_seconds()) as deadline:
                with self._timed(lease):
                    again_at = await self._handler(lease.key, lease)
        except TimeoutError as error:
            if deadline.expired():
                raise TimeoutError(f"took longer than {longest}, the longest run allowed") from error
            raise
        if again_at is not None and again_at.tzinfo is None:
            raise TypeError(f"the handler returned {again_at.isoformat()}, which has no time zone")
        return again_at

    @contextmanager
    def _timed(self, lease: Lease) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            with telemetry().tracing.join("pass", {"attempt": lease.attempts + 1}, trace=fields()[TRACE]):
                yield
        finally:
            kind = "application" if "#" in lease.key else "repository"
            telemetry().metrics.pass_seconds.labels(kind).observe(loop.time() - began)

    async def _failed(self, lease: Lease, error: BaseException) -> None:
        attempts = lease.attempts + 1
        now = self._runtime.now()
        again_at = now + self._pace.delay(attempts=attempts, chance=self._runtime.random())
        match error:
            case LeaseLost():
                # The key is usually no longer ours. If it still is, it is retried like any other.
                outcome = Outcome.LOST
            case Temporary():
                outcome = Outcome.TEMPORARY
                if error.again_at is not None and error.again_at > now:
                    again_at = error.again_at
                _log.warning("%s: %s; attempt %d, again at %s", lease.key, error.reason, attempts, again_at.isoformat())
            case _:
                outcome = Outcome.FAILED
                _log.error(
                    "%s failed; attempt %d, again at %s", lease.key, attempts, again_at.isoformat(), exc_info=error
                )
        said = f"{type(error).__name__}: {error}" if outcome is Outcome.FAILED else str(error)
        await self._end(outcome, lambda: self._queue.fail(lease, error=said[:_ERROR_LENGTH], again_at=again_at))

    async def _end(self, outcome: Outcome, write: Callable[[], Awaitable[bool]]) -> None:
        """Store the end of a run, however long the store takes to recover. Until then, the lease is ours."""
        while True:
            try:
                await write()
                break
            except Exception:  # noqa: BLE001 -- as in `_round`
                _log.exception("the end of a pass could not be stored; trying again")
                if self._stopping:  # the lease ends by itself
                    return
                await asyncio.sleep(_STORE_RETRY.total_seconds())
        self._outcomes[outcome] += 1

    async def _beat(self) -> None:
        clock = _Clock(self._runtime)
        while True:
            await asyncio.sleep(self._pace.heartbeat.total_seconds())
            try:
                await self._follow(clock)
                if self._running:
                    await self._queue.renew()
            except Exception:  # noqa: BLE001 -- as in `_round`
                _log.exception("leases could not be renewed; trying again")

    async def _follow(self, clock: "_Clock") -> None:
        """Have due times examined again where the clock jumped. What was planned by a clock that was ahead is due now."""
        jump = clock.jump()
        if jump < -_JUMP:
            _log.warning("the clock went back by %s; every key is looked at again", -jump)
            await self._queue.look_again()
        elif jump > _JUMP:
            self._queue.wake()


def _shares(keys: list[str], share: int) -> tuple[frozenset[str], int]:
    """Return the repositories whose applications have their share, and how many may follow if all are of one repository."""
    running = Counter(key.partition("#")[0] for key in keys if "#" in key)
    full = frozenset(name for name, count in running.items() if count >= share)
    return full, min((share - count for name, count in running.items() if name not in full), default=share)


def _nobody_cancelled_us() -> bool:
    """Report whether the handler raised CancelledError itself, for example from a library's cancelled future."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() == 0


class _Clock:
    """Compares the wall clock with the loop's, which nobody can set."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._wall, self._steady = self._read()

    def jump(self) -> timedelta:
        """Return how far the wall clock was moved since the last call; negative where it was put back."""
        wall, steady = self._read()
        passed = timedelta(seconds=steady - self._steady)
        jump = wall - self._wall - passed
        self._wall, self._steady = wall, steady
        return jump

    def _read(self) -> tuple[datetime, float]:
        return self._runtime.now(), asyncio.get_running_loop().time()


class _Changes:
    """Lets callers wait for changes since they looked, without missing one between the look and the wait."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def tell(self) -> None:
        self.count += 1
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def after(self, count: int) -> None:
        if self.count == count:
            await self._event.wait()
