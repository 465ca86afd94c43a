"""The embedded store: one SQLite file, no server, any number of processes on one machine.

A write-ahead log with `synchronous=FULL`: accepted webhooks survive a loss of power
(https://www.sqlite.org/pragma.html#pragma_synchronous). The file must be on a local disk (https://www.sqlite.org/wal.html).
A process that starts alone frees every key at once, because their runners are dead. Beside other processes, leases apply.

The clock is the Runtime's, for leases too. So a process whose clock is a lease ahead of another's would take over its keys;
processes on one machine share a clock.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from bot.core.values.permit import Priority
from bot.queue.protocol import (
    LEASE,
    LONGEST_WAIT,
    Depth,
    Lease,
    Room,
    Row,
    StoreLostError,
    require_aware,
    require_text,
)
from bot.queue.sqlite import arrivals, schema, statements
from bot.queue.sqlite.arrivals import Arrival
from bot.queue.sqlite.commits import Commits
from bot.queue.sqlite.outbox import SqliteOutbox
from bot.queue.sqlite.presence import Presence
from bot.queue.sqlite.statements import Held
from bot.runtime import Runtime

T = TypeVar("T")

_PATIENCE = 30.0  # seconds to wait for another process's transaction; those take milliseconds
_LOOK_ANYWAY = 15.0  # seconds after which `more` returns anyway: another process may have added work, or died


class QueueFileError(StoreLostError):
    """The file cannot be used."""


class SqliteQueue:
    """A `bot.queue.protocol.Queue` in a file. Call `open` to get one."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        presence: Presence,
        file: "_File",
        executor: ThreadPoolExecutor,
        runtime: Runtime,
        lease: timedelta,
    ) -> None:
        self._connection = connection
        self._commits = Commits(connection, executor)
        self.outbox = SqliteOutbox(self._commits, runtime)
        self._presence = presence
        self._file = file
        self._executor = executor
        self._runtime = runtime
        self._lease = lease
        self._held: set[Held] = set()
        self._news = asyncio.Event()
        self._next_look: datetime | None = None

    @classmethod
    async def open(cls, path: Path, *, runtime: Runtime, lease: timedelta = LEASE) -> Self:
        """Open the file, or make it if it does not exist. Raises `QueueFileError`."""
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="queue")
        loop = asyncio.get_running_loop()
        try:
            # In one call: two processes of a simulation share a thread, and must not wait for each other's lock.
            opened = await loop.run_in_executor(executor, partial(_open, path, now=runtime.now()))
        except BaseException:
            executor.shutdown(wait=False)
            raise
        connection, presence, file = opened
        return cls(connection, presence=presence, file=file, executor=executor, runtime=runtime, lease=lease)

    async def accept(
        self,
        delivery_id: str | None,
        keys: Iterable[str],
        topics: Iterable[str] = (),
        *,
        priority: Priority = Priority.EVENT,
        cause: str = "",
    ) -> bool:
        keys, topics = tuple(keys), tuple(topics)
        # Checked before it is submitted: inside the transaction, an error would fail the others too.
        require_text(*keys, *topics, *(() if delivery_id is None else (delivery_id,)))
        arrival = Arrival(delivery_id, keys, topics, priority, cause, self._runtime.now())
        accepted = await self._commits.submit_shared(arrivals.accept, arrival)
        if accepted:
            self._news.set()
        return accepted

    async def subscribe(self, owner: str, subscriptions: frozenset[tuple[str, str]]) -> None:
        require_text(owner, *(text for pair in subscriptions for text in pair))
        await self._commits.submit(
            partial(statements.subscribe, owner=owner, subscriptions=tuple(sorted(subscriptions)))
        )

    async def due(self, key: str, at: datetime) -> None:
        require_text(key)
        require_aware(at)
        await self._commits.submit(partial(statements.make_due, key=key, at=at))
        self._news.set()

    async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
        self._news.clear()
        now = self._runtime.now()
        token = self._runtime.new_id()  # the key and this make a run unique
        operation = partial(
            statements.claim,
            limit=limit,
            room=room or Room(limit, limit),
            token=token,
            now=now,
            until=now + self._lease,
            latest=now + LONGEST_WAIT,
            held=frozenset(self._held),
        )
        claiming = self._commits.submit(operation)
        try:
            claimed, self._next_look = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            claiming.add_done_callback(partial(self._give_back, token))  # no process is left to run them
            raise
        self._held.update((key, token) for key, *_ in claimed)
        return tuple(Lease(key, token, attempts, self, priority, cause) for key, attempts, priority, cause in claimed)

    async def more(self) -> None:
        wait = _LOOK_ANYWAY
        if self._next_look is not None:
            wait = min(wait, (self._next_look - self._runtime.now()).total_seconds())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, wait)):
                await self._news.wait()

    def wake(self) -> None:
        self._news.set()

    async def look_again(self) -> None:
        await self._commits.submit(partial(statements.look_again, now=self._runtime.now()))
        self._news.set()

    async def check(self) -> None:
        if not await self._in_thread(self._file.is_there):
            raise QueueFileError(
                f"The queue's file {self._file.path} was deleted or replaced while this process used it. Start the bot again: "
                "it creates a new file, and the next sweep finds all work."
            )
        await self._commits.submit(partial(statements.touch, now=self._runtime.now()))

    async def hold(self, lease: Lease) -> bool:
        until = self._runtime.now() + self._lease
        return await self._commits.submit(partial(statements.hold, held=(lease.key, lease.token), until=until))

    async def renew(self) -> None:
        until = self._runtime.now() + self._lease
        await self._commits.submit(partial(statements.renew, held=frozenset(self._held), until=until))

    async def finish(self, lease: Lease, *, again_at: datetime | None) -> bool:
        if again_at is not None:
            require_aware(again_at)
        held = (lease.key, lease.token)
        return await self._end(lease, partial(statements.finish, held=held, again_at=again_at, cause=lease.cause))

    async def fail(self, lease: Lease, *, error: str, again_at: datetime) -> bool:
        require_aware(again_at)
        error = error.encode(errors="replace").decode()  # half a surrogate pair cannot be stored
        return await self._end(
            lease,
            partial(
                statements.fail,
                held=(lease.key, lease.token),
                error=error,
                again_at=again_at,
                priority=lease.priority,
            ),
        )

    async def release(self, lease: Lease) -> bool:
        held, now = (lease.key, lease.token), self._runtime.now()
        operation = partial(statements.release, held=held, now=now, priority=lease.priority)
        return await self._end(lease, operation)

    async def note(self, name: str) -> tuple[int, str]:
        return await self._commits.submit(partial(statements.note, name=name))

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        return await self._commits.submit(partial(statements.write_note, name=name, text=text, seen=seen))

    async def notes(self, beginning: str) -> Mapping[str, str]:
        return await self._commits.submit(partial(statements.notes, beginning=beginning))

    async def drop_notes(self, names: Iterable[str]) -> None:
        await self._commits.submit(partial(statements.drop_notes, names=tuple(names)))

    async def snapshot(self) -> tuple[Row, ...]:
        return await self._commits.submit(statements.snapshot)

    async def depth(self) -> Depth:
        return await self._commits.submit(
            partial(statements.depth, now=self._runtime.now(), held=frozenset(self._held))
        )

    async def close(self) -> None:
        await self._commits.drain()
        await self._in_thread(self._connection.close)
        self._presence.leave()
        self._executor.shutdown(wait=False)

    def abandon(self) -> None:
        """Stop as a killed process does: nothing more is done, and its keys stay leased. For simulations of a crash."""
        self._connection.close()
        self._presence.leave()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def _end(self, lease: Lease, operation: statements.Ending) -> bool:
        ended = await self._commits.submit(operation)
        self._held.discard((lease.key, lease.token))
        self._news.set()
        return ended

    def _give_back(self, token: str, claiming: asyncio.Future[statements.Claimed]) -> None:
        if not claiming.cancelled() and claiming.exception() is None:
            claimed, _ = claiming.result()
            for key, _, priority, _ in claimed:
                given_back = self._commits.submit(
                    partial(statements.release, held=(key, token), now=self._runtime.now(), priority=priority)
                )
                given_back.add_done_callback(lambda _: self._news.set())


