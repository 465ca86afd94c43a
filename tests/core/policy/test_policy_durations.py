"""Durations as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.values.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("1h30m", timedelta(minutes=90)),
        ("1w2d3h4m5s", timedelta(days=9, hours=3, minutes=4, seconds=5)),
        ("90s", timedelta(seconds=90)),
    ],
)
def test_durations_are_parsed(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "0m", "30", "m", "30 m", "30M", "30m1h", "30m30m", "-1h", "1.5h", "1h\n", "9999999s", "१m"]
)
def test_invalid_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a length of time: write for example 30m, 4h, 2d or 1h30m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(weeks=2), "14d"),
        (timedelta(seconds=1, milliseconds=900), "1s"),
        (timedelta(days=1, seconds=1), "1d1s"),
    ],
)
def test_durations_are_formatted(length: timedelta, text: str) -> None:
    assert format_duration(length) == text


def test_a_negative_duration_raises() -> None:
    with pytest.raises(ValueError, match="is negative"):
        format_duration(timedelta(seconds=-1))


@given(st.integers(1, 999_999 * 86_400))
def test_a_formatted_duration_parses_to_the_same(seconds: int) -> None:
    length = timedelta(seconds=seconds)

    assert parse_duration(format_duration(length)) == length
