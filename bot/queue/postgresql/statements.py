"""The SQL of the PostgreSQL store: one statement for each step, so that each is a transaction of its own.

`work` has one row per key, as in the embedded store. Times are the database's: a process passes durations from now,
never times. Rows are locked in the order of their keys, or skipped if another process has locked them, so replicas
never deadlock.
"""

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
    SELECT key, min(wait) AS wait FROM (
        SELECT * FROM unnest(%(owners)s::int[], %(keys)s::text[], %(waits)s::interval[]) AS given (call, key, wait)
        UNION ALL
        SELECT call, key, interval '0' FROM unnest(%(hearers)s::int[], %(topics)s::text[]) AS heard (call, topic)
        JOIN {schema}.subscription USING (topic)
    ) AS asked JOIN taken USING (call) GROUP BY key
), made AS (
    INSERT INTO {schema}.work (key, due) SELECT key, {schema}.clock() + wait FROM wanted ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO UPDATE SET due = least(work.due, excluded.due) RETURNING key
), told AS (
    SELECT pg_notify(%(channel)s, %(sender)s) WHERE EXISTS (SELECT FROM made)
)
SELECT call, (SELECT count(*) FROM told) FROM taken
"""
"""Store a batch of calls, and return those that were taken. calls, deliveries: one for each call, null for no delivery.
owners, keys, waits: the keys of all calls, each with its call and how long from now it is due. hearers, topics: likewise."""

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

_CLAIM = """
WITH lapsed AS (
    SELECT key, 0 AS rank, lease AS since FROM {schema}.work WHERE owner IS NOT NULL AND lease <= {schema}.clock() AND KIND
    ORDER BY lease, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), late AS (
    SELECT key, 1 AS rank, due AS since FROM {schema}.work WHERE owner IS NULL AND due <= {schema}.clock() AND KIND
    ORDER BY due, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), wrong AS (
    SELECT key, 2 AS rank, due AS since FROM {schema}.work
    WHERE owner IS NULL AND due > {schema}.clock() + %(longest)s::interval AND KIND
    ORDER BY due, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), chosen AS (
    SELECT * FROM (SELECT * FROM lapsed UNION ALL SELECT * FROM late UNION ALL SELECT * FROM wrong) AS found
    ORDER BY rank, since, key LIMIT %(limit)s
), taken AS (
    UPDATE {schema}.work SET
        owner = %(token)s, lease = {schema}.clock() + %(lease)s::interval, since = {schema}.clock(),
        due = CASE WHEN due > {schema}.clock() AND due <= {schema}.clock() + %(longest)s::interval THEN due END,
        attempts = attempts + (owner IS NOT NULL)::int,
        error = CASE WHEN owner IS NULL THEN error ELSE %(interrupted)s END
    FROM chosen WHERE work.key = chosen.key RETURNING work.key, work.attempts, chosen.rank, chosen.since
)
SELECT key, attempts FROM taken ORDER BY rank, since, key
"""
_REPOSITORIES = "strpos(key, '#') = 0"
_APPLICATIONS = "strpos(key, '#') > 0 AND split_part(key, '#', 1) <> ALL (%(full)s)"
CLAIM_REPOSITORIES = _CLAIM.replace("KIND", _REPOSITORIES)
CLAIM_APPLICATIONS = _CLAIM.replace("KIND", _APPLICATIONS)

_NEXT_LOOK = """
SELECT least(
    (SELECT due FROM {schema}.work WHERE owner IS NULL AND KIND ORDER BY due, key LIMIT 1),
    (SELECT lease FROM {schema}.work WHERE owner IS NOT NULL AND KIND ORDER BY lease, key LIMIT 1)
) - {schema}.clock()
"""
"""How long from now until one of these keys may be claimed."""
NEXT_REPOSITORY = _NEXT_LOOK.replace("KIND", _REPOSITORIES)
NEXT_APPLICATION = _NEXT_LOOK.replace("KIND", _APPLICATIONS)

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
due = least(due, {schema}.clock() + %(wait)s::interval) WHERE key = %(key)s AND owner = %(token)s"""

FAIL = """UPDATE {schema}.work SET owner = NULL, lease = NULL, since = NULL, attempts = attempts + 1, error = %(error)s,
due = least(due, {schema}.clock() + %(wait)s::interval) WHERE key = %(key)s AND owner = %(token)s"""

RELEASE = """UPDATE {schema}.work SET owner = NULL, lease = NULL, since = NULL,
due = least(due, {schema}.clock()) WHERE key = %(key)s AND owner = %(token)s"""

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
