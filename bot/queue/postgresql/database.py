"""Connections to one database: a small pool, a time limit for every wait, and one retry after a broken connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo
from psycopg_pool import AsyncConnectionPool

from bot.queue.postgresql import schema
from bot.queue.postgresql.schema import Connection, UnusableSchemaError, named
from bot.queue.protocol import StoreLostError

T = TypeVar("T")

PATIENCE = timedelta(seconds=4)
"""How long a statement may take, with the wait for a connection; it is tried twice. Statements take milliseconds, and GitHub
waits 10 seconds for the answer to a webhook."""

_AT_START = timedelta(seconds=30)
_CONNECTIONS = 4
_NETWORK = {
    "application_name": "gitops-bot",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Seconds and milliseconds after which an unresponsive connection is closed.

The URL may set others: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
"""
_OPTIONS: dict[str, Any] = {"autocommit": True, "prepare_threshold": None}
"""Each statement is a transaction, and none is prepared: so PgBouncer may hand each one to another connection."""

_NO_TABLES = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedFunction)


class QueueDatabaseError(StoreLostError):
    """The database cannot be used."""


def complete(url: str) -> str:
    """Return the connection string with defaults for what the URL leaves out.

    Raises psycopg.ProgrammingError if invalid.
    """
    given = conninfo.conninfo_to_dict(url)
    return conninfo.make_conninfo(url, **{name: value for name, value in _NETWORK.items() if name not in given})


class Database:
    """One database, and the schema in it that holds our tables. Call `open` to get one."""

    def __init__(self, address: str, *, name: str, pool: AsyncConnectionPool[Connection]) -> None:
        self._address = address
        self._name = name
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, name: str) -> "Database":
        """Connect, and bring the tables up to date. name: the schema's. Raises QueueDatabaseError."""
        address = complete(url)
        try:
            async with asyncio.timeout(_AT_START.total_seconds()), await _connect(address) as connection:
                _require_version(connection)
                await schema.migrate(connection, name)
        except (psycopg.Error, UnusableSchemaError, TimeoutError) as error:
            raise QueueDatabaseError(f"{_described(address)} cannot be used: {_why(error)}") from error
        pool = _Pool(
            address,
            connection_class=psycopg.AsyncConnection,
            kwargs=_OPTIONS,
            min_size=1,
            max_size=_CONNECTIONS,
            timeout=PATIENCE.total_seconds(),
            open=False,
        )
        await pool.open()
        return cls(address, name=name, pool=pool)

    async def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. It must be safe to repeat: a broken connection does not say whether it ran.

        Raises `psycopg.Error`, and QueueDatabaseError where the tables are gone.
        """

        async def ask(connection: Connection) -> list[tuple[Any, ...]]:
            cursor = await connection.execute(named(statement, self._name), values)
            return [] if cursor.description is None else await cursor.fetchall()

        return await self._run(ask)

    async def count(self, statement: str, values: Mapping[str, Any] | None = None) -> int:
        """Run one statement as `rows` does, and return how many rows it changed."""

        async def change(connection: Connection) -> int:
            return (await connection.execute(named(statement, self._name), values)).rowcount

        return await self._run(change)

    async def listen(self, channel: str, tell: Callable[[str | None], None]) -> None:
        """Call `tell` with None once it listens, then with the text of every notification.

        Raises `psycopg.Error` at the end.

        Behind PgBouncer in transaction mode no notification arrives, so callers must not rely on them.
        """
        async with await _connect(self._address) as connection:
            await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
            tell(None)  # for notifications sent while nothing listened
            async for notification in connection.notifies():
                tell(notification.payload)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def _run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            with suppress(psycopg.OperationalError):
                return await self._once(work)
            # A restarted database breaks every connection at once, which shows only when an idle one is used.
            await self._pool.check()
            return await self._once(work)
        except _NO_TABLES as error:
            raise QueueDatabaseError(
                f"{_described(self._address)} lost its tables while this process used them: {_text(error)}. Start the bot "
                "again: it creates new ones, and the next sweep finds all work."
            ) from error

    async def _once(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()), self._pool.connection() as connection:
                return await work(connection)
        except TimeoutError as error:
            said = f"{_described(self._address)} did not answer within {PATIENCE.total_seconds():.0f} seconds"
            raise psycopg.OperationalError(said) from error


class _Pool(AsyncConnectionPool[Connection]):
    """A pool that looks at each connection for a limited time: one that is cut off may never say so."""

    @staticmethod
    async def check_connection(conn: Connection) -> None:
        """Raise psycopg.Error for a connection that does not answer, and close it."""
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                await AsyncConnectionPool.check_connection(conn)
        except TimeoutError as error:
            await conn.close()
            raise psycopg.OperationalError("the connection did not answer") from error


async def _connect(address: str) -> Connection:
    return await psycopg.AsyncConnection.connect(address, **_OPTIONS)


def _require_version(connection: Connection) -> None:
    version = connection.info.server_version // 10_000
    if version < schema.OLDEST_SERVER:
        raise UnusableSchemaError(f"is PostgreSQL {version}; the queue needs {schema.OLDEST_SERVER} or newer")


def _described(address: str) -> str:
    """Name the database without its password or its user."""
    parts = conninfo.conninfo_to_dict(address)
    where = f" on {parts['host']}" if parts.get("host") else ""
    return f"The queue's database {parts.get('dbname') or 'of this user'}{where}"


def _why(error: Exception) -> str:
    """Return the reason and the way out."""
    match error:
        case UnusableSchemaError():
            return f"it {error}."
        case TimeoutError():
            return f"it did not answer within {_AT_START.total_seconds():.0f} seconds. Check whether another session locks it."
        case psycopg.errors.ReadOnlySqlTransaction():
            return "it is read-only. Name the primary, or add `target_session_attrs=read-write` to DATABASE_URL."
        case psycopg.errors.InsufficientPrivilege():
            return (
                f"{_text(error)}. Let its role create a schema once (`GRANT CREATE ON DATABASE`), or give it "
                "a schema of its own."
            )
        case psycopg.errors.DiskFull():
            return "its disk is full. The queue needs a few megabytes: free some space."
        case _:
            return f"{_text(error)}. Correct DATABASE_URL, or start the database."


def _text(error: Exception) -> str:
    """Return the error's first line. libpq never repeats a password in it."""
    return str(error).partition("\n")[0].strip().rstrip(".") or type(error).__name__
