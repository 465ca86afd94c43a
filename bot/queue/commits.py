"""Group commit: one SQLite connection, one thread, one transaction for everything that waits.

A commit costs a flush to the disk, whatever it holds. While one transaction is under way the next one collects, so a burst of
five hundred webhooks pays for a handful of flushes instead of five hundred, and each caller still returns only once durable.

The thread is reached through `loop.run_in_executor` alone, so that a simulated event loop can run it inline.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]


class _Call(Generic[T]):
    """One operation and whoever waits for it."""

    def __init__(self, operation: Operation[T], answer: asyncio.Future[T]) -> None:
        self.operation = operation
        self.answer = answer

    def succeed(self, result: T) -> None:
        if not self.answer.done():  # the caller may have been cancelled meanwhile; its change stands
            self.answer.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Commits:
    """Runs operations in the order they were submitted, in transactions that each take all that wait."""

    def __init__(self, connection: sqlite3.Connection, executor: Executor) -> None:
        self._connection = connection
        self._executor = executor
        self._waiting: list[_Call[Any]] = []
        self._under_way: list[_Call[Any]] = []
        self._working: asyncio.Task[None] | None = None

    def submit(self, operation: Operation[T]) -> asyncio.Future[T]:
        """The operation's result, once its transaction is on the disk; or what broke the transaction, which left no trace.

        An operation must not raise by itself: it would take down the others of its transaction.
        """
        loop = asyncio.get_running_loop()
        call = _Call(operation, loop.create_future())
        self._waiting.append(call)
        if self._working is None or self._working.done():
            self._working = loop.create_task(self._work())
            self._working.add_done_callback(self._stopped)
        return call.answer

    async def drain(self) -> None:
        """Return when nothing waits and nothing is under way."""
        while self._working is not None and not self._working.done():
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            self._under_way, self._waiting = self._waiting, []
            transaction = partial(_transact, self._connection, [call.operation for call in self._under_way])
            try:
                results = await loop.run_in_executor(self._executor, transaction)
            except Exception as error:  # noqa: BLE001 -- every caller is told, and decides
                for call in self._under_way:
                    call.fail(error)
            else:
                for call, result in zip(self._under_way, results, strict=True):
                    call.succeed(result)

    def _stopped(self, working: asyncio.Task[None]) -> None:
        """Nobody may wait for ever for work that was cancelled, as everything is at the end of a loop."""
        if working.cancelled():
            for call in self._under_way + self._waiting:
                call.answer.cancel()
            self._waiting = []


def _transact(connection: sqlite3.Connection, operations: Sequence[Operation[Any]]) -> list[Any]:
    """All or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [operation(connection) for operation in operations]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself after a full disk
            connection.execute("ROLLBACK")
        raise
    return results
