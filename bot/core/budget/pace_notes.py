"""A pace as a note that replicas share: text in, text out. A note that cannot be read is as good as none."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.core.budget.pace import Pace, Resource


def write(pace: Pace) -> str:
    """Return the pace as text."""
    return json.dumps(
        {
            "spent": [[at.timestamp(), resource, amount] for at, resource, amount in pace.spent],
            "sizes": dict(pace.sizes),
            "paused": _seconds(pace.paused_until),
            "busy": list(pace.busy),
            "ceiling": [dict(pace.ceiling), _seconds(pace.ceiling_until)],
        },
        separators=(",", ":"),
    )


def read(text: str) -> Pace:
    """Return the pace; a new one if the text is none."""
    try:
        return _pace(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return Pace()


def _pace(note: Any) -> Pace:
    ceiling, until = note["ceiling"]
    return Pace(
        spent=tuple((_time(at), Resource(resource), float(amount)) for at, resource, amount in note["spent"]),
        sizes=_amounts(note["sizes"]),
        paused_until=None if note["paused"] is None else _time(note["paused"]),
        busy=tuple(map(int, note["busy"])),
        ceiling=_amounts(ceiling),
        ceiling_until=None if until is None else _time(until),
    )


def _amounts(note: Any) -> dict[Resource, float]:
    return {each: float(note[each]) for each in Resource}


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
