"""The rows are those of `bot/core/gates/hold.py`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.gates import hold as gate
from bot.core.gates.question import Purpose
from bot.core.records.branch import Doubt, Records
from bot.core.records.entries import Hold
from bot.core.records.environment import EnvironmentRecords
from tests.builders import NOW, ago, environment_state, hold, promotion, question, records, repository, said, state

AUTOMATIC, PROMOTE, ROLLBACK = Purpose


def held(*holds: Hold, environment: str = "dev") -> Records:
    return records(**{environment: EnvironmentRecords(holds=holds)})


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Records(), "passed not-held"),
        (held(hold()), "blocked held"),
        (held(hold(application="web")), "blocked held"),
        (held(hold(), environment="all"), "blocked held"),
        (held(hold(application="api")), "passed not-held"),
        (held(hold(), environment="prod"), "passed not-held"),
        (held(hold(until=NOW + timedelta(seconds=1))), "blocked held"),
        (held(hold(until=NOW)), "passed not-held"),
        (held(hold(until=ago(minutes=1))), "passed not-held"),
        (Records(problem="prod.yaml on gitops-state cannot be read: ..."), "blocked records-unreadable"),
        (Records(problem="...", doubt=Doubt.UNSIGNED), "blocked records-unreadable"),
        (Records(problem="...", doubt=Doubt.UNVERIFIED, until=NOW), "waiting records-unverified"),
        (Records(problem="...", doubt=Doubt.CONTESTED, strangers=("mallory", "")), "blocked records-contested"),
    ],
)
@pytest.mark.parametrize("purpose", [AUTOMATIC, PROMOTE])
def test_verdict_follows_the_records(kept: Records, expected: str, purpose: Purpose) -> None:
    assert said(gate.judge(question(purpose=purpose, state=state(records=kept)))) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        (Records(), "passed not-held"),
        (held(hold()), "passed held-not-obeyed"),
        (Records(problem="..."), "passed records-in-doubt"),
        (Records(problem="...", doubt=Doubt.CONTESTED), "passed records-in-doubt"),
    ],
)
def test_a_rollback_passes_with_a_note(kept: Records, expected: str) -> None:
    assert said(gate.judge(question(purpose=ROLLBACK, state=state(records=kept)))) == expected


@pytest.mark.parametrize(
    ("place", "purpose", "expected"),
    [
        ("dev", AUTOMATIC, "waiting hold-asked"),
        ("all", PROMOTE, "waiting hold-asked"),
        ("prod", AUTOMATIC, "passed not-held"),
        ("dev", ROLLBACK, "passed not-held"),
    ],
)
def test_a_hold_that_is_not_on_record_yet_is_waited_for(place: str, purpose: Purpose, expected: str) -> None:
    asked = replace(state(), unread_holds=((place, hold(by="sam")),))

    assert said(gate.judge(question(purpose=purpose, state=asked))) == expected
    on_record = replace(asked, records=held(hold()))
    assert said(gate.judge(question(purpose=AUTOMATIC, state=on_record))) == "blocked held"


LABELLED = repository(hold_issue=12)


@pytest.mark.parametrize(
    ("kept", "purpose", "expected", "holds"),
    [
        (Records(), AUTOMATIC, "blocked held", "held by the label gitops/hold on issue 12"),
        (held(hold()), PROMOTE, "blocked held", "held by alice; held by the label gitops/hold on issue 12"),
        (Records(), ROLLBACK, "passed held-not-obeyed", "held by the label gitops/hold on issue 12"),
        (Records(problem="..."), ROLLBACK, "passed held-not-obeyed", "held by the label gitops/hold on issue 12"),
    ],
)
def test_the_label_on_an_open_issue_holds_everything(
    kept: Records, purpose: Purpose, expected: str, holds: str
) -> None:
    verdict = gate.judge(question(purpose=purpose, state=state(records=kept, repository=LABELLED)))

    assert said(verdict) == expected
    assert verdict.facts == {"holds": holds}
    assert verdict.again_at is None


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [(AUTOMATIC, "blocked held"), (PROMOTE, "blocked held"), (ROLLBACK, "passed held-not-obeyed")],
)
def test_the_label_on_a_promotion_holds_that_promotion(purpose: Purpose, expected: str) -> None:
    """https://github.com/asyncapi/.github/issues/260: a label on the pull request itself is where people put it first."""
    labelled = promotion(labels=frozenset({"gitops/hold", "web"}))
    verdict = gate.judge(question(purpose=purpose, state=state(environment_state("dev", promotion=labelled))))

    assert said(verdict) == expected
    assert verdict.facts == {"holds": "held by the label gitops/hold on this pull request"}
    assert verdict.who == (() if purpose is ROLLBACK else ("people with triage permission, by removing the label",))


def test_who_may_remove_the_label_is_named() -> None:
    who = "people with triage permission, by removing the label from issue 12 or closing it"

    assert gate.judge(question(state=state(repository=LABELLED))).who == (who,)


def test_looks_again_when_the_first_of_several_ends() -> None:
    until = NOW + timedelta(hours=2)
    both = held(hold(until=until, reason="load test"), hold(by="bob", until=until + timedelta(hours=1)))
    verdict = gate.judge(question(state=state(records=both)))

    assert verdict.again_at == until
    assert verdict.facts["holds"] == (
        "held by alice until 2026-03-03 14:00 UTC: load test; held by bob until 2026-03-03 15:00 UTC"
    )
    assert verdict.who == ("alice, or a maintainer, using `/unhold dev`", "bob, or a maintainer, using `/unhold dev`")


@pytest.mark.parametrize(
    ("kept", "line"),
    [
        (held(hold()), "/unhold dev"),
        (held(hold(application="web")), "/unhold dev web"),
        (held(hold(), environment="all"), "/unhold all"),
    ],
)
def test_the_command_that_lifts_the_hold_is_named(kept: Records, line: str) -> None:
    assert gate.judge(question(state=state(records=kept))).who == (f"alice, or a maintainer, using `{line}`",)


def test_a_hold_without_an_end_has_no_next_look() -> None:
    assert gate.judge(question(state=state(records=held(hold())))).again_at is None


def test_contested_records_name_their_authors_and_the_next_try() -> None:
    """And when the bot undoes it once more."""
    kept = Records(problem="...", doubt=Doubt.CONTESTED, strangers=("mallory", ""), until=NOW)

    verdict = gate.judge(question(state=state(records=kept)))

    assert verdict.again_at == NOW
    assert verdict.who == (
        "mallory, by no longer pushing to gitops-state",
        "an admin, with a ruleset that lets only the bot push to gitops-state",
    )
