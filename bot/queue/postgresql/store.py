"""The store for several replicas: `bot.queue.protocol.Queue` in a PostgreSQL database.

One statement takes all waiting calls, as the embedded store's group commit does: with a notification per call
PostgreSQL would commit them one at a time. The keys of a dead replica are free when its leases end, because nothing
else shows that it died.

Races accepted. A call whose answer was lost in transit is repeated. `accept` may then say that its delivery was known;
it is stored in any case. A key that such a `claim` took is free when its lease ends.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import psycopg

from bot.core.values.permit import Priority
from bot.queue import turns
from bot.queue.postgresql import statements
from bot.queue.postgresql.database import Database
from bot.queue.postgresql.outbox import PostgresOutbox
from bot.queue.protocol import (
    INTERRUPTED,
    LEASE,
    LONGEST_WAIT,
    REMEMBER_DELIVERIES,
    Depth,
    Lease,
    Room,
    Row,
    require_aware,
    require_text,
)
from bot.runtime import Runtime

_log = logging.getLogger(__name__)

_LOOK_ANYWAY = 5.0  # seconds after which `more` returns anyway: a notification may be lost, and a replica may die
_LISTEN_AGAIN = 2.0  # seconds
_FORGET_AT_ONCE = 1000  # old deliveries dropped with each batch
_BATCH = 2000  # calls in one statement; more wait for the next

_Taken = tuple[str, int, Priority, str]
"""A key, its failures in a row, who waits for it, and what caused it."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One call that makes keys due, and the future of its caller. wait: how long from now."""

    delivery_id: str | None
    keys: tuple[str, ...]
    topics: tuple[str, ...] = ()
    wait: timedelta = timedelta()
    priority: Priority = Priority.SWEEP
    cause: str = ""
    taken: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PostgresQueue:
    """A `bot.queue.protocol.Queue` in a database. Call `open` to get one."""

    def __init__(self, database: Database, *, channel: str, runtime: Runtime, lease: timedelta) -> None:
        self._database = database
        self.outbox = PostgresOutbox(database)
        self._channel = channel
        self._sender = runtime.new_id()
        self._runtime = runtime
        self._lease = lease
        self._held: set[tuple[str, str]] = set()
        self._news = asyncio.Event()
        self._next_look: float | None = None  # in the loop's time
        self._waiting: list[_Call] = []
        self._writing: asyncio.Task[None] | None = None
        self._listening = asyncio.create_task(self._listen())
        self._returning: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, url: str, *, schema: str, runtime: Runtime, lease: timedelta = LEASE) -> Self:
        """Use the tables in this schema, or make them. Raises QueueDatabaseError."""
        database = await Database.open(url, name=schema)
        queue = cls(database, channel=schema, runtime=runtime, lease=lease)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_ANYWAY):
                await queue._news.wait()  # until it listens: from then on, no key comes unnoticed
        return queue

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
        # Checked before it joins a batch: an error there would fail the others too.
        require_text(*keys, *topics, *(() if delivery_id is None else (delivery_id,)))
        return await self._submit(_Call(delivery_id, keys, topics, priority=priority, cause=cause))

    async def subscribe(self, owner: str, subscriptions: frozenset[tuple[str, str]]) -> None:
        require_text(owner, *(text for pair in subscriptions for text in pair))
        topics, keys = zip(*sorted(subscriptions), strict=True) if subscriptions else ((), ())
        await self._database.count(statements.SUBSCRIBE, {"owner": owner, "topics": list(topics), "keys": list(keys)})

    async def due(self, key: str, at: datetime) -> None:
        require_text(key)
        require_aware(at)
        await self._submit(_Call(None, (key,), wait=at - self._runtime.now()))

    async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
        self._news.clear()
        token = self._runtime.new_id()  # the key and this make a run unique
        claiming = asyncio.ensure_future(self._claim(limit, room or Room(limit, limit), token))
        try:
            claimed = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            claiming.add_done_callback(partial(self._give_back, token))  # nobody is left to run them
            raise
        self._held.update((key, token) for key, *_ in claimed)
        return tuple(Lease(key, token, attempts, self, priority, cause) for key, attempts, priority, cause in claimed)

    async def more(self) -> None:
        wait = _LOOK_ANYWAY
        if self._next_look is not None:
            wait = min(wait, self._next_look - asyncio.get_running_loop().time())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, wait)):
                await self._news.wait()

    def wake(self) -> None:
        self._news.set()

    async def look_again(self) -> None:
        await self._database.count(statements.LOOK_AGAIN)
        self._news.set()

    async def check(self) -> None:
        await self._database.count(statements.TOUCH)

    async def hold(self, lease: Lease) -> bool:
        return await self._database.count(statements.HOLD, self._run_of(lease) | {"lease": self._lease}) == 1

    async def renew(self) -> None:
        await self._database.count(statements.RENEW, {"tokens": self._tokens, "lease": self._lease})

    async def finish(self, lease: Lease, *, again_at: datetime | None) -> bool:
        wait = None
        if again_at is None:
            if await self._end(lease, statements.FORGET):
                return True
        else:
            require_aware(again_at)
            wait = again_at - self._runtime.now()
        return await self._end(lease, statements.FINISH, wait=wait, cause=lease.cause)

    async def fail(self, lease: Lease, *, error: str, again_at: datetime) -> bool:
        require_aware(again_at)
        # Half a surrogate pair and a zero byte cannot be stored.
        error = error.encode(errors="replace").decode().replace("\0", "?")
        wait = again_at - self._runtime.now()
        return await self._end(lease, statements.FAIL, wait=wait, error=error, priority=lease.priority)

    async def release(self, lease: Lease) -> bool:
        return await self._end(lease, statements.RELEASE, priority=lease.priority)

    async def note(self, name: str) -> tuple[int, str]:
        found = await self._database.rows(statements.NOTE, {"name": name})
        return (found[0][0], found[0][1]) if found else (0, "")

    async def write_note(self, name: str, text: str, *, seen: int) -> bool:
        # Where the answer to a write was lost, its repetition says that somebody else was quicker: the caller counts twice.
        statement = statements.FIRST_NOTE if seen == 0 else statements.NEXT_NOTE
        return await self._database.count(statement, {"name": name, "text": text, "seen": seen}) == 1

    async def notes(self, beginning: str) -> Mapping[str, str]:
        return dict(await self._database.rows(statements.NOTES, {"beginning": beginning}))

    async def drop_notes(self, names: Iterable[str]) -> None:
        await self._database.count(statements.DROP_NOTES, {"names": list(names)})

    async def snapshot(self) -> tuple[Row, ...]:
        return tuple(
            Row(key=key, due=due, running_since=since, attempts=attempts, last_error=error)
            for key, due, since, attempts, error in await self._database.rows(statements.SNAPSHOT)
        )

    async def depth(self) -> Depth:
        ((due, waiting, running, failing, oldest),) = await self._database.rows(
            statements.DEPTH, {"tokens": self._tokens}
        )
        return Depth(due=due, waiting=waiting, running=running, failing=failing, oldest_due=oldest)

    async def close(self) -> None:
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])
        if self._returning:
            await asyncio.wait(self._returning)
        await self.abandon()

    async def abandon(self) -> None:
        """Stop as a killed process does: nothing more is done, and its keys stay leased. For simulations of a crash."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        await self._database.close()

    @property
    def _tokens(self) -> list[str]:
        return sorted({token for _, token in self._held})

    def _run_of(self, lease: Lease) -> dict[str, Any]:
        return {"key": lease.key, "token": lease.token}

    def _submit(self, call: _Call) -> asyncio.Future[bool]:
        self._waiting.append(call)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return call.taken

    async def _write(self) -> None:
        """Store what waits, as long as something does. One statement runs at a time, and takes all calls of meanwhile."""
        while self._waiting:
            calls, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            try:
                taken = {call for call, _ in await self._database.rows(statements.ACCEPT, self._batch(calls))}
            except asyncio.CancelledError:
                for call in calls + self._waiting:  # they would wait for ever
                    call.taken.cancel()
                raise
            except Exception as error:  # noqa: BLE001 -- every caller gets it, and decides
                for call in calls:
                    if not call.taken.done():
                        call.taken.set_exception(error)
            else:
                for number, call in enumerate(calls):
                    if not call.taken.done():  # the caller may have been cancelled; its change is kept
                        call.taken.set_result(number in taken)
                self._news.set()

    def _batch(self, calls: list[_Call]) -> dict[str, Any]:
        keys = [(number, key, call) for number, call in enumerate(calls) for key in dict.fromkeys(call.keys)]
        topics = [(number, topic, call) for number, call in enumerate(calls) for topic in call.topics]
        return {
            "calls": list(range(len(calls))),
            "deliveries": [call.delivery_id for call in calls],
            "owners": [number for number, _, _ in keys],
            "keys": [key for _, key, _ in keys],
            "waits": [call.wait for _, _, call in keys],
            "priorities": [int(call.priority) for _, _, call in keys],
            "causes": [call.cause for _, _, call in keys],
            "hearers": [number for number, _, _ in topics],
            "topics": [topic for _, topic, _ in topics],
            "urgencies": [int(call.priority) for _, _, call in topics],
            "told_by": [call.cause for _, _, call in topics],
            "remember": REMEMBER_DELIVERIES,
            "forget": _FORGET_AT_ONCE,
            "channel": self._channel,
            "sender": self._sender,
        }

    async def _claim(self, limit: int, room: Room, token: str) -> list[_Taken]:
        common = {
            "token": token,
            "lease": self._lease,
            "longest": LONGEST_WAIT,
            "interrupted": INTERRUPTED,
            "sweep_waits": turns.SWEEP_WAITS,
        }
        # The runs of this process are alive, however far the clock has jumped since the last heartbeat.
        await self._database.count(statements.KEEP, {"lease": self._lease, "tokens": self._tokens})
        claimed: list[_Taken] = []
        for most, priorities, full in turns.kinds(room):
            taken = 0
            for statement in statements.claims(priorities):
                if (count := min(most - taken, limit - len(claimed))) > 0:
                    values = common | {"limit": count, "full": sorted(full)}
                    rows = await self._database.rows(statement, values)
                    claimed += [(key, attempts, Priority(priority), cause) for key, attempts, priority, cause in rows]
                    taken += len(rows)
        if not claimed:
            waits = [
                await self._database.rows(statements.next_look(priorities), {"full": sorted(full)})
                for _, priorities, full in turns.kinds(room)
            ]
            soonest = min((wait for ((wait,),) in waits if wait is not None), default=None)
            self._next_look = None if soonest is None else asyncio.get_running_loop().time() + soonest.total_seconds()
        return claimed

    async def _end(self, lease: Lease, statement: str, **values: object) -> bool:
        ended = await self._database.count(statement, self._run_of(lease) | values) == 1
        if statement is not statements.FORGET or ended:
            self._held.discard((lease.key, lease.token))
            self._news.set()
        return ended

    def _give_back(self, token: str, claiming: "asyncio.Future[list[_Taken]]") -> None:
        if claiming.cancelled() or claiming.exception() is not None:
            return
        for key, attempts, priority, cause in claiming.result():
            returning = asyncio.create_task(self._return(Lease(key, token, attempts, self, priority, cause)))
            self._returning.add(returning)
            returning.add_done_callback(self._returning.discard)

    async def _return(self, lease: Lease) -> None:
        with contextlib.suppress(psycopg.Error):  # else its lease ends
            await self.release(lease)

    async def _listen(self) -> None:
        """Hear of what other replicas make due. A connection that breaks is made again; `more` looks anyway meanwhile."""
        while True:
            try:
                await self._database.listen(self._channel, self._hear)
            except psycopg.Error as error:
                _log.info("no longer told of new keys, and looking every %.0f seconds: %s", _LOOK_ANYWAY, error)
            await asyncio.sleep(_LISTEN_AGAIN)

    def _hear(self, sender: str | None) -> None:
        if sender != self._sender:  # our own calls say so themselves, and sooner
            self._news.set()
