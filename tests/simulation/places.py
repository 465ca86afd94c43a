"""What closes a place for everything that comes there, whatever its version: labels, windows, freezes and limits."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.ledger import Ledger
from tests.simulation.reading import Policy

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_labelled(ledger: Ledger, number: int, *, at: datetime, lately: timedelta) -> bool:
    """Report whether the label that holds was on an open issue, or on this pull request, then and some time before."""
    since: dict[int, datetime] = {}
    for moment, subject, is_on in ledger.labelled:
        if moment > at:
            break
        if is_on:
            since.setdefault(subject, moment)
        else:
            since.pop(subject, None)
    return any(
        moment <= at - lately for subject, moment in since.items() if subject in ledger.issues or subject == number
    )


def is_in_window(policy: Policy, environment: str, application: str, *, at: datetime) -> bool:
    """Report whether a window of the policy is open; without windows, everything is."""
    windows = policy.gates(environment, application).get("windows", [])
    return not windows or any(_is_open(window, _zone(policy, environment, window), at) for window in windows)


def is_frozen(policy: Policy, environment: str, application: str, *, at: datetime) -> bool:
    """Report whether a freeze covers this day, in the environment's time zone."""
    today = at.astimezone(_zone(policy, environment, {})).date()
    return any(
        _day(each["from"]) <= today <= _day(each["to"])
        for each in policy.gates(environment, application).get("freezes", [])
    )


def merges(ledger: Ledger, environment: str, *, after: datetime, until: datetime) -> int:
    """Return how many promotions of any application came to an environment in this time."""
    return sum(
        after < each.at <= until
        and each.pull is not None
        and ledger.is_ours(each.pull.author)
        and each.pull.head_ref.startswith(f"gitops/{environment}/")
        for each in ledger.landings
    )


def closed_gates(
    policy: Policy, environment: str, application: str, *, at: datetime, lately: timedelta
) -> Iterator[tuple[str, str]]:
    """Yield the gates of time that stood closed at a moment and, so that no race counts, a short time before.

    Each as its name and what to say.
    """
    moments = (at, at - lately)
    if not any(is_in_window(policy, environment, application, at=moment) for moment in moments):
        yield "windows", "no window was open"
    if all(is_frozen(policy, environment, application, at=moment) for moment in moments):
        yield "freezes", "the environment was frozen"


def limit_of(policy: Policy, environment: str) -> tuple[int, timedelta] | None:
    """Return how many promotions may merge in which time."""
    told = policy.key(environment, "limit")
    return None if told is None else (int(told["merges"]), policy.length(told["per"]))


def _zone(policy: Policy, environment: str, window: dict[str, Any]) -> ZoneInfo:
    return ZoneInfo(window.get("timezone") or policy.key(environment, "timezone", "UTC"))


def _day(told: date | str) -> date:
    return told if isinstance(told, date) else date.fromisoformat(told)


def _is_open(window: dict[str, Any], zone: ZoneInfo, at: datetime) -> bool:
    """A window that crosses midnight belongs to the day on which it opens."""
    local = at.astimezone(zone)
    opens, closes = window.get("hours", "00:00-24:00").split("-")
    time, yesterday = f"{local:%H:%M}", local - timedelta(days=1)
    if opens < closes:
        return opens <= time < closes and _is_day(window, local)
    return (time >= opens and _is_day(window, local)) or (time < closes and _is_day(window, yesterday))


def _is_day(window: dict[str, Any], local: datetime) -> bool:
    wanted = window.get("days", "mon-sun")
    ranges = [wanted] if isinstance(wanted, str) else wanted
    today = local.weekday()
    for each in ranges:
        first, _, last = each.partition("-")
        if DAYS.index(first) <= today <= DAYS.index(last or first):
            return True
    return False