@dataclass(frozen=True, slots=True)
class _File:
    """The file that was opened. identity: its device and inode, for another file may be put at its path."""

    path: Path
    identity: tuple[int, int]

    @classmethod
    def at(cls, path: Path) -> "_File":
        """Return the file at this path. Raises OSError."""
        found = path.stat()
        return cls(path, (found.st_dev, found.st_ino))

    def is_there(self) -> bool:
        """Return whether it still is at its path."""
        try:
            return _File.at(self.path) == self
        except OSError:
            return False


def _open(path: Path, *, now: datetime) -> tuple[sqlite3.Connection, Presence, _File]:
    try:
        presence = Presence(path.with_name(f"{path.name}-lock"))
    except OSError as error:
        raise QueueFileError(
            f"The queue's file {path} cannot be used: {error.strerror}. Its folder must exist and be writable."
        ) from error
    try:
        with presence.entering() as alone:
            connection = _connect(path)
            try:
                schema.prepare(connection)
                if alone:
                    statements.free_all(connection, now=now)
            except BaseException:
                connection.close()
                raise
    except sqlite3.Error as error:
        presence.leave()
        raise QueueFileError(
            f"The queue's file {path} cannot be used: {error}. It must be this program's own file, on a local disk that "
            "is writable and not full. Deleting it loses no work: the next sweep finds everything again."
        ) from error
    except BaseException:
        presence.leave()
        raise
    return connection, presence, _File.at(path)


def _connect(path: Path) -> sqlite3.Connection:
    # The executor may change its thread, but never uses two at once.
    return sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
