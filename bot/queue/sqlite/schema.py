"""The tables of the embedded store, and their migration from older versions of the program."""

import sqlite3

from bot.core.values.permit import Priority
from bot.queue.sqlite import tables

_APPLICATION = 0x6769_7471  # "gitq": marks our file among SQLite files

_STEPS = (
    (
        """CREATE TABLE delivery (
            id TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX delivery_age ON delivery (at)",
        """CREATE TABLE work (
            key TEXT NOT NULL PRIMARY KEY,
            due INTEGER,
            owner TEXT,
            lease INTEGER,
            since INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            error TEXT,
            CHECK ((owner IS NULL) = (lease IS NULL) AND (owner IS NULL) = (since IS NULL)),
            CHECK (owner IS NOT NULL OR due IS NOT NULL)
        ) WITHOUT ROWID""",
        "CREATE INDEX work_due ON work (due) WHERE owner IS NULL",
        "CREATE INDEX work_lease ON work (lease) WHERE owner IS NOT NULL",
    ),
    (
        """CREATE TABLE subscription (
            topic TEXT NOT NULL,
            key TEXT NOT NULL,
            owner TEXT NOT NULL,
            PRIMARY KEY (topic, key, owner)
        ) WITHOUT ROWID""",
        "CREATE INDEX subscription_owner ON subscription (owner)",
    ),
    (
        f"ALTER TABLE work ADD COLUMN priority INTEGER NOT NULL DEFAULT {Priority.EVENT}",
        "ALTER TABLE work ADD COLUMN account TEXT AS (substr(key, 1, instr(key || '/', '/') - 1))",
        "ALTER TABLE work ADD COLUMN repository TEXT AS (substr(key, 1, instr(key || '#', '#') - 1))",
        "CREATE INDEX work_turn ON work (priority, due, account, repository) WHERE owner IS NULL",
        "DROP INDEX work_due",
    ),
    tables.OUTBOX,
    (
        """CREATE TABLE note (
            name TEXT NOT NULL PRIMARY KEY,
            version INTEGER NOT NULL,
            text TEXT NOT NULL
        ) WITHOUT ROWID""",
    ),
    ("ALTER TABLE work ADD COLUMN cause TEXT NOT NULL DEFAULT ''",),
)

"""What brings the file from one version to the next. A file has as many versions behind it as steps were made."""


def prepare(connection: sqlite3.Connection) -> None:
    """Set up the connection, and make or check the tables. Raises `sqlite3.Error` when the file is not ours."""
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError(f"its file system supports no write-ahead log (journal mode {mode})")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        _migrate(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _migrate(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application, version, tables) != (0, 0, 0) and application != _APPLICATION:
        raise sqlite3.DatabaseError("it belongs to another program")
    if version > len(_STEPS):
        raise sqlite3.DatabaseError(
            f"it has schema version {version}, and this program knows version {len(_STEPS)} only"
        )
    for step in _STEPS[version:]:
        for statement in step:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {len(_STEPS)}")
