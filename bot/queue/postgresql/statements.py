"""The SQL of the PostgreSQL store: one statement for each step, so that each is a transaction of its own.

`work` has one row per key, as in the embedded store. Times are the database's: a process passes durations from now,
never times. Rows are locked in the order of their keys, or skipped if another process has locked them, so replicas
never deadlock.
"""

from bot.core.values.permit import Priority
from bot.queue import turns

ACCEPT = """
WITH call AS (
    SELECT * FROM unnest(%(calls)s::int[], %(deliveries)s::text[]) AS given (call, delivery)
), forgotten AS (
    DELETE FROM {schema}.delivery WHERE id IN (
        SELECT id FROM {schema}.delivery WHERE at < {schema}.clock() - %(remember)s::interval
        ORDER BY at LIMIT %(forget)s FOR UPDATE SKIP LOCKED
    )
), fresh AS (
    INSERT INTO {schema}.delivery (id, at)
    SELECT DISTINCT delivery, {schema}.clock() FROM call WHERE delivery IS NOT NULL ORDER BY delivery
    ON CONFLICT DO NOTHING RETURNING id
), taken AS (
    SELECT min(call) AS call FROM call JOIN fresh ON fresh.id = call.delivery GROUP BY call.delivery
    UNION ALL SELECT call FROM call WHERE delivery IS NULL
), wanted AS (
    SELECT key, min(wait) AS wait, min(priority) AS priority, max(cause) AS cause FROM (
        SELECT * FROM unnest(
            %(owners)s::int[], %(keys)s::text[], %(waits)s::interval[], %(priorities)s::smallint[], %(causes)s::text[]
        ) AS given (call, key, wait, priority, cause)
        UNION ALL
        SELECT call, key, interval '0', priority, cause
        FROM unnest(%(hearers)s::int[], %(topics)s::text[], %(urgencies)s::smallint[], %(told_by)s::text[])
        AS heard (call, topic, priority, cause)
        JOIN {schema}.subscription USING (topic)
    ) AS asked JOIN taken USING (call) GROUP BY key
), made AS (
    INSERT INTO {schema}.work (key, due, priority, cause)
    SELECT key, {schema}.clock() + wait, priority, cause FROM wanted ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET
        due = least(work.due, excluded.due), priority = least(work.priority, excluded.priority),
        cause = CASE WHEN excluded.cause = '' THEN work.cause ELSE excluded.cause END
    RETURNING key
), told AS (
    SELECT pg_notify(%(channel)s, %(sender)s) WHERE EXISTS (SELECT FROM made)
)
SELECT call, (SELECT count(*) FROM told) FROM taken
"""
"""Store a batch of calls, and return those that were taken. calls, deliveries: one for each call, null for no delivery.
owners, keys, waits, priorities, causes: the keys of all calls, each with its call, how long from now it is due, who waits,
and what caused it. hearers, topics, urgencies, told_by: likewise."""

SUBSCRIBE = """
WITH given AS (
    SELECT * FROM unnest(%(topics)s::text[], %(keys)s::text[]) AS given (topic, key)
), gone AS (
    DELETE FROM {schema}.subscription AS old WHERE owner = %(owner)s AND NOT EXISTS (
        SELECT FROM given WHERE given.topic = old.topic AND given.key = old.key
    )
)
INSERT INTO {schema}.subscription (topic, key, owner) SELECT topic, key, %(owner)s FROM given ORDER BY topic, key
ON CONFLICT DO NOTHING
"""

LOOK_AGAIN = "UPDATE {schema}.work SET due = {schema}.clock() WHERE owner IS NULL AND due > {schema}.clock()"

TOUCH = """INSERT INTO {schema}.delivery (id, at) VALUES ('', {schema}.clock())
ON CONFLICT (id) DO UPDATE SET at = excluded.at"""
"""Write something, to see whether it can be; no delivery has an empty id."""

KEEP = """
UPDATE {schema}.work SET lease = {schema}.clock() + %(lease)s::interval FROM (
    SELECT key FROM {schema}.work WHERE owner IS NOT NULL AND (
        lease > {schema}.clock() + %(lease)s::interval OR lease <= {schema}.clock() AND owner = ANY (%(tokens)s)
    ) FOR UPDATE SKIP LOCKED
) AS wrong WHERE work.key = wrong.key
"""
"""Repair the effects of a clock jump: a lease that ends too late, and a lapsed lease of this process."""

_NOT_FULL = "(key = repository OR repository <> ALL (%(full)s))"

_CLAIM_LAPSED = """
WITH lapsed AS (
    SELECT key, 0 AS rank, lease AS since, priority FROM {schema}.work
    WHERE owner IS NOT NULL AND lease <= {schema}.clock() AND KIND AND NOT_FULL
    ORDER BY lease, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), wrong AS (
    SELECT key, 1 AS rank, due AS since, priority FROM {schema}.work
    WHERE owner IS NULL AND due > {schema}.clock() + %(longest)s::interval AND KIND AND NOT_FULL
    ORDER BY due, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), chosen AS (
    SELECT key, priority, row_number() OVER (ORDER BY rank, since, key) AS place
    FROM (SELECT * FROM lapsed UNION ALL SELECT * FROM wrong) AS found ORDER BY place LIMIT %(limit)s
)"""

_CLAIM_IN_TURN = """, chosen AS (
    SELECT work.key, first.priority, first.place FROM {schema}.work
    JOIN (SELECT *, row_number() OVER (IN_ORDER) AS place FROM in_account) AS first ON first.key = work.key
    WHERE work.owner IS NULL ORDER BY first.place LIMIT %(limit)s FOR UPDATE OF work SKIP LOCKED
)""".replace("IN_ORDER", turns.IN_ORDER)

