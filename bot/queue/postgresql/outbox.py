"""The outbox in the database of the replicas."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.core.values.notice import Dropped, Notice
from bot.queue.outbox import GATHERED, HANDED_OUT, REMEMBERED, UNDELIVERED, Pending, packed, unpacked
from bot.queue.postgresql.database import Database

# The rows are put in in their order, so that the numbers of one promotion's notices grow with time.
_POST = """WITH old AS (DELETE FROM {schema}.notice WHERE posted < {schema}.clock() - %(remembered)s::interval),
    forgotten AS (DELETE FROM {schema}.message WHERE at < {schema}.clock() - %(remembered)s::interval)
    INSERT INTO {schema}.notice (sink, promotion, mark, repository, body, posted, due)
    SELECT sink, promotion, mark, repository, body, {schema}.clock(), {schema}.clock() + wait
    FROM unnest(%(sinks)s::text[], %(promotions)s::text[], %(marks)s::text[], %(repositories)s::text[], %(bodies)s::text[],
        %(waits)s::interval[]) WITH ORDINALITY AS given (sink, promotion, mark, repository, body, wait, place)
    ORDER BY place ON CONFLICT DO NOTHING"""

_HAND_OUT = """UPDATE {schema}.notice SET due = {schema}.clock() + %(handed_out)s::interval WHERE number IN (
        SELECT number FROM {schema}.notice AS first
        WHERE sink = %(sink)s AND due <= {schema}.clock() AND NOT EXISTS (
            SELECT 1 FROM {schema}.notice AS earlier WHERE earlier.sink = first.sink AND earlier.promotion = first.promotion
            AND earlier.due IS NOT NULL AND earlier.number < first.number
        ) ORDER BY number LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) RETURNING number, body, attempts"""

_DELIVERED = "UPDATE {schema}.notice SET due = NULL, error = '' WHERE number = ANY(%(numbers)s)"

_FAILED = """UPDATE {schema}.notice SET attempts = attempts + 1, error = %(error)s,
    dropped = CASE WHEN posted < {schema}.clock() - %(undelivered)s::interval THEN {schema}.clock() END,
    due = CASE WHEN posted < {schema}.clock() - %(undelivered)s::interval THEN NULL
        ELSE {schema}.clock() + %(wait)s::interval END
    WHERE number = ANY(%(numbers)s) AND due IS NOT NULL"""

_MESSAGES = "SELECT name, body FROM {schema}.message WHERE sink = %(sink)s AND name = ANY(%(names)s)"

_KEEP = """INSERT INTO {schema}.message (sink, name, body, at)
    SELECT %(sink)s, name, body, {schema}.clock() FROM unnest(%(names)s::text[], %(bodies)s::text[]) AS given (name, body)
    ON CONFLICT (sink, name) DO UPDATE SET body = excluded.body, at = excluded.at"""

_DROPPED = """SELECT sink, count(*), max(error) FROM {schema}.notice
    WHERE repository = %(repository)s AND dropped >= {schema}.clock() - %(undelivered)s::interval
    GROUP BY sink ORDER BY sink"""

_WAITING = "SELECT sink, count(*) FROM {schema}.notice WHERE due IS NOT NULL GROUP BY sink ORDER BY sink"


class PostgresOutbox:
    """A `bot.queue.outbox.Outbox`. Every statement is safe to repeat, but `hand_out`: what it took is free a little later."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def post(self, notices: Iterable[Notice]) -> bool:
        given = tuple(notices)
        values = {
            "remembered": REMEMBERED,
            "sinks": [each.sink for each in given],
            "promotions": [each.promotion for each in given],
            "marks": [each.mark for each in given],
            "repositories": [each.repository for each in given],
            "bodies": [packed(each) for each in given],
            "waits": [GATHERED if each.gathers else timedelta() for each in given],
        }
        return await self._database.count(_POST, values) > 0

    async def hand_out(self, sink: str, limit: int) -> tuple[Pending, ...]:
        rows = await self._database.rows(_HAND_OUT, {"sink": sink, "limit": limit, "handed_out": HANDED_OUT})
        return tuple(Pending(number, unpacked(body), attempts) for number, body, attempts in sorted(rows))

    async def delivered(self, numbers: Iterable[int]) -> None:
        await self._database.count(_DELIVERED, {"numbers": list(numbers)})

    async def failed(self, numbers: Iterable[int], *, wait: timedelta, error: str) -> None:
        values = {"numbers": list(numbers), "wait": wait, "error": error, "undelivered": UNDELIVERED}
        await self._database.count(_FAILED, values)

    async def messages(self, sink: str, names: Iterable[str]) -> Mapping[str, str]:
        return dict(await self._database.rows(_MESSAGES, {"sink": sink, "names": list(names)}))

    async def keep(self, sink: str, messages: Mapping[str, str]) -> None:
        await self._database.count(_KEEP, {"sink": sink, "names": list(messages), "bodies": list(messages.values())})

    async def dropped(self, repository: str) -> tuple[Dropped, ...]:
        rows = await self._database.rows(_DROPPED, {"repository": repository, "undelivered": UNDELIVERED})
        return tuple(Dropped(*row) for row in rows)

    async def waiting(self) -> Mapping[str, int]:
        return dict(await self._database.rows(_WAITING))
