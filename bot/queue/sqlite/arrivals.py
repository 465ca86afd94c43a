"""What webhooks make due, a transaction's worth at once.

Python's sqlite3 gives the interpreter to other threads before each step of a statement, and waits for it afterwards: up to
5 ms while the event loop is busy (https://docs.python.org/3.11/library/sys.html#sys.setswitchinterval). So a burst of
webhooks takes a few statements, however many there are.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple, TypeVar

from bot.core.values.permit import Priority
from bot.queue.protocol import REMEMBER_DELIVERIES
from bot.queue.sqlite.statements import stored

T = TypeVar("T")

_FORGET_AT_ONCE = 1000  # old deliveries dropped with each transaction: few enough to be fast, enough to keep up
_ROWS = 240  # in a statement; older builds of SQLite take 999 parameters: https://www.sqlite.org/limits.html


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook. delivery_id: None for one that cannot be told from its repetitions."""

    delivery_id: str | None
    keys: tuple[str, ...]
    topics: tuple[str, ...]
    priority: Priority
    cause: str
    now: datetime


class _Due(NamedTuple):
    """When a key is due, who waits for it, and why. latest: the place of the arrival that gave the cause; -1 for none."""

    at: int
    priority: int
    latest: int
    cause: str


def accept(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    """Make due what each concerns; False for a delivery that was accepted before, here or in an earlier transaction."""
    accepted = _remembered(connection, arrivals)
    due: dict[str, _Due] = {}
    heard: dict[str, _Due] = {}
    for place, (arrival, fresh) in enumerate(zip(arrivals, accepted, strict=True)):
        if fresh:
            why = _Due(stored(arrival.now), arrival.priority, place if arrival.cause else -1, arrival.cause)
            for key in arrival.keys:
                _hurry(due, key, why)
            for topic in arrival.topics:
                _hurry(heard, topic, why)
    for topics in _parts(heard):
        listeners = f"SELECT topic, key FROM subscription WHERE topic IN ({_marks('?', topics)})"  # noqa: S608 -- ours
        for topic, key in connection.execute(listeners, topics).fetchall():
            _hurry(due, key, heard[topic])
    _make_due(connection, due)
    return accepted


def _remembered(connection: sqlite3.Connection, arrivals: Sequence[Arrival]) -> list[bool]:
    """Write the deliveries down. False for those that were."""
    first = {arrival.delivery_id: arrival for arrival in reversed(arrivals) if arrival.delivery_id is not None}
    if not first:
        return [True] * len(arrivals)
    connection.execute(
        "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE at < ? ORDER BY at LIMIT ?)",
        (stored(min(each.now for each in first.values()) - REMEMBER_DELIVERIES), _FORGET_AT_ONCE + len(first)),
    )
    known: set[str] = set()
    for ids in _parts(first):
        repeated = f"SELECT id FROM delivery WHERE id IN ({_marks('?', ids)})"  # noqa: S608 -- ours
        known.update(name for (name,) in connection.execute(repeated, ids).fetchall())
    for ids in _parts(name for name in first if name not in known):
        remember = f"INSERT INTO delivery (id, at) VALUES {_marks('(?, ?)', ids)}"  # noqa: S608 -- ours
        connection.execute(remember, [value for name in ids for value in (name, stored(first[name].now))])
    return [
        each.delivery_id is None or (each.delivery_id not in known and first[each.delivery_id] is each)
        for each in arrivals
    ]


def _make_due(connection: sqlite3.Connection, due: dict[str, _Due]) -> None:
    for keys in _parts(due):
        connection.execute(
            f"""INSERT INTO work (key, due, priority, cause) VALUES {_marks("(?, ?, ?, ?)", keys)}
                ON CONFLICT (key) DO UPDATE SET due = min(coalesce(due, excluded.due), excluded.due),
                priority = min(priority, excluded.priority),
                cause = CASE WHEN excluded.cause = '' THEN cause ELSE excluded.cause END""",  # noqa: S608 -- ours
            [value for key in keys for value in (key, due[key].at, due[key].priority, due[key].cause)],
        )


def _hurry(due: dict[str, _Due], name: str, why: _Due) -> None:
    """Keep the earliest time, the most urgent priority and the latest cause of a key or topic."""
    known = due.get(name, why)
    latest, cause = max(known[2:], why[2:])
    due[name] = _Due(min(known.at, why.at), min(known.priority, why.priority), latest, cause)


def _parts(names: Iterable[T]) -> Iterator[list[T]]:
    """Return the names in lists that a statement takes."""
    left = iter(names)
    while part := list(islice(left, _ROWS)):
        yield part


def _marks(mark: str, values: Sequence[object]) -> str:
    return ", ".join([mark] * len(values))