_TAKE = """, taken AS (
    UPDATE {schema}.work SET
        owner = %(token)s, lease = {schema}.clock() + %(lease)s::interval, since = {schema}.clock(), priority = 2,
        due = CASE WHEN due > {schema}.clock() AND due <= {schema}.clock() + %(longest)s::interval THEN due END,
        attempts = attempts + (owner IS NOT NULL)::int,
        error = CASE WHEN owner IS NULL THEN error ELSE %(interrupted)s END
    FROM chosen WHERE work.key = chosen.key RETURNING work.key, work.attempts, chosen.priority, work.cause, chosen.place
)
SELECT key, attempts, priority, cause FROM taken ORDER BY place
"""

_NEXT_DUE = (
    "(SELECT due FROM {schema}.work WHERE owner IS NULL AND priority = PRIORITY AND NOT_FULL ORDER BY due LIMIT 1)"
)
_NEXT_LOOK = """
SELECT least(
    DUE, (SELECT lease FROM {schema}.work WHERE owner IS NOT NULL AND KIND AND NOT_FULL ORDER BY lease, key LIMIT 1)
) - {schema}.clock()
"""


def claims(priorities: tuple[Priority, ...]) -> tuple[str, ...]:
    """Return the statements that take keys of these priorities, and return each with its failures and its priority.

    The first takes those of dead runners and those whose time comes from a wrong clock, the second all others in their turns.
    """
    ranked = turns.ranked(
        priorities,
        table="{schema}.work",
        now="{schema}.clock()",
        long_ago="{schema}.clock() - %(sweep_waits)s::interval",
        wanted=_NOT_FULL,
        candidates=f"greatest({turns.CANDIDATES}, 4 * %(limit)s)",
    )
    return _of(priorities, _CLAIM_LAPSED + _TAKE), _of(priorities, ranked + _CLAIM_IN_TURN + _TAKE)


def next_look(priorities: tuple[Priority, ...]) -> str:
    """Return the statement that says how long from now until one of these keys may be claimed."""
    due = ", ".join(_NEXT_DUE.replace("PRIORITY", str(int(each))) for each in priorities)
    return _of(priorities, _NEXT_LOOK.replace("DUE", due))


def _of(priorities: tuple[Priority, ...], statement: str) -> str:
    return statement.replace("KIND", turns.condition(priorities)).replace("NOT_FULL", _NOT_FULL)


HOLD = (
    "UPDATE {schema}.work SET lease = {schema}.clock() + %(lease)s::interval WHERE key = %(key)s AND owner = %(token)s"
)

RENEW = """
UPDATE {schema}.work SET lease = {schema}.clock() + %(lease)s::interval FROM (
    SELECT key FROM {schema}.work WHERE owner = ANY (%(tokens)s) ORDER BY key FOR UPDATE
) AS held WHERE work.key = held.key
"""

FORGET = "DELETE FROM {schema}.work WHERE key = %(key)s AND owner = %(token)s AND due IS NULL"
"""End a run after which nothing is due."""

FINISH = """UPDATE {schema}.work SET owner = NULL, lease = NULL, since = NULL, attempts = 0, error = NULL,
cause = CASE WHEN cause = %(cause)s THEN '' ELSE cause END,
due = least(due, {schema}.clock() + %(wait)s::interval) WHERE key = %(key)s AND owner = %(token)s"""

FAIL = """UPDATE {schema}.work SET owner = NULL, lease = NULL, since = NULL, attempts = attempts + 1, error = %(error)s,
due = least(due, {schema}.clock() + %(wait)s::interval), priority = least(priority, %(priority)s)
WHERE key = %(key)s AND owner = %(token)s"""

RELEASE = """UPDATE {schema}.work SET owner = NULL, lease = NULL, since = NULL,
due = least(due, {schema}.clock()), priority = least(priority, %(priority)s)
WHERE key = %(key)s AND owner = %(token)s"""

NOTE = "SELECT version, text FROM {schema}.note WHERE name = %(name)s"

FIRST_NOTE = "INSERT INTO {schema}.note (name, version, text) VALUES (%(name)s, 1, %(text)s) ON CONFLICT DO NOTHING"

NEXT_NOTE = """UPDATE {schema}.note SET version = version + 1, text = %(text)s
WHERE name = %(name)s AND version = %(seen)s"""

NOTES = """SELECT name, text FROM {schema}.note
WHERE starts_with(name, %(beginning)s) AND name >= %(beginning)s ORDER BY name"""

DROP_NOTES = "DELETE FROM {schema}.note WHERE name = ANY (%(names)s)"

SNAPSHOT = "SELECT key, due, since, attempts, error FROM {schema}.work ORDER BY key"

DEPTH = """
WITH row AS (
    SELECT due, attempts, owner, lease,
        owner IS NOT NULL AND lease <= {schema}.clock() AND owner <> ALL (%(tokens)s) AS lapsed,
        owner IS NULL AND due <= {schema}.clock() AS owed
    FROM {schema}.work
)
SELECT
    count(*) FILTER (WHERE owed OR lapsed),
    count(*) FILTER (WHERE owner IS NULL AND NOT owed),
    count(*) FILTER (WHERE owner IS NOT NULL AND NOT lapsed),
    count(*) FILTER (WHERE attempts > 0),
    least(min(due) FILTER (WHERE owed), min(lease) FILTER (WHERE lapsed))
FROM row
"""
