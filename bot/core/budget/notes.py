"""An account as a note that replicas share: text in, text out. A note that cannot be read is as good as none."""

import json
from datetime import UTC, datetime
from typing import Any

from bot.core.budget.account import Account, Sizes, Waiting
from bot.core.budget.costs import Urgency


def write(account: Account) -> str:
    """Return the account as text."""
    return json.dumps(
        {
            "spent": [[at.timestamp(), count] for at, count in account.spent],
            "sizes": [account.sizes.minute, account.sizes.hour],
            "line": [[each.name, int(each.urgency), each.cost, each.at.timestamp()] for each in account.line],
            "paused": _seconds(account.paused_until),
            "busy": list(account.busy_hours),
            "ceiling": [account.ceiling.minute, account.ceiling.hour, _seconds(account.ceiling_until)],
        },
        separators=(",", ":"),
    )


def read(text: str) -> Account:
    """Return the account; a new one if the text is none."""
    try:
        return _account(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError):
        return Account()


def _account(note: Any) -> Account:
    minute, hour, until = note["ceiling"]
    return Account(
        spent=tuple((_time(at), int(count)) for at, count in note["spent"]),
        sizes=Sizes(*map(int, note["sizes"])),
        line=tuple(
            Waiting(str(name), Urgency(urgency), int(cost), _time(at)) for name, urgency, cost, at in note["line"]
        ),
        paused_until=None if note["paused"] is None else _time(note["paused"]),
        busy_hours=tuple(map(int, note["busy"])),
        ceiling=Sizes(int(minute), int(hour)),
        ceiling_until=None if until is None else _time(until),
    )


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
