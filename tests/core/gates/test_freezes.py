"""The rows are those of `bot/core/gates/freezes.py`."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.gates import freezes
from bot.core.gates.question import Purpose
from bot.core.plan import Verdict
from tests.builders import environment, policy, question, said

HOLIDAYS = {"from": "2026-12-18", "to": "2027-01-04", "reason": "holidays"}
AUDIT = {"from": "2027-01-04", "to": "2027-01-06", "reason": "audit"}
AUTOMATIC, PROMOTE, ROLLBACK = Purpose


def ask(at: str, *given: dict[str, Any], purpose: Purpose = AUTOMATIC, **fields: Any) -> Verdict:
    rules = policy(environment(gates={"freezes": given}, **fields))
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return freezes.judge(question(purpose=purpose, policy=rules, now=now))


@pytest.mark.parametrize(
    ("at", "timezone", "expected"),
    [
        ("2026-12-17 23:59", "UTC", "passed no-freeze"),
        ("2026-12-18 00:00", "UTC", "waiting frozen"),
        ("2027-01-04 23:59", "UTC", "waiting frozen"),
        ("2027-01-05 00:00", "UTC", "passed no-freeze"),
        ("2026-12-17 23:00", "Europe/Berlin", "waiting frozen"),
        ("2027-01-04 23:00", "Europe/Berlin", "passed no-freeze"),
        ("2026-12-18 07:59", "America/Los_Angeles", "passed no-freeze"),
        ("2027-01-05 07:59", "America/Los_Angeles", "waiting frozen"),
    ],
)
def test_a_freeze_covers_whole_days_in_the_environments_zone(at: str, timezone: str, expected: str) -> None:
    assert said(ask(at, HOLIDAYS, timezone=timezone)) == expected


def test_without_freezes_it_passes() -> None:
    assert said(ask("2026-12-24 12:00")) == "passed no-freeze"


def test_a_freeze_says_until_when_and_why() -> None:
    verdict = ask("2026-12-24 12:00", HOLIDAYS, timezone="Europe/Berlin")

    assert verdict.facts == {"until": "2027-01-04 23:00 UTC", "reason": "holidays"}
    assert verdict.again_at == datetime(2027, 1, 4, 23, 0, tzinfo=UTC)


def test_the_later_end_of_two_freezes_counts() -> None:
    verdict = ask("2027-01-04 12:00", HOLIDAYS, AUDIT)

    assert verdict.facts == {"until": "2027-01-07 00:00 UTC", "reason": "holidays; audit"}


def test_a_freeze_without_a_reason_gives_none() -> None:
    assert ask("2026-12-24 12:00", {"from": "2026-12-24", "to": "2026-12-24"}).facts["reason"] == ""


def test_an_endless_freeze_has_no_next_look() -> None:
    for_good = {"from": "2026-01-01", "to": "9999-12-31"}
    verdict = ask("2026-12-24 12:00", for_good, timezone="America/Los_Angeles")

    assert said(verdict) == "waiting frozen"
    assert (verdict.again_at, verdict.facts["until"]) == (None, "9999-12-31")


@pytest.mark.parametrize(("purpose", "expected"), [(PROMOTE, "waiting frozen"), (ROLLBACK, "passed frozen-not-obeyed")])
def test_a_rollback_passes_with_a_note(purpose: Purpose, expected: str) -> None:
    assert said(ask("2026-12-24 12:00", HOLIDAYS, purpose=purpose)) == expected
