"""What the contract tests need of a store: several processes on the same data, a clock, and a way to kill."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.queue.protocol import Queue
from bot.queue.sqlite import SqliteQueue
from tests.queue.clocks import HandClock, runtime_with


class Stores(Protocol):
    """One set of data. Implement this for another store and add it to `STORES` to hold it to the same contract."""

    async def open(self) -> Queue:
        """A further process that uses the data."""
        ...

    def now(self) -> datetime: ...

    def advance(self, by: timedelta) -> None:
        """Move the clock of all processes, and wake them."""
        ...

    def kill(self, queue: Queue) -> None:
        """End a process as `kill -9` does."""
        ...

    async def close(self) -> None:
        """Close every process still alive."""
        ...


class SqliteStores:
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

    def kill(self, queue: Queue) -> None:
        killed = next(one for one in self._open if one is queue)
        self._open.remove(killed)
        killed.abandon()

    async def close(self) -> None:
        while self._open:
            await self._open.pop().close()


STORES = {"sqlite": SqliteStores}
