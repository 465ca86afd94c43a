"""What the contract tests need of a store: several processes on the same data, a clock, and a way to kill."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import psycopg

from bot.queue.postgresql.store import PostgresQueue
from bot.queue.protocol import Queue
from bot.queue.sqlite.store import SqliteQueue
from tests.queue.clocks import START, HandClock, runtime_with


class Stores(Protocol):
    """One set of data. Implement this for another store and hold it to the same contract."""

    frees_at_start: bool
    """Whether a process that starts alone knows that every other is dead; else it waits for their leases to end."""

    async def open(self) -> Queue:
        """A further process that uses the data."""
        ...

    def now(self) -> datetime: ...

    def advance(self, by: timedelta) -> None:
        """Move the clock of all processes, and wake them."""
        ...

    async def kill(self, queue: Queue) -> None:
        """End a process as `kill -9` does."""
        ...

    async def close(self) -> None:
        """Close every process still alive."""
        ...


class SqliteStores:
    frees_at_start = True

    def __init__(self, folder: Path) -> None:
        self._path = folder / "queue.sqlite3"
        self._clock = HandClock()
        self._open: list[SqliteQueue] = []
        self._opened = 0

    async def open(self) -> Queue:
        self._opened += 1
        queue = await SqliteQueue.open(
            self._path, runtime=runtime_with(self._clock.now, name=f"process-{self._opened}")
        )
        self._open.append(queue)
        return queue

    def now(self) -> datetime:
        return self._clock.now()

    def advance(self, by: timedelta) -> None:
        self._clock.advance(by)
        for queue in self._open:
            queue.wake()

    async def kill(self, queue: Queue) -> None:
        killed = next(one for one in self._open if one is queue)
        self._open.remove(killed)
        killed.abandon()

    async def close(self) -> None:
        while self._open:
            await self._open.pop().close()


class PostgresStores:
    """Its tables' function `clock` reads a row that is moved by hand, with the clocks of all processes."""

    frees_at_start = False

    def __init__(self, url: str) -> None:
        self._url = url
        self._clock = HandClock()
        self._open: list[PostgresQueue] = []
        self._opened = 0

    async def open(self) -> Queue:
        self._opened += 1
        queue = await PostgresQueue.open(
            self._url,
            schema="gitops_bot_7",
            runtime=runtime_with(self._clock.now, name=f"process-{self._opened}"),
        )
        if self._opened == 1:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute("CREATE TABLE gitops_bot_7.hand AS SELECT %s::timestamptz AS at", (START,))
                connection.execute(
                    "CREATE OR REPLACE FUNCTION gitops_bot_7.clock() RETURNS timestamptz LANGUAGE sql STABLE "
                    "AS 'SELECT at FROM gitops_bot_7.hand'"
                )
        self._open.append(queue)
        return queue

    def now(self) -> datetime:
        return self._clock.now()

    def advance(self, by: timedelta) -> None:
        self._clock.advance(by)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("UPDATE gitops_bot_7.hand SET at = %s", (self._clock.now(),))
        for queue in self._open:
            queue.wake()

    async def kill(self, queue: Queue) -> None:
        killed = next(one for one in self._open if one is queue)
        self._open.remove(killed)
        await killed.abandon()

    async def close(self) -> None:
        while self._open:
            await self._open.pop().close()
