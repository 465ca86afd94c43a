"""The dashboard of many applications: what needs a person first, then by environment what waits and what is up to date.

A row is sorted by the sign in it, so that rows which stand on the page already need no second look. Each part has its share of
the room that an issue has; what does not fit is counted.
"""

from collections.abc import Iterator, Sequence

from bot.core.pages.parts.collapsed import fold
from bot.core.pages.parts.verdicts import SIGNS
from bot.core.plan import Severity
from bot.core.values.text import code

MOST_IN_ONE_TABLE = 60
"""Rows. More than these are grouped."""

TABLE = ("| application | environment | version | |", "|---|---|---|---|")

SHARES = {Severity.BLOCKED: 0.5, Severity.WAITING: 0.3, Severity.PASSED: 0.2}
"""How much of the room each state gets; what one leaves goes to the next."""

STATES = {Severity.BLOCKED: "need a person", Severity.WAITING: "waiting", Severity.PASSED: "up to date"}


def grouped(rows: Sequence[str], environments: Sequence[str], *, room: int) -> list[str]:
    """Return the lines of the page. rows: of the table, by application. room: characters."""
    by_place: dict[tuple[Severity, str], list[str]] = {(state, name): [] for state in STATES for name in environments}
    for row in rows:
        by_place.setdefault((state_of(row), environment_of(row)), []).append(row)
    lines = list(_overview(by_place, environments))
    left = room - _length(lines)
    for state, share in SHARES.items():
        part = list(_part(by_place, environments, state, room=int(left * share / _rest(state))))
        lines += part
        left -= _length(part)
    return lines


def state_of(row: str) -> Severity:
    """Return the severity that the row's sign tells."""
    return next(
        (severity for severity in (Severity.BLOCKED, Severity.WAITING) if SIGNS[severity] in row), Severity.PASSED
    )


def environment_of(row: str) -> str:
    """Return the name in the row's second cell."""
    return row.split(" | ")[1].strip("`")


def _rest(state: Severity) -> float:
    """Return the shares of this state and of those after it."""
    states = list(SHARES)
    return sum(SHARES[each] for each in states[states.index(state) :])


def _overview(by_place: dict[tuple[Severity, str], list[str]], environments: Sequence[str]) -> Iterator[str]:
    yield f"| environment | {' | '.join(f'{SIGNS[state]} {words}' for state, words in STATES.items())} |"
    yield "|---|---|---|---|"
    for name in environments:
        yield f"| {code(name)} | {' | '.join(str(len(by_place[state, name])) for state in STATES)} |"


def _part(
    by_place: dict[tuple[Severity, str], list[str]], environments: Sequence[str], state: Severity, *, room: int
) -> Iterator[str]:
    """Yield what is in one state: all that needs a person in one table, the rest folded by environment."""
    if state is Severity.BLOCKED:
        rows = [row for name in reversed(environments) for row in by_place[state, name]]
        if rows:
            yield from ("", f"### {SIGNS[state]} {len(rows)} need a person", "", *_fitting(rows, room))
        return
    places = [(name, by_place[state, name]) for name in environments if by_place[state, name]]
    for position, (name, rows) in enumerate(places):
        share = room // (len(places) - position)
        folded = fold(f"{SIGNS[state]} {name}: {len(rows)} {STATES[state]}", "\n".join(_fitting(rows, share - 100)))
        yield from ("", folded)
        room -= len(folded) + 2


def _fitting(rows: Sequence[str], room: int) -> Iterator[str]:
    """Yield a table of the first rows that fit, and how many do not."""
    yield from TABLE
    room -= _length(TABLE) + 60
    for position, row in enumerate(rows):
        room -= len(row) + 1
        if room < 0:
            yield from ("", f"{len(rows) - position} more are not shown: an issue has room for 65,536 characters.")
            return
        yield row


def _length(lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for line in lines)
