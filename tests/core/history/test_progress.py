"""What became of promotions between two looks."""

from datetime import timedelta

import pytest

from bot.core.history.progress import Ended, Ending, Waited, ended, since_when
from bot.core.plan import Severity, Verdict
from bot.core.state import PastPromotion, State
from bot.core.values.version import Version
from tests.builders import NOW, YESTERDAY, ago, arrival, environment_state, past, promotion, pull, state


def opened(number: int = 5) -> State:
    """A look at dev with an open promotion of two hours."""
    return state(environment_state("dev", promotion=promotion(pull=pull(number=number, created_at=ago(hours=2)))))


def closed(*was: PastPromotion) -> State:
    """A look at dev after it ended."""
    return state(environment_state("dev", past=was))


def end(of: PastPromotion) -> Ended | None:
    return next(ended(opened(), closed(of)), None)


def how(*, merged: bool = False, by_person: bool = False, by_machine: bool = False) -> Ending:
    found = end(PastPromotion(5, Version("v1.5.0"), merged, by_person, NOW, by_machine=by_machine))
    assert found is not None
    return found.ending


def test_a_promotion_ends_in_one_of_four_ways() -> None:
    assert how(merged=True) is Ending.MERGED
    assert how(by_person=True) is Ending.REJECTED
    assert how(by_machine=True) is Ending.CLOSED
    assert how() is Ending.SUPERSEDED


def test_nothing_ended_where_the_look_before_is_unknown_or_showed_no_promotion() -> None:
    assert list(ended(None, closed(past(number=5)))) == []
    assert list(ended(state(environment_state("dev")), closed(past(number=5)))) == []
    assert list(ended(state(environment_state("prod")), closed(past(number=5)))) == []


def test_a_promotion_that_is_still_open_or_is_listed_nowhere_has_not_ended() -> None:
    assert list(ended(opened(), opened())) == []
    assert list(ended(opened(5), closed(past(number=4)))) == []


def test_the_lead_time_begins_where_any_environment_first_ran_the_version() -> None:
    ran = environment_state("qa", arrivals=(arrival("v1.6.0", ago(minutes=1)), arrival("v1.5.0", YESTERDAY)))
    now = state(environment_state("dev", past=(past("v1.5.0", number=5, at=NOW, merged=True),)), ran)

    (found,) = ended(opened(), now)

    assert (found.proposed, found.opened, found.at) == (YESTERDAY, ago(hours=2), NOW)


def test_the_lead_time_begins_with_the_promotion_in_the_first_environment() -> None:
    found = end(past("v1.5.0", number=5, at=NOW, merged=True))

    assert found is not None
    assert found.proposed == ago(hours=2)


@pytest.mark.parametrize("severity", [Severity.WAITING, Severity.BLOCKED])
def test_a_gate_waits_from_the_first_look_that_saw_it_closed(severity: Severity) -> None:
    since, passed = since_when({}, (Verdict("soak", severity, "soak-running"),), NOW)
    assert (since, passed) == ({"soak": NOW}, ())

    later, passed = since_when(since, (Verdict("soak", severity, "soak-running"),), NOW + timedelta(hours=1))
    assert (later, passed) == ({"soak": NOW}, ())


def test_a_gate_that_passes_now_has_waited() -> None:
    since, passed = since_when({"soak": ago(minutes=30)}, (Verdict("soak", Severity.PASSED, "soak-served"),), NOW)

    assert (since, passed) == ({}, (Waited("soak", 1800),))


def test_a_gate_that_is_asked_no_longer_has_not_passed() -> None:
    assert since_when({"soak": ago(minutes=30)}, (), NOW) == ({}, ())
