"""The rows are those of `bot/core/gates/windows.py`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.gates import windows
from bot.core.gates.question import Purpose
from bot.core.plan import Verdict
from tests.builders import environment, policy, question, said

OFFICE = {"days": "mon-fri", "hours": "09:00-16:00", "timezone": "Europe/Berlin"}
NIGHT = {"days": "fri", "hours": "22:00-04:00", "timezone": "Europe/Berlin"}
AUTOMATIC, PROMOTE, ROLLBACK = Purpose


def ask(at: str, *given: dict[str, Any], purpose: Purpose = AUTOMATIC, **fields: Any) -> Verdict:
    rules = policy(environment(gates={"windows": given}, **fields))
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return windows.judge(question(purpose=purpose, policy=rules, now=now))


def test_without_windows_it_passes() -> None:
    assert said(ask("2026-03-03 03:00")) == "passed always-open"


@pytest.mark.parametrize(
    ("at", "window", "expected"),
    [
        # 2026-03-03 is a Tuesday; Berlin is an hour ahead of UTC in winter, two in summer.
        ("2026-03-03 07:59", OFFICE, "2026-03-03 08:00"),
        ("2026-03-03 08:00", OFFICE, "open"),
        ("2026-03-03 14:59", OFFICE, "open"),
        ("2026-03-03 15:00", OFFICE, "2026-03-04 08:00"),
        ("2026-03-06 15:00", OFFICE, "2026-03-09 08:00"),
        ("2026-03-07 10:00", OFFICE, "2026-03-09 08:00"),
        # Over the night in which the clocks go forward (2026-03-29), and back (2026-10-25).
        ("2026-03-27 16:00", OFFICE, "2026-03-30 07:00"),
        ("2026-10-23 16:00", OFFICE, "2026-10-26 08:00"),
        # Past midnight it belongs to the day on which it opens.
        ("2026-03-06 20:59", NIGHT, "2026-03-06 21:00"),
        ("2026-03-06 21:00", NIGHT, "open"),
        ("2026-03-07 02:59", NIGHT, "open"),
        ("2026-03-07 03:00", NIGHT, "2026-03-13 21:00"),
        ("2026-03-06 01:00", NIGHT, "2026-03-06 21:00"),
        # In the night that is an hour shorter, two to three o'clock does not exist.
        ("2026-03-29 00:59", {"days": "sun", "hours": "02:00-03:00", "timezone": "Europe/Berlin"}, "2026-04-05 00:00"),
        ("2026-03-29 00:59", {"days": "sun", "hours": "01:00-04:00", "timezone": "Europe/Berlin"}, "open"),
        ("2026-03-29 02:00", {"days": "sun", "hours": "01:00-04:00", "timezone": "Europe/Berlin"}, "2026-04-04 23:00"),
        # In the one that is an hour longer, it is two o'clock twice.
        ("2026-10-25 01:30", {"days": "sun", "hours": "02:00-03:00", "timezone": "Europe/Berlin"}, "open"),
        # Whole days, other zones, no zone.
        ("2026-03-03 23:59", {"days": "tue"}, "open"),
        ("2026-03-04 00:00", {"days": "tue"}, "2026-03-10 00:00"),
        ("2026-03-03 23:30", {"hours": "22:00-24:00"}, "open"),
        ("2026-03-02 15:00", {"days": "tue", "timezone": "Asia/Tokyo"}, "open"),
        ("2026-03-03 15:00", {"days": "tue", "timezone": "Asia/Tokyo"}, "2026-03-09 15:00"),
    ],
)
def test_verdict_follows_the_hours(at: str, window: dict[str, Any], expected: str) -> None:
    verdict = ask(at, window)

    if expected == "open":
        assert said(verdict) == "passed window-open"
    else:
        assert said(verdict) == "waiting window-closed"
        assert verdict.again_at == datetime.fromisoformat(expected).replace(tzinfo=UTC)
        assert verdict.facts == {"until": f"{expected} UTC"}


def test_a_window_without_a_zone_has_the_environments() -> None:
    local = {"days": "mon-fri", "hours": "09:00-16:00"}

    assert said(ask("2026-03-03 08:30", local, timezone="Europe/Berlin")) == "passed window-open"
    assert said(ask("2026-03-03 08:30", local)) == "waiting window-closed"


def test_one_open_window_is_enough_and_the_next_one_is_named() -> None:
    assert said(ask("2026-03-07 01:00", OFFICE, NIGHT)) == "passed window-open"
    assert ask("2026-03-06 16:00", OFFICE, NIGHT).facts["until"] == "2026-03-06 21:00 UTC"


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [(PROMOTE, "waiting window-closed"), (ROLLBACK, "passed window-not-obeyed")],
)
def test_a_rollback_passes_with_a_note(purpose: Purpose, expected: str) -> None:
    assert said(ask("2026-03-07 10:00", OFFICE, purpose=purpose)) == expected


def test_a_window_without_days_never_opens() -> None:
    verdict = ask("2026-03-03 10:00", {"days": []})

    assert said(verdict) == "waiting window-closed"
    assert (verdict.again_at, verdict.facts["until"]) == (None, "")
