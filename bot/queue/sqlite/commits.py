"""Group commit: one SQLite connection, one thread, and one transaction for all waiting operations.

A commit costs one flush to disk, however large it is. While one transaction runs, the next one collects operations. So
a burst of 500 webhooks costs a few flushes instead of 500, and each caller still returns only after its change is
durable.

The thread is only used through `loop.run_in_executor`, so that a simulated event loop can run it inline.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 -- an item
Operation = Callable[[sqlite3.Connection], T]
SharedOperation = Callable[[sqlite3.Connection, Sequence[I]], Sequence[T]]
"""Does the same for several callers, each with an item; returns a result for each."""


@dataclass(frozen=True, slots=True)
class _Share(Generic[I, T]):
    """A caller's part of an operation that callers share."""

    operation: SharedOperation[I, T]
    item: I


class _Call(Generic[T]):
    """An operation, and the future of its caller."""

    def __init__(self, operation: Operation[T] | _Share[Any, T], answer: asyncio.Future[T]) -> None:
        self.operation = operation
        self.answer = answer

    def succeed(self, result: T) -> None:
        if not self.answer.done():  # the caller may have been cancelled; its change stays
            self.answer.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Commits:
    """Runs operations in order. Each transaction takes all operations that are waiting."""

    def __init__(self, connection: sqlite3.Connection, executor: Executor) -> None:
        self._connection = connection
        self._executor = executor
        self._waiting: list[_Call[Any]] = []
        self._under_way: list[_Call[Any]] = []
        self._working: asyncio.Task[None] | None = None

    def submit(self, operation: Operation[T]) -> asyncio.Future[T]:
        """Return a future with the result once the transaction is on disk, or with the error that rolled it back.

        An operation must not raise: that would roll back the others in its transaction.
        """
        return self._submit(operation)

    def submit_shared(self, operation: SharedOperation[I, T], item: I) -> asyncio.Future[T]:
        """As `submit`, but one call of the operation serves all neighbours in the transaction that named it too."""
        return self._submit(_Share(operation, item))

    def _submit(self, operation: Operation[T] | _Share[Any, T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        call = _Call(operation, loop.create_future())
        self._waiting.append(call)
        if self._working is None or self._working.done():
            self._working = loop.create_task(self._work())
            self._working.add_done_callback(self._stopped)
        return call.answer

    async def drain(self) -> None:
        """Return when no operation is waiting or running."""
        while self._working is not None and not self._working.done():
            await asyncio.wait([self._working])

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            self._under_way, self._waiting = self._waiting, []
            transaction = partial(_transact, self._connection, [call.operation for call in self._under_way])
            try:
                results = await loop.run_in_executor(self._executor, transaction)
            except Exception as error:  # noqa: BLE001 -- every caller gets it, and decides
                for call in self._under_way:
                    call.fail(error)
            else:
                for call, result in zip(self._under_way, results, strict=True):
                    call.succeed(result)

    def _stopped(self, working: asyncio.Task[None]) -> None:
        """Cancel the callers of work that was cancelled, as all work is when a loop ends; they would wait forever."""
        if working.cancelled():
            for call in self._under_way + self._waiting:
                call.answer.cancel()
            self._waiting = []


def _transact(connection: sqlite3.Connection, operations: Sequence[Operation[Any] | _Share[Any, Any]]) -> list[Any]:
    """Run all operations in one transaction, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = list(_results(connection, operations))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # after a full disk, SQLite has already rolled back
            connection.execute("ROLLBACK")
        raise
    return results


def _results(connection: sqlite3.Connection, operations: Sequence[Operation[Any] | _Share[Any, Any]]) -> Iterator[Any]:
    for shared, neighbours in groupby(operations, lambda each: each.operation if isinstance(each, _Share) else None):
        if shared is None:
            for operation in neighbours:
                yield cast("Operation[Any]", operation)(connection)
        else:
            yield from shared(connection, [cast("_Share[Any, Any]", share).item for share in neighbours])
