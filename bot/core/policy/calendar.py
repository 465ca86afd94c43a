"""Days, hours, dates and time zones, as a policy writes them."""

import re
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BeforeValidator
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticKnownError

from bot.core.policy.fields import text, with_schema, wrong
from bot.core.policy.suggestions import listed, meant, nearest

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_HOUR = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"

_HOURS = re.compile(rf"({_HOUR})-({_HOUR}|24:00)")


def read_timezone(name: str) -> str:
    """A zone of the IANA database: https://www.iana.org/time-zones."""
    if name not in _timezones():
        by_lower = {zone.lower(): zone for zone in _timezones()}
        near = nearest(name.lower(), by_lower) or name.lower()
        hint = f" (did you mean {by_lower[near]!r}?)" if near in by_lower else ""
        raise ValueError(f"{name!r} is not a time zone: write UTC or a name such as Europe/Berlin{hint}")
    return name


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_date(day: str) -> date:
    """`2026-12-18` and nothing else that ISO 8601 allows."""
    try:
        if _DATE.fullmatch(day):
            return date.fromisoformat(day)
    except ValueError:
        pass  # such as a 30th of February: the sentence below says what is wanted
    raise ValueError(f"{day!r} is not a day: write it as 2026-12-18")


class Day(StrEnum):
    """A day of the week; `tuple(Day)[date.weekday()]` is the one of a date."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def read_days(value: object) -> tuple[Day, ...]:
    """`mon-fri`, `sat`, or a list of such; a span may pass the weekend: `fri-mon`."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise PydanticKnownError("tuple_type")
    days: set[Day] = set()
    for part in value:
        ends = str(part).split("-")
        if len(ends) > 2 or not all(end in set(Day) for end in ends):
            raise wrong(f"{part!r} is not a day: write {listed(Day)}, or a span such as mon-fri{meant(str(part), Day)}")
        first, last = (list(Day).index(Day(end)) for end in (ends[0], ends[-1]))
        days.update(list(Day)[(first + step) % 7] for step in range((last - first) % 7 + 1))
    return tuple(day for day in Day if day in days)


def read_hours(hours: str) -> tuple[time, time]:
    """`09:00-16:00` → when it opens and when it closes; 24:00 becomes 00:00, closing at or before opening is a day later."""
    match = _HOURS.fullmatch(hours)
    if not match:
        raise ValueError(f"{hours!r} are not hours: write for example 09:00-16:00, with two digits each, 24:00 at most")
    opens, closes = match.groups()
    if opens == closes:
        raise ValueError(f"{hours!r} is an empty span: write 00:00-24:00 for the whole day")
    return time.fromisoformat(opens), time.fromisoformat(closes.replace("24:00", "00:00"))


TimeZone = Annotated[str, text(read_timezone, str), with_schema(minLength=1, examples=["UTC", "Europe/Berlin"])]

Date = Annotated[date, text(read_date, date), with_schema(format="date", examples=["2026-12-18"])]

Days = Annotated[
    tuple[Day, ...],
    BeforeValidator(read_days),
    WithJsonSchema(
        {"type": ["string", "array"], "items": {"type": "string"}, "examples": ["mon-fri", ["mon", "wed-fri"]]}
    ),
]
