"""The embedded store's SQL. Each function is one step inside a transaction that `commits` opens.

`work` has one row per key. `due` is when the key runs next; a claim clears it, so that an event during the run shows as new.
`owner` and `lease` say which run holds the key, and until when without a renewal; only its owner can end a run. Times are whole
microseconds since 1970 in UTC, the resolution of `datetime`.
"""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.core.values.permit import Priority
from bot.queue import turns
from bot.queue.protocol import INTERRUPTED, Depth, Room, Row

Held = tuple[str, str]
"""A key and the token of the run that holds it."""

Taken = tuple[str, int, Priority, str]
"""A key, its failures in a row, who waits for it, and what caused it."""

Claimed = tuple[tuple[Taken, ...], datetime | None]
"""Keys, and when the next claim may return some."""

Ending = Callable[[sqlite3.Connection], bool]


def free_all(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Make the keys of all owners due: every owner is dead."""
    connection.execute(
        """UPDATE work SET owner = NULL, lease = NULL, since = NULL, attempts = attempts + 1, error = :error,
           due = min(coalesce(due, :now), :now), priority = min(priority, :event) WHERE owner IS NOT NULL""",
        {"now": stored(now), "error": INTERRUPTED, "event": Priority.EVENT},
    )


def subscribe(connection: sqlite3.Connection, *, owner: str, subscriptions: tuple[tuple[str, str], ...]) -> None:
    connection.execute("DELETE FROM subscription WHERE owner = ?", (owner,))
    connection.executemany(
        "INSERT INTO subscription (topic, key, owner) VALUES (?, ?, ?)",
        [(topic, key, owner) for topic, key in subscriptions],
    )


def make_due(connection: sqlite3.Connection, *, key: str, at: datetime) -> None:
    """Make a key due because the time has come to look again."""
    connection.execute(
        """INSERT INTO work (key, due, priority) VALUES (?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET due = min(coalesce(due, excluded.due), excluded.due),
           priority = min(priority, excluded.priority)""",
        (key, stored(at), Priority.SWEEP),
    )


def look_again(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Make every key due that nobody runs."""
    connection.execute("UPDATE work SET due = :now WHERE owner IS NULL AND due > :now", {"now": stored(now)})


def touch(connection: sqlite3.Connection, *, now: datetime) -> None:
    """Write something, to see whether it can be; no delivery has an empty id."""
    connection.execute(
        "INSERT INTO delivery (id, at) VALUES ('', ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at", (stored(now),)
    )


def claim(
    connection: sqlite3.Connection,
    *,
    limit: int,
    room: Room,
    token: str,
    now: datetime,
    until: datetime,
    latest: datetime,
    held: frozenset[Held],
) -> Claimed:
    """Take keys. until: when a lease ends that begins now; latest: whatever is due later has its time from a wrong clock."""
    # The runs of this process are alive, however far the clock has jumped since the last heartbeat.
    connection.executemany(
        "UPDATE work SET lease = ? WHERE key = ? AND owner = ? AND lease <= ?",
        [(stored(until), *one, stored(now)) for one in sorted(held)],
    )
    connection.execute(
        "UPDATE work SET lease = :until WHERE owner IS NOT NULL AND lease > :until", {"until": stored(until)}
    )
    too_late = "UPDATE work SET due = ? WHERE owner IS NULL AND due > ?"
    connection.execute(too_late, (stored(now), stored(latest)))
    claimed: list[Taken] = []
    looks: list[datetime | None] = []
    for most, priorities, full in turns.kinds(room):
        found = _claimable(connection, priorities, full, limit=min(most, limit - len(claimed)), now=now)
        claimed += [_take(connection, key=key, token=token, now=now, until=until) for key in found]
        looks.append(_next_look(connection, priorities, full))
    return tuple(claimed), min((at for at in looks if at is not None), default=None)


_NOT_FULL = "(key = repository OR repository NOT IN (SELECT value FROM json_each(:full)))"


def _claimable(
    connection: sqlite3.Connection, priorities: tuple[Priority, ...], full: frozenset[str], *, limit: int, now: datetime
) -> list[str]:
    """Return the keys that may be claimed, those with lapsed leases first."""
    kind = turns.condition(priorities)
    lapsed = f"""SELECT key FROM work WHERE owner IS NOT NULL AND lease <= :now AND {kind} AND {_NOT_FULL}
        ORDER BY lease, key LIMIT :limit"""  # noqa: S608 -- ours
    ranked = turns.ranked(
        priorities,
        table="work",
        now=":now",
        long_ago=":long_ago",
        wanted=_NOT_FULL,
        candidates=f"max({turns.CANDIDATES}, 4 * :limit)",
    )
    in_turn = f"{ranked} SELECT key FROM in_account {turns.IN_ORDER} LIMIT :limit"  # noqa: S608 -- as above
    values = {"now": stored(now), "long_ago": stored(now - turns.SWEEP_WAITS), "full": json.dumps(sorted(full))}
    found: list[str] = []
    for query in (lapsed, in_turn):
        rows = connection.execute(query, {**values, "limit": max(0, limit - len(found))})
        found += [key for (key,) in rows]
    return found


def _take(connection: sqlite3.Connection, *, key: str, token: str, now: datetime, until: datetime) -> Taken:
    """Give the key to this run. What makes it due from now on has its own priority."""
    (priority,) = connection.execute("SELECT priority FROM work WHERE key = ?", (key,)).fetchone()
    attempts, cause = connection.execute(
        """UPDATE work SET owner = :token, lease = :until, since = :now,
           due = CASE WHEN due > :now THEN due END, priority = :lowest,
           attempts = attempts + (owner IS NOT NULL),
           error = CASE WHEN owner IS NULL THEN error ELSE :interrupted END
           WHERE key = :key RETURNING attempts, cause""",
        {
            "key": key,
            "token": token,
            "now": stored(now),
            "until": stored(until),
            "interrupted": INTERRUPTED,
            "lowest": Priority.SWEEP,
        },
    ).fetchone()
    return key, attempts, Priority(priority), cause


def _next_look(
    connection: sqlite3.Connection, priorities: tuple[Priority, ...], full: frozenset[str]
) -> datetime | None:
    """Return when one of these keys may be claimed. Those of full repositories are claimed when a run ends."""
    due = f"""SELECT due FROM work WHERE owner IS NULL AND priority = :priority AND {_NOT_FULL}
        ORDER BY due LIMIT 1"""  # noqa: S608 -- as above
    lease = f"SELECT min(lease) FROM work WHERE owner IS NOT NULL AND {turns.condition(priorities)} AND {_NOT_FULL}"  # noqa: S608 -- as above
    values: dict[str, object] = {"full": json.dumps(sorted(full))}
    found = [connection.execute(due, {**values, "priority": each}).fetchone() for each in priorities]
    found.append(connection.execute(lease, values).fetchone())
    times = [_read(row[0]) for row in found if row is not None]
    return min((at for at in times if at is not None), default=None)


def hold(connection: sqlite3.Connection, *, held: Held, until: datetime) -> bool:
    update = "UPDATE work SET lease = ? WHERE key = ? AND owner = ?"
    return connection.execute(update, (stored(until), *held)).rowcount == 1


def renew(connection: sqlite3.Connection, *, held: frozenset[Held], until: datetime) -> None:
    for one in sorted(held):
        hold(connection, held=one, until=until)


def finish(connection: sqlite3.Connection, *, held: Held, again_at: datetime | None, cause: str) -> bool:
    if again_at is None:
        delete = "DELETE FROM work WHERE key = ? AND owner = ? AND due IS NULL"
        if connection.execute(delete, held).rowcount == 1:
            return True
    key, token = held
    update = connection.execute(
        """UPDATE work SET owner = NULL, lease = NULL, since = NULL, attempts = 0, error = NULL,
           due = min(coalesce(due, :again), coalesce(:again, due)), cause = CASE WHEN cause = :cause THEN '' ELSE cause END
           WHERE key = :key AND owner = :token""",
        {"key": key, "token": token, "again": None if again_at is None else stored(again_at), "cause": cause},
    )
    return update.rowcount == 1


def fail(connection: sqlite3.Connection, *, held: Held, error: str, again_at: datetime, priority: Priority) -> bool:
    key, token = held
    update = connection.execute(
        """UPDATE work SET owner = NULL, lease = NULL, since = NULL, attempts = attempts + 1, error = :error,
           due = min(coalesce(due, :again), :again), priority = min(priority, :priority)
           WHERE key = :key AND owner = :token""",
        {"key": key, "token": token, "error": error, "again": stored(again_at), "priority": priority},
    )
    return update.rowcount == 1


def release(connection: sqlite3.Connection, *, held: Held, now: datetime, priority: Priority) -> bool:
    key, token = held
    update = connection.execute(
        """UPDATE work SET owner = NULL, lease = NULL, since = NULL,
           due = min(coalesce(due, :now), :now), priority = min(priority, :priority)
           WHERE key = :key AND owner = :token""",
        {"key": key, "token": token, "now": stored(now), "priority": priority},
    )
    return update.rowcount == 1


def note(connection: sqlite3.Connection, *, name: str) -> tuple[int, str]:
    found = connection.execute("SELECT version, text FROM note WHERE name = ?", (name,)).fetchone()
    return (0, "") if found is None else (found[0], found[1])


def write_note(connection: sqlite3.Connection, *, name: str, text: str, seen: int) -> bool:
    if seen == 0:
        insert = "INSERT INTO note (name, version, text) VALUES (?, 1, ?) ON CONFLICT DO NOTHING"
        return connection.execute(insert, (name, text)).rowcount == 1
    update = "UPDATE note SET version = version + 1, text = ? WHERE name = ? AND version = ?"
    return connection.execute(update, (text, name, seen)).rowcount == 1


def notes(connection: sqlite3.Connection, *, beginning: str) -> dict[str, str]:
    found = "SELECT name, text FROM note WHERE substr(name, 1, ?) = ? AND name >= ? ORDER BY name"
    return dict(connection.execute(found, (len(beginning), beginning, beginning)))


def drop_notes(connection: sqlite3.Connection, *, names: tuple[str, ...]) -> None:
    connection.executemany("DELETE FROM note WHERE name = ?", [(name,) for name in names])


def snapshot(connection: sqlite3.Connection) -> tuple[Row, ...]:
    rows = connection.execute("SELECT key, due, since, attempts, error FROM work ORDER BY key")
    return tuple(
        Row(key=key, due=_read(due), running_since=_read(since), attempts=attempts, last_error=error)
        for key, due, since, attempts, error in rows
    )


def depth(connection: sqlite3.Connection, *, now: datetime, held: frozenset[Held]) -> Depth:
    owned = connection.execute("SELECT key, owner, lease FROM work WHERE owner IS NOT NULL").fetchall()
    lapsed = [lease for key, owner, lease in owned if lease <= stored(now) and (key, owner) not in held]
    due, oldest, waiting, failing = connection.execute(
        """SELECT count(*) FILTER (WHERE owner IS NULL AND due <= :now), min(due) FILTER (WHERE owner IS NULL AND due <= :now),
           count(*) FILTER (WHERE owner IS NULL AND due > :now), count(*) FILTER (WHERE attempts > 0) FROM work""",
        {"now": stored(now)},
    ).fetchone()
    return Depth(
        due=due + len(lapsed),
        waiting=waiting,
        running=len(owned) - len(lapsed),
        failing=failing,
        oldest_due=_read(min((at for at in (oldest, *lapsed) if at is not None), default=None)),
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stored(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _read(at: int | None) -> datetime | None:
    return None if at is None else _EPOCH + at * _MICROSECOND
