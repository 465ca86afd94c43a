"""When our check run is created anew: https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.commits import Outcome, Report
from bot.core.observation.repository import Protection
from bot.core.plan import CheckOutcome, ReportCheck
from bot.core.promotion.check_renewal import AGAIN, due_at, is_created_anew
from tests.builders import (
    APP_ID,
    NOW,
    ago,
    commit,
    environment,
    environment_state,
    policy,
    promotion,
    question,
    report,
    repository,
    state,
)

OLD: dict[str, Any] = {"at": ago(minutes=5), "asked_again": True}
YOUNG: dict[str, Any] = {"at": ago(seconds=30), "asked_again": True}


def own(outcome: Outcome = Outcome.SUCCESS, **fields: Any) -> Report:
    return report(OWN_CHECK, outcome, app_id=APP_ID, node_id="CR_1", **fields)


@pytest.mark.parametrize(
    ("fields", "outcome", "expected"),
    [
        ({}, CheckOutcome.SUCCESS, False),
        (OLD, CheckOutcome.SUCCESS, True),
        (YOUNG, CheckOutcome.SUCCESS, False),
        # It was created because somebody asked, and its suite still looks as if somebody did.
        ({**OLD, "says": f"1a2b{AGAIN}"}, CheckOutcome.SUCCESS, False),
        ({**OLD, "says": f"1a2b{AGAIN}", "at": ago(hours=1)}, CheckOutcome.SUCCESS, True),
        ({"asked_again": True, "at": None}, CheckOutcome.SUCCESS, True),
        ({"since": ago(days=11)}, CheckOutcome.RUNNING, False),
        ({"since": ago(days=12)}, CheckOutcome.RUNNING, True),
        ({"since": ago(days=12)}, CheckOutcome.SUCCESS, False),
        ({"since": None}, CheckOutcome.RUNNING, False),
    ],
)
def test_created_anew(fields: dict[str, Any], outcome: CheckOutcome, expected: bool) -> None:  # noqa: FBT001 -- a column
    assert is_created_anew(own(**fields), outcome, NOW) is expected


def reported(present: Report) -> ReportCheck:
    """Return the check run of a promotion that waits for a required check, where this one is there already."""
    here = environment_state("dev", promotion=promotion(head=commit("promotion", present)))
    rules = repository(protection=Protection(required_checks=frozenset({"never"})))
    plan = decide(state(here, repository=rules), policy(environment()), NOW)
    (found,) = (each for each in plan.actions if isinstance(each, ReportCheck))
    return found


def test_what_is_created_because_people_asked_says_so_and_is_left_alone_then() -> None:
    first = reported(own(**OLD))
    assert first.check_id is None
    assert first.says.endswith(AGAIN)

    created = own(Outcome.PENDING, at=ago(minutes=1), since=ago(minutes=1), says=first.says, asked_again=True)

    with pytest.raises(ValueError, match="not enough values"):
        reported(created)


def test_what_is_created_because_it_is_old_does_not() -> None:
    old = reported(own(Outcome.PENDING, since=ago(days=12)))

    assert (old.check_id, old.says.endswith(AGAIN)) == (None, False)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], None),
        ([own()], None),
        ([own(Outcome.PENDING, since=None)], None),
        ([own(Outcome.PENDING, since=ago(days=10))], NOW + timedelta(days=2)),
        ([own(Outcome.PENDING, since=ago(days=20))], NOW),
        ([own(**YOUNG)], NOW + timedelta(seconds=30)),
        ([own(**OLD)], NOW),
        ([own(**OLD, says=f"1a2b{AGAIN}")], NOW + timedelta(minutes=55)),
        ([own(asked_again=True, at=None)], None),
    ],
)
def test_when_to_look_again(reports: list[Report], expected: datetime | None) -> None:
    here = environment_state("dev", promotion=promotion(head=commit("promotion", *reports)))

    assert due_at(question(state=state(here))) == expected


def test_without_a_promotion_there_is_no_check() -> None:
    assert due_at(question()) is None
