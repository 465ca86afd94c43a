"""Lengths of time as people write them: `30m`, `4h`, `2d`, `1h30m`."""

import re
from datetime import timedelta

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}

# The largest unit first and each at most once, so that a length has few spellings. Six digits keep the sum a timedelta.
_PATTERN = re.compile("".join(f"(?:(?P<{name}>[0-9]{{1,6}}){unit})?" for unit, name in UNITS.items()))


def parse_duration(text: str) -> timedelta:
    """`1h30m` → 90 minutes. Raises ValueError, with a sentence for people, for anything else and for nothing at all."""
    match = _PATTERN.fullmatch(text)
    length = timedelta(**{name: int(count) for name, count in match.groupdict("0").items()}) if match else timedelta()
    if not length:
        raise ValueError(f"{text!r} is not a length of time: write for example 30m, 4h, 2d or 1h30m")
    return length


def format_duration(length: timedelta) -> str:
    """90 minutes → `1h30m`; whole seconds, the rest is cut off; `0s` for nothing. Reads back as the same length.

    Weeks are written as days, because `14d` is what people say. Raises ValueError for a negative length.
    """
    if length < timedelta():
        raise ValueError(f"{length} is negative")
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"
