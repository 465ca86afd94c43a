"""The tables, and their migration from older versions of the program.

A step only goes forward, and leaves the tables usable by the program before it, because both run during a rolling
restart. `oldest` says which program may still use them. So a program refuses tables only if a later one says that it
must.
"""

from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

Connection = AsyncConnection[TupleRow]

OLDEST_SERVER = 13
"""PostgreSQL's project supports five years of versions: https://www.postgresql.org/support/versioning/"""

_STEPS = (
    # `clock` is what every time is compared with. Inside one statement it stands still.
    """CREATE FUNCTION {schema}.clock() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()';
    CREATE TABLE {schema}.delivery (
        id text PRIMARY KEY,
        at timestamptz NOT NULL
    );
    CREATE INDEX delivery_age ON {schema}.delivery (at);
    CREATE TABLE {schema}.work (
        key text COLLATE "C" PRIMARY KEY,
        due timestamptz,
        owner text,
        lease timestamptz,
        since timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        error text,
        CHECK ((owner IS NULL) = (lease IS NULL) AND (owner IS NULL) = (since IS NULL)),
        CHECK (owner IS NOT NULL OR due IS NOT NULL)
    );
    CREATE INDEX work_due ON {schema}.work (due, key) WHERE owner IS NULL;
    CREATE INDEX work_lease ON {schema}.work (lease, key) WHERE owner IS NOT NULL;
    CREATE TABLE {schema}.subscription (
        topic text COLLATE "C",
        key text COLLATE "C",
        owner text,
        PRIMARY KEY (topic, key, owner)
    );
    CREATE INDEX subscription_owner ON {schema}.subscription (owner);""",
    # The program before it neither reads nor writes these columns: what it makes due is an event, and its retries are sweeps.
    """ALTER TABLE {schema}.work
        ADD COLUMN priority smallint NOT NULL DEFAULT 1,
        ADD COLUMN account text COLLATE "C" GENERATED ALWAYS AS (split_part(key, '/', 1)) STORED,
        ADD COLUMN repository text COLLATE "C" GENERATED ALWAYS AS (split_part(key, '#', 1)) STORED;
    CREATE INDEX work_turn ON {schema}.work (priority, due) INCLUDE (key, account, repository) WHERE owner IS NULL;""",
    # What is told to people outside GitHub. `due` is null for what was delivered or dropped.
    """CREATE TABLE {schema}.notice (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        sink text COLLATE "C" NOT NULL,
        promotion text COLLATE "C" NOT NULL,
        mark text COLLATE "C" NOT NULL,
        repository text COLLATE "C" NOT NULL,
        body text NOT NULL,
        posted timestamptz NOT NULL,
        due timestamptz,
        attempts integer NOT NULL DEFAULT 0,
        dropped timestamptz,
        error text NOT NULL DEFAULT '',
        UNIQUE (sink, promotion, mark)
    );
    CREATE INDEX notice_due ON {schema}.notice (sink, number) WHERE due IS NOT NULL;
    CREATE INDEX notice_age ON {schema}.notice (posted);
    CREATE INDEX notice_dropped ON {schema}.notice (repository) WHERE dropped IS NOT NULL;
    CREATE TABLE {schema}.message (
        sink text COLLATE "C",
        name text COLLATE "C",
        body text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (sink, name)
    );
    CREATE INDEX message_age ON {schema}.message (at);""",
    """CREATE TABLE {schema}.note (
        name text COLLATE "C" PRIMARY KEY,
        version integer NOT NULL,
        text text NOT NULL
    );""",
    # The program before it neither reads nor writes this column, and runs begin a trace of their own there.
    "ALTER TABLE {schema}.work ADD COLUMN cause text NOT NULL DEFAULT ''",
)
_OLDEST = 1  # the program of this version and later ones can use the tables after the last step


class UnusableSchemaError(Exception):
    """The tables belong to a program that this one cannot run beside. The message completes "The database …: it"."""


def named(statement: str, schema: str) -> sql.Composed:
    """Return the statement with its `{schema}` filled in."""
    return sql.SQL(statement).format(schema=sql.Identifier(schema))


async def migrate(connection: Connection, schema: str, *, version: int = len(_STEPS), oldest: int = _OLDEST) -> None:
    """Make the tables, or bring them to this version. Replicas that start together take turns.

    Raises UnusableSchemaError, and `psycopg.Error` where this role may not, or the server cannot.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (schema,))
        found = await _found(connection, schema)
        if found is None:
            # Checked first, because a role that may use the schema may lack the right to create one.
            exists = await connection.execute("SELECT to_regnamespace(quote_ident(%s))", (schema,))
            if (await exists.fetchone()) == (None,):
                await connection.execute(named("CREATE SCHEMA {schema}", schema))
            await connection.execute(named("CREATE TABLE {schema}.version (version int, oldest int)", schema))
            await connection.execute(named("INSERT INTO {schema}.version VALUES (0, 0)", schema))
            found = (0, 0)
        has, needs = found
        if needs > version:
            raise UnusableSchemaError(
                f"has schema version {has}, which needs a program that knows version {needs}; this one knows {version}"
            )
        if has < version:
            for step in _STEPS[has:version]:
                await connection.execute(named(step, schema))
            await connection.execute(
                named("UPDATE {schema}.version SET version = %s, oldest = %s", schema), (version, oldest)
            )


async def _found(connection: Connection, schema: str) -> tuple[int, int] | None:
    """Return the version of the tables and the oldest program that may use them; None if there are no tables."""
    exists = await connection.execute("SELECT to_regclass(quote_ident(%s) || '.version')", (schema,))
    if (await exists.fetchone()) == (None,):
        return None
    rows = await connection.execute(named("SELECT version, oldest FROM {schema}.version", schema))
    row = await rows.fetchone()
    return (0, 0) if row is None else (row[0], row[1])
