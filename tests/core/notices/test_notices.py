"""What people hear of outside GitHub."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates import GATES
from bot.core.notices.occasions import FAILURES, REVIEWS, occasion_of
from bot.core.observation.pull_request import LastPage
from bot.core.pages.parts.sentences import SENTENCES
from bot.core.plan import Severity, Verdict
from bot.core.policy import Approvals, Gates, Merge, Mode
from bot.core.policy.environment import Freeze
from bot.core.policy.notifications import Route
from bot.core.records.entries import RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState, PastPromotion
from bot.core.values.notice import Notice, Occasion
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    actor,
    ago,
    environment,
    environment_state,
    hold,
    policy,
    promotion,
    pull,
    records,
    request,
    requested,
    state,
)

EVERYWHERE = (Route(to=("releases",)),)
APPROVED = Gates(approvals=Approvals(count=1, from_=("@acme/sre",)))


def told(here: EnvironmentState, *, given: dict[str, Any] | None = None, **fields: Any) -> list[Notice]:
    """What is told of dev."""
    dev = environment("dev", **{"notify": EVERYWHERE, **fields})
    return list(decide(state(here, **(given or {})), policy(dev), NOW).notices)


def heard(notices: list[Notice]) -> list[tuple[Occasion, str]]:
    return [(each.occasion, each.said) for each in notices]


def opened(**fields: Any) -> EnvironmentState:
    """Dev with a promotion to v1.5.0, opened an hour ago."""
    given = {"created_at": ago(hours=1), "title": "dev: web v1.4.0 → v1.5.0", **fields}
    return environment_state("dev", promotion=promotion("v1.5.0", pull=pull(**given)))


def ended(*, merged: bool = True, title: str = "dev: web v1.4.0 → v1.5.0", **fields: Any) -> EnvironmentState:
    page = LastPage("PR_5", title, "") if title else None
    given: dict[str, Any] = {"by_person": not merged, "closed_at": ago(hours=1), "page": page, **fields}
    return environment_state("dev", "v1.5.0", past=(PastPromotion(5, Version("v1.5.0"), merged, **given),))


def test_an_open_promotion_is_told_with_its_change_and_where_it_is() -> None:
    first, *_ = told(opened())

    assert (first.occasion, first.mark, first.said) == (Occasion.OPENED, "opened", "Opened.")
    assert (first.sink, first.promotion) == ("releases", "acme/deploy#7")
    assert (first.application, first.environment, first.change) == ("web", "dev", "dev: web v1.4.0 → v1.5.0")
    assert first.at == ago(hours=1)


def test_who_asked_for_it_is_told() -> None:
    given = {"records": requested(request("v1.5.0"))}
    assert told(opened(), given=given)[0].said == "Opened. alice asked for it."


def test_a_rollback_says_that_it_takes_something_back() -> None:
    given = {"records": requested(request("v1.5.0", RequestKind.ROLLBACK))}
    assert told(opened(), given=given)[0].said.startswith("Takes it back.")


def test_a_missing_approval_waits_for_those_who_may_give_it() -> None:
    *_, waits = told(opened(), gates=APPROVED, given={"teams": {"acme/sre": frozenset({"sam"})}})

    assert waits.occasion is Occasion.WAITS
    assert waits.said.startswith("Approvals: waiting for 1 approval from acme/sre")
    assert waits.who == "acme/sre"
    assert waits.mark == "waits:v1.5.0:approvals:approvals-missing"


def test_a_person_who_has_to_merge_is_told_when_every_gate_passes() -> None:
    *_, waits = told(opened(), merge=Merge.MANUAL)

    assert heard([waits]) == [(Occasion.WAITS, "Every gate passes. A person merges it.")]


def test_nobody_hears_that_the_bot_merges_by_itself() -> None:
    assert [each.occasion for each in told(opened())] == [Occasion.OPENED]


def test_what_time_alone_changes_is_not_told() -> None:
    frozen = Gates(freezes=(Freeze(**{"from": NOW.date(), "to": NOW.date()}),))

    assert [each.occasion for each in told(opened(), gates=frozen)] == [Occasion.OPENED]


def test_a_hold_is_told() -> None:
    held = {"records": records(dev=EnvironmentRecords(holds=(hold(),)))}
    *_, last = told(opened(), given=held)

    assert last.occasion is Occasion.HELD


def test_the_same_look_makes_the_same_notices() -> None:
    """Marks do not depend on the moment, or each pass would tell everything again."""
    dev = environment("dev", notify=EVERYWHERE, gates=APPROVED)
    now, later = (
        decide(state(opened()), policy(dev), NOW + wait).notices for wait in (timedelta(), timedelta(minutes=5))
    )

    assert [each.mark for each in now] == [each.mark for each in later]


def test_a_merge_is_told_with_who_did_it() -> None:
    assert heard(told(ended(ended_by=actor("dana")))) == [(Occasion.MERGED, "Merged by dana.")]
    assert heard(told(ended(ended_by=None))) == [(Occasion.MERGED, "Merged.")]


def test_a_merged_rollback_is_one() -> None:
    (notice,) = told(ended(title="dev: web v1.6.0 → v1.5.0 (rollback)"))

    assert notice.occasion is Occasion.ROLLED_BACK


@pytest.mark.parametrize(
    ("version", "change"), [(Version("v1.5.0"), "dev: web → v1.5.0"), (None, "dev: web → a version")]
)
def test_an_older_merge_whose_page_was_not_read_says_what_came(version: Version | None, change: str) -> None:
    past = PastPromotion(5, version, merged=True, by_person=False, closed_at=ago(hours=1))
    (notice,) = told(environment_state("dev", "v1.5.0", past=(past,)))

    assert notice.change == change


def test_what_people_closed_and_what_is_older_than_a_day_is_not_told() -> None:
    assert told(ended(merged=False)) == []
    assert told(ended(closed_at=ago(hours=25))) == []
    assert told(opened(created_at=ago(hours=25))) == []


def test_a_promotion_of_another_version_than_the_chosen_one_is_told_after_its_update() -> None:
    other = environment_state("dev", promotion=promotion("v1.4.5", pull=pull(created_at=ago(hours=1))))

    assert told(other) == []


def test_a_route_hears_of_its_occasions_and_each_sink_once() -> None:
    notify = (
        Route(to=("releases", "ops"), about=(Occasion.OPENED,)),
        Route(to=("ops",), about=(Occasion.OPENED, Occasion.WAITS)),
    )
    found = told(opened(), notify=notify, merge=Merge.MANUAL)

    assert [(each.sink, each.occasion) for each in found] == [
        ("releases", Occasion.OPENED),
        ("ops", Occasion.OPENED),
        ("ops", Occasion.WAITS),
    ]


def test_without_a_route_and_in_observe_mode_nothing_is_told() -> None:
    assert told(opened(), notify=()) == []
    dev = environment("dev", notify=EVERYWHERE)
    assert decide(state(opened()), policy(dev, mode=Mode.OBSERVE), NOW).notices == ()


@pytest.mark.parametrize(
    ("verdict", "occasion"),
    [
        (Verdict("soak", Severity.WAITING, "soak-running"), None),
        (Verdict("hold", Severity.BLOCKED, "held"), Occasion.HELD),
        (Verdict("approvals", Severity.BLOCKED, "draft"), Occasion.WAITS),
        (Verdict("protection", Severity.BLOCKED, "review-required"), Occasion.WAITS),
        (Verdict("checks", Severity.BLOCKED, "checks-failed"), Occasion.FAILED),
        (Verdict("refused", Severity.BLOCKED, "github-refused"), Occasion.FAILED),
        (Verdict("image", Severity.BLOCKED, "tag-moved"), Occasion.BLOCKED),
    ],
)
def test_each_answer_has_its_occasion(verdict: Verdict, occasion: Occasion | None) -> None:
    assert occasion_of(verdict) is occasion


def test_the_codes_that_have_an_occasion_of_their_own_exist() -> None:
    assert SENTENCES.keys() >= FAILURES
    assert {code for gate in GATES for code in gate.sentences} >= REVIEWS
