"""The clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.simulator.clock import START, Clock


def test_it_stands_still_until_advanced_and_reports_jumps() -> None:
    clock, heard = Clock(), list[datetime]()
    stop = clock.on_jump(heard.append)
    assert clock.now() == START
    clock.advance(timedelta(hours=4))
    clock.set(START + timedelta(hours=5))
    stop()
    clock.advance(timedelta(hours=1))
    assert heard == [START + timedelta(hours=4), START + timedelta(hours=5)]
    assert clock.now() == START + timedelta(hours=6)


def test_it_follows_another_clock() -> None:
    seconds = 100.0
    clock = Clock(elapsed=lambda: seconds)
    seconds = 130.0
    assert clock.now() == START + timedelta(seconds=30)
    clock.advance(timedelta(hours=1))
    seconds = 140.0
    assert clock.now() == START + timedelta(hours=1, seconds=40)


def test_it_never_runs_backwards() -> None:
    with pytest.raises(ValueError, match="time only moves forward"):
        Clock().advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="cannot go back"):
        Clock().set(START - timedelta(days=1))


def test_it_is_in_utc() -> None:
    berlin = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert Clock(berlin).now().isoformat() == "2026-01-01T00:00:00+00:00"
    with pytest.raises(ValueError, match="no time zone"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point
    assert Clock.ticking(datetime(2026, 1, 1, tzinfo=UTC)).now() >= datetime(2026, 1, 1, tzinfo=UTC)
