"""What rejects a version: commands and actions of people; and what lifts a rejection."""

from typing import Any

import pytest

from bot.core.history.rejections import latest_arrival, rejection_of
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from tests.builders import (
    acceptance,
    actor,
    ago,
    application,
    arrival,
    environment_state,
    past,
    records,
    rejected,
    rejection,
    state,
    version,
)


def why(*had: Any, records: Records | None = None, **fields: Any) -> str | None:
    """Why v1.5.0 is rejected in dev, which had these versions, newest first, an hour each."""
    arrivals = tuple(
        each if not isinstance(each, str | None) else arrival(each, ago(hours=position + 1))
        for position, each in enumerate(had)
    )
    here = environment_state("dev", **{"arrivals": arrivals, **fields})
    found = rejection_of(application(), state(here, records=records or Records()), "dev", version("v1.5.0"))
    return found.how.partition(" in ")[0] if found else None


@pytest.mark.parametrize(
    ("had", "expected"),
    [
        ((), None),
        (("v1.4.0",), None),
        (("v1.5.0", "v1.4.0"), None),
        (("v1.6.0", "v1.5.0"), None),
        (("v1.4.0", "v1.5.0"), "replaced by the older v1.4.0 by alice"),
        (("v1.6.0", "v1.4.0", "v1.5.0"), "replaced by the older v1.4.0 by alice"),
        # Brought back since, it is wanted again; so is what left for a newer one the last time.
        (("v1.5.0", "v1.4.0", "v1.5.0"), None),
        (("v1.6.0", "v1.5.0", "v1.4.0", "v1.5.0"), None),
        # What the order cannot compare says nothing.
        (("debug", "v1.5.0"), None),
        # Moments in which no single version could be read are passed over.
        ((None, "v1.5.0"), None),
        (("v1.4.0", None, None, "v1.5.0"), "replaced by the older v1.4.0 by alice"),
    ],
)
def test_setting_an_older_version_rejects_the_newer_one(had: tuple[str | None, ...], expected: str | None) -> None:
    assert why(*had) == expected


def test_a_deleted_account_is_shown_as_somebody() -> None:
    assert why(arrival("v1.4.0", ago(hours=1), by=actor("")), "v1.5.0") == "replaced by the older v1.4.0 by somebody"


@pytest.mark.parametrize(
    ("at", "had", "expected"),
    [
        (ago(hours=1), ("v1.4.0",), "rejected by alice"),
        (ago(minutes=30), ("v1.5.0",), "rejected by alice"),
        (ago(hours=2), ("v1.5.0",), None),
    ],
)
def test_a_recorded_rejection_ends_when_the_version_is_brought_back(
    at: Any, had: tuple[str, ...], expected: str | None
) -> None:
    assert why(*had, records=rejected(rejection("v1.5.0", at=at))) == expected


def test_a_record_concerns_one_version_environment_and_application() -> None:
    assert why(records=rejected(rejection("v1.5.1"))) is None
    assert why(records=rejected(rejection("v1.5.0"), environment="prod")) is None
    assert why(records=rejected(rejection("v1.5.0"), application="api")) is None


@pytest.mark.parametrize(
    ("closed", "had", "expected"),
    [
        (past("v1.5.0", at=ago(minutes=30)), ("v1.4.0",), "pull request #5 was closed by a person"),
        # It ran there already: somebody took the bot's commits off the branch, and GitHub closed what was left.
        (past("v1.5.0", at=ago(minutes=30)), ("v1.5.0",), None),
        (past("v1.5.0", at=ago(hours=2)), ("v1.5.0",), None),
        (past("v1.5.0", at=ago(minutes=30), merged=True), ("v1.4.0",), None),
        (past("v1.6.0", at=ago(minutes=30)), ("v1.4.0",), None),
    ],
)
def test_a_promotion_closed_by_a_person_rejects_its_version(
    closed: Any, had: tuple[str, ...], expected: str | None
) -> None:
    assert why(*had, past=(closed,)) == expected


@pytest.mark.parametrize(("minutes", "wanted"), [(61, False), (60, True), (59, True)])
def test_an_acceptance_of_the_same_second_counts(minutes: int, wanted: bool) -> None:  # noqa: FBT001 -- a table
    """Records keep whole seconds: `/unreject` beside the merge that brought the older version back is after it."""
    accepted = EnvironmentRecords().with_acceptance("web", acceptance("v1.5.0", at=ago(minutes=minutes)))
    assert (why("v1.4.0", "v1.5.0", records=records(dev=accepted)) is None) is wanted


@pytest.mark.parametrize(
    ("complete", "had", "when"),
    [
        (True, ("v1.5.0", "v1.4.0"), 1),
        (False, ("v1.5.0", "v1.4.0"), 1),
        (True, ("v1.4.0", "v1.5.0"), 2),
        # The oldest that is known was there before: nobody knows since when.
        (False, ("v1.4.0", "v1.5.0"), None),
        (False, ("v1.5.0",), None),
        (False, (), None),
    ],
)
def test_when_a_version_arrived_last(complete: bool, had: tuple[str, ...], when: int | None) -> None:  # noqa: FBT001 -- a table
    arrivals = tuple(arrival(each, ago(hours=position)) for position, each in enumerate(had, 1))
    here = environment_state("dev", arrivals=arrivals, arrivals_complete=complete)
    came = latest_arrival(here, version("v1.5.0"))
    assert (came.at if came else None) == (ago(hours=when) if when else None)
