"""What became of promotions between two looks, for those who operate the bot. Pure; nothing is decided from it.

What ended while the bot did not run is not counted: the look before it is not known any longer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.plan import Severity, Verdict
from bot.core.state import PastPromotion, State


class Ending(StrEnum):
    """How a promotion ended."""

    MERGED = "merged"
    REJECTED = "rejected"  # closed by a person
    SUPERSEDED = "superseded"  # closed by the bot
    CLOSED = "closed"  # closed by another App


@dataclass(frozen=True, slots=True)
class Ended:
    """A promotion that was open at the look before. proposed: when its version first ran anywhere, or was proposed here."""

    environment: str
    number: int
    ending: Ending
    proposed: datetime
    opened: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Waited:
    """A gate that kept a promotion waiting, and passes now."""

    gate: str
    seconds: float


def ended(before: State | None, now: State) -> Iterator[Ended]:
    """Yield the promotions that were open before and are open no longer."""
    if before is None:
        return
    for name, here in now.environments.items():
        last = before.environments.get(name)
        if last is None or last.promotion is None:
            continue
        number = last.promotion.pull.number
        past = next((each for each in here.past if each.number == number), None)
        if past is not None:
            opened = last.promotion.pull.created_at
            yield Ended(name, number, _ending(past), min(opened, _first_run(now, past)), opened, past.closed_at)


def _ending(past: PastPromotion) -> Ending:
    if past.merged:
        return Ending.MERGED
    if past.by_person:
        return Ending.REJECTED
    return Ending.CLOSED if past.by_machine else Ending.SUPERSEDED


def _first_run(state: State, past: PastPromotion) -> datetime:
    """Return when an environment first had the version, as far as the histories were read."""
    ran = (
        arrival.at
        for here in state.environments.values()
        for arrival in here.arrivals
        if arrival.version is not None and arrival.version == past.version
    )
    return min(ran, default=past.closed_at)


def since_when(
    waiting: Mapping[str, datetime], verdicts: tuple[Verdict, ...], now: datetime
) -> tuple[dict[str, datetime], tuple[Waited, ...]]:
    """Return since when each gate has not passed, and those that were waiting before and pass now.

    waiting: gate → since when, at the look before.
    """
    closed = {verdict.gate for verdict in verdicts if verdict.severity is not Severity.PASSED}
    opened = {verdict.gate for verdict in verdicts} - closed
    since = {gate: waiting.get(gate, now) for gate in closed}
    return since, tuple(
        Waited(gate, (now - began).total_seconds()) for gate, began in waiting.items() if gate in opened
    )
