"""The oracle's own reading of windows and freezes, by examples that are worked out by hand."""

from datetime import UTC, datetime

import pytest

from tests.simulation.places import is_frozen, is_in_window
from tests.simulation.reading import Policy


def _policy(gates: dict[str, object], **environment: object) -> Policy:
    return Policy({"applications": {"web": {}}, "environments": {"prod": {"gates": gates, **environment}}})


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "open_at", "closed_at"),
    [
        ({"hours": "08:00-10:00"}, ("2026-11-24T08:00", "2026-11-24T09:59"), ("2026-11-24T07:59", "2026-11-24T10:00")),
        ({"hours": "22:00-04:00", "days": "tue"}, ("2026-11-24T23:00", "2026-11-25T03:59"), ("2026-11-24T03:00",)),
        ({"hours": "09:00-10:00", "timezone": "Europe/Berlin"}, ("2026-11-24T08:30",), ("2026-11-24T09:30",)),
        ({"days": ["mon-wed", "sat"]}, ("2026-11-25T23:59", "2026-11-28T00:00"), ("2026-11-26T00:00",)),
    ],
)
def test_a_window_is_open_at_its_hours(
    window: dict[str, object], open_at: tuple[str, ...], closed_at: tuple[str, ...]
) -> None:
    policy = _policy({"windows": [window]})

    assert all(is_in_window(policy, "prod", "web", at=_at(each)) for each in open_at)
    assert not any(is_in_window(policy, "prod", "web", at=_at(each)) for each in closed_at)


def test_a_freeze_covers_whole_days_of_its_time_zone() -> None:
    policy = _policy({"freezes": [{"from": "2026-11-24", "to": "2026-11-25"}]}, timezone="Pacific/Kiritimati")

    assert [is_frozen(policy, "prod", "web", at=_at(f"2026-11-{day}T{hour}")) for day, hour in (
        (23, "09:59"), (23, "10:00"), (25, "09:59"), (25, "10:00"),
    )] == [False, True, True, False]  # fmt: skip


def test_without_windows_and_freezes_every_hour_will_do() -> None:
    policy = _policy({})

    assert is_in_window(policy, "prod", "web", at=_at("2026-11-24T03:00"))
    assert not is_frozen(policy, "prod", "web", at=_at("2026-11-24T03:00"))
