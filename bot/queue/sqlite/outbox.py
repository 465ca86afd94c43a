"""The outbox in the embedded store's file."""

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial

from bot.core.values.notice import Dropped, Notice
from bot.queue.outbox import GATHERED, HANDED_OUT, REMEMBERED, UNDELIVERED, Pending, packed, unpacked
from bot.queue.sqlite.commits import Commits
from bot.queue.sqlite.statements import stored
from bot.runtime import Runtime


class SqliteOutbox:
    """A `bot.queue.outbox.Outbox`. Its calls join the queue's transactions."""

    def __init__(self, commits: Commits, runtime: Runtime) -> None:
        self._commits = commits
        self._runtime = runtime

    async def post(self, notices: Iterable[Notice]) -> bool:
        return await self._commits.submit(partial(_post, notices=tuple(notices), now=self._runtime.now()))

    async def hand_out(self, sink: str, limit: int) -> tuple[Pending, ...]:
        return await self._commits.submit(partial(_hand_out, sink=sink, limit=limit, now=self._runtime.now()))

    async def delivered(self, numbers: Iterable[int]) -> None:
        await self._commits.submit(partial(_delivered, numbers=tuple(numbers)))

    async def failed(self, numbers: Iterable[int], *, wait: timedelta, error: str) -> None:
        await self._commits.submit(
            partial(_failed, numbers=tuple(numbers), now=self._runtime.now(), wait=wait, error=error)
        )

    async def messages(self, sink: str, names: Iterable[str]) -> Mapping[str, str]:
        return await self._commits.submit(partial(_messages, sink=sink, names=tuple(names)))

    async def keep(self, sink: str, messages: Mapping[str, str]) -> None:
        await self._commits.submit(partial(_keep, sink=sink, messages=dict(messages), now=self._runtime.now()))

    async def dropped(self, repository: str) -> tuple[Dropped, ...]:
        since = self._runtime.now() - UNDELIVERED
        return await self._commits.submit(partial(_dropped, repository=repository, since=since))

    async def waiting(self) -> Mapping[str, int]:
        return await self._commits.submit(_waiting)


def _post(connection: sqlite3.Connection, *, notices: tuple[Notice, ...], now: datetime) -> bool:
    at, later, old = stored(now), stored(now + GATHERED), stored(now - REMEMBERED)
    connection.execute("DELETE FROM notice WHERE posted < ?", (old,))
    connection.execute("DELETE FROM message WHERE at < ?", (old,))
    rows = [
        (each.sink, each.promotion, each.mark, each.repository, packed(each), at, later if each.gathers else at)
        for each in notices
    ]
    put = connection.executemany(
        "INSERT INTO notice (sink, promotion, mark, repository, body, posted, due) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        rows,
    )
    return put.rowcount > 0


def _hand_out(connection: sqlite3.Connection, *, sink: str, limit: int, now: datetime) -> tuple[Pending, ...]:
    rows = connection.execute(
        """UPDATE notice SET due = :until WHERE number IN (
               SELECT number FROM notice AS first WHERE sink = :sink AND due <= :now AND NOT EXISTS (
                   SELECT 1 FROM notice AS earlier WHERE earlier.sink = :sink AND earlier.promotion = first.promotion
                   AND earlier.due IS NOT NULL AND earlier.number < first.number
               ) ORDER BY number LIMIT :limit
           ) RETURNING number, body, attempts""",
        {"sink": sink, "now": stored(now), "until": stored(now + HANDED_OUT), "limit": limit},
    ).fetchall()
    return tuple(Pending(number, unpacked(body), attempts) for number, body, attempts in sorted(rows))


def _delivered(connection: sqlite3.Connection, *, numbers: tuple[int, ...]) -> None:
    connection.executemany("UPDATE notice SET due = NULL, error = '' WHERE number = ?", [(each,) for each in numbers])


def _failed(
    connection: sqlite3.Connection, *, numbers: tuple[int, ...], now: datetime, wait: timedelta, error: str
) -> None:
    values = {"now": stored(now), "again": stored(now + wait), "old": stored(now - UNDELIVERED), "error": error}
    connection.executemany(
        """UPDATE notice SET attempts = attempts + 1, error = :error,
           dropped = CASE WHEN posted < :old THEN :now END, due = CASE WHEN posted < :old THEN NULL ELSE :again END
           WHERE number = :number AND due IS NOT NULL""",
        [{**values, "number": number} for number in numbers],
    )


def _messages(connection: sqlite3.Connection, *, sink: str, names: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in names:
        row = connection.execute("SELECT body FROM message WHERE sink = ? AND name = ?", (sink, name)).fetchone()
        if row is not None:
            found[name] = row[0]
    return found


def _keep(connection: sqlite3.Connection, *, sink: str, messages: Mapping[str, str], now: datetime) -> None:
    connection.executemany(
        "INSERT INTO message (sink, name, body, at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (sink, name) DO UPDATE SET body = excluded.body, at = excluded.at",
        [(sink, name, body, stored(now)) for name, body in messages.items()],
    )


def _dropped(connection: sqlite3.Connection, *, repository: str, since: datetime) -> tuple[Dropped, ...]:
    rows = connection.execute(
        "SELECT sink, count(*), max(error) FROM notice WHERE repository = ? AND dropped >= ? GROUP BY sink ORDER BY sink",
        (repository, stored(since)),
    )
    return tuple(Dropped(*row) for row in rows)


def _waiting(connection: sqlite3.Connection) -> Mapping[str, int]:
    rows = connection.execute("SELECT sink, count(*) FROM notice WHERE due IS NOT NULL GROUP BY sink ORDER BY sink")
    return dict(rows.fetchall())
