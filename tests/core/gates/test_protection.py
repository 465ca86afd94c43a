"""The rows are those of `bot/core/gates/protection.py`."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.core.gates import protection
from bot.core.gates.question import Purpose
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import Mergeable, PullList, ReviewState
from bot.core.observation.repository import Protection
from bot.core.plan import Verdict
from tests.builders import (
    APP_ID,
    NOW,
    ago,
    commit,
    environment,
    environment_state,
    policy,
    promotion,
    pull,
    question,
    report,
    repository,
    request,
    review,
    said,
    state,
)

FAILED, PENDING = Outcome.FAILURE, Outcome.PENDING
OWN = protection.OWN_CHECK


def ask(*reports: Any, rules: Protection | None = None, **fields: Any) -> Verdict:
    opened = promotion(head=commit("promotion", *reports), **fields)
    seen = state(environment_state("dev", promotion=opened), repository=repository(protection=rules or Protection()))
    return protection.judge(question(state=seen))


def required(*names: str, **fields: Any) -> Protection:
    return Protection(required_checks=frozenset(names), **fields)


def test_without_a_pull_request_it_passes() -> None:
    assert said(protection.judge(question())) == "waiting no-pull"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "passed github-content"),
        ({"merge_state": "UNSTABLE"}, "passed github-content"),
        ({"mergeable": Mergeable.CONFLICTING, "merge_state": "DIRTY"}, "waiting conflict"),
        ({"mergeable": Mergeable.CONFLICTING, "rules": required("ci")}, "waiting conflict"),
        ({"review_decision": "REVIEW_REQUIRED", "merge_state": "BLOCKED"}, "blocked review-required"),
        ({"review_decision": "CHANGES_REQUESTED", "merge_state": "BLOCKED"}, "blocked review-required"),
        ({"review_decision": "APPROVED"}, "passed github-content"),
        ({"merge_state": "BEHIND"}, "waiting behind"),
        ({"mergeable": Mergeable.UNKNOWN, "merge_state": "UNKNOWN"}, "waiting not-computed"),
        ({"merge_state": "BLOCKED"}, "waiting github-blocked"),
        # A merge queue has GitHub call everything blocked, and brings the branch up to date by itself.
        ({"merge_state": "BLOCKED", "rules": Protection(merge_queue=True)}, "passed github-content"),
        ({"merge_state": "BEHIND", "rules": Protection(merge_queue=True)}, "passed github-content"),
        # Our own check is required and has not succeeded: that is why GitHub calls it blocked.
        ({"merge_state": "BLOCKED", "rules": required(OWN)}, "passed github-content"),
        ({"merge_state": "BLOCKED", "rules": required(OWN), "own": FAILED}, "passed github-content"),
        # It has succeeded: something else blocks.
        ({"merge_state": "BLOCKED", "rules": required(OWN), "own": Outcome.SUCCESS}, "waiting github-blocked"),
    ],
)
def test_verdict_follows_githubs_merge_state(fields: dict[str, Any], expected: str) -> None:
    known = dict(fields)
    own = known.pop("own", None)
    assert said(ask(*([report(OWN, own, app_id=APP_ID)] if own else []), **known)) == expected


@pytest.mark.parametrize(("is_queued", "head_green"), [(False, True), (True, False), (True, True)])
def test_a_queue_that_merges_when_the_last_entry_is_green(is_queued: bool, head_green: bool) -> None:  # noqa: FBT001 -- columns
    """iotaledger/iota#12491: a failed check run does not keep a promotion from being merged there."""
    verdict = ask(rules=Protection(merge_queue=True, head_green=head_green), is_queued=is_queued)

    assert said(verdict) == "passed github-content"
    assert ("last entry is green" in verdict.facts["queue"]) is (is_queued and head_green)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"unread": frozenset({PullList.REVIEWS, PullList.LABELS})}, "blocked pull-unread"),
        ({"rules": Protection(is_whole=False)}, "blocked rules-unread"),
        # Neither is a rollback that may bypass GitHub's rules: it still obeys a label, if anybody put one on.
        ({"unread": frozenset({PullList.COMMITS}), "mergeable": Mergeable.CONFLICTING}, "blocked pull-unread"),
    ],
)
def test_what_was_not_read_may_be_there(fields: dict[str, Any], expected: str) -> None:
    assert said(ask(**fields)) == expected


@pytest.mark.parametrize(
    ("reports", "complete", "expected"),
    [
        ([], True, "waiting required-pending"),
        ([], False, "blocked required-unread"),
        ([report("ci")], False, "passed github-content"),
        ([report("ci", FAILED)], False, "blocked required-failed"),
    ],
)
def test_a_required_check_among_more_than_was_read(reports: list[Any], complete: bool, expected: str) -> None:  # noqa: FBT001 -- a column
    """flowglad/onton#380"""
    head = replace(commit("promotion", *reports), reports_complete=complete)
    seen = state(
        environment_state("dev", promotion=promotion(head=head)), repository=repository(protection=required("ci"))
    )

    verdict = protection.judge(question(state=seen))

    assert said(verdict) == expected


def test_a_state_older_than_our_check_is_read_again_soon() -> None:
    """GitHub computes it anew with each check; what it says five minutes later is its answer."""
    for minutes, wait in ((0, timedelta(seconds=5)), (6, timedelta(minutes=5))):
        own = report(OWN, app_id=APP_ID, at=ago(minutes=minutes))
        assert ask(own, rules=required(OWN), merge_state="BLOCKED").again_at == NOW + wait


@pytest.mark.parametrize(
    ("says", "fields", "expected"),
    [
        (f"{protection.QUEUED}1a2b", {}, "blocked queue-left"),
        (f"{protection.QUEUED}1a2b", {"is_queued": True}, "passed github-content"),
        (f"{protection.QUEUED}1a2b", {"rules": Protection()}, "passed github-content"),
        ("1a2b", {}, "passed github-content"),
    ],
)
def test_verdict_after_leaving_the_merge_queue(says: str, fields: dict[str, Any], expected: str) -> None:
    """Whatever the titles of check runs say today."""
    own = report(OWN, Outcome.SUCCESS, "any title", app_id=APP_ID, says=says)
    assert said(ask(own, **{"rules": Protection(merge_queue=True), **fields})) == expected


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], "waiting required-pending"),
        ([report("ci", PENDING)], "waiting required-pending"),
        ([report("ci", FAILED)], "blocked required-failed"),
        ([report("ci")], "passed github-content"),
        ([report("ci"), report("optional", FAILED)], "passed github-content"),
        # Anybody who may write can add a status of the same name: it does not stand for the check run.
        ([report("ci", FAILED, app_id=7), report("ci")], "blocked required-failed"),
        ([report("ci"), report("ci", FAILED, app_id=7)], "blocked required-failed"),
        ([report("ci", PENDING, app_id=7), report("ci")], "waiting required-pending"),
    ],
)
def test_verdict_follows_the_required_checks(reports: list[Any], expected: str) -> None:
    assert said(ask(*reports, rules=required("ci", OWN))) == expected


def test_missing_checks_are_named_except_our_own() -> None:
    verdict = ask(report("a", PENDING), report("c"), rules=required("a", "b", "c", OWN))

    assert verdict.facts["checks"] == "a, b"


@pytest.mark.parametrize(
    ("wanted", "shown"), [(0, "1 approving review"), (1, "1 approving review"), (2, "2 approving reviews")]
)
def test_the_number_of_missing_reviews_is_named(wanted: int, shown: str) -> None:
    verdict = ask(review_decision="REVIEW_REQUIRED", rules=Protection(required_approvals=wanted))

    assert verdict.facts["reviews"] == shown


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([report("ci", app_id=7)], "passed github-content"),
        ([report("ci", app_id=8)], "waiting required-pending"),
        ([report("ci"), report("ci", FAILED, app_id=8), report("ci", app_id=7)], "passed github-content"),
        ([report("ci", FAILED, app_id=7)], "blocked required-failed"),
    ],
)
def test_a_rule_with_an_app_counts_only_its_report(reports: list[Any], expected: str) -> None:
    verdict = ask(*reports, rules=required("ci", check_apps={"ci": 7}))

    assert said(verdict) == expected
    assert verdict.facts.get("checks", "ci (by App 7)") == "ci (by App 7)"


OWNERS = Protection(required_approvals=1, code_owners=True)


@pytest.mark.parametrize(
    ("rules", "fields", "facts", "who"),
    [
        (Protection(), {}, {"reviews": "1 approving review"}, "reviewers with write permission"),
        (
            Protection(required_approvals=2),
            {"reviews": [review("bob"), review("carol", can_push=False)]},
            {"reviews": "2 approving reviews", "given": "bob"},
            "reviewers with write permission",
        ),
        (
            Protection(required_approvals=2),
            {"reviews": [review("bob"), review("alice", ReviewState.CHANGES_REQUESTED)]},
            {"given": "bob", "changes": "alice"},
            "alice",
        ),
        (OWNERS, {}, {"reviews": "1 approving review", "owners": ""}, "the code owners of the changed files"),
        (
            OWNERS,
            {"reviews": [review("bob")], "owners_asked": ("@acme/web", "@alice")},
            {"reviews": "a code owner's approval", "owners": "@acme/web, @alice"},
            "@acme/web, @alice",
        ),
        # They were asked, but no rule waits for them.
        (Protection(), {"owners_asked": ("@acme/web",)}, {"owners": ""}, "reviewers with write permission"),
    ],
)
def test_missing_code_owners_are_named(rules: Protection, fields: Any, facts: dict[str, str], who: str) -> None:
    shown = pull(review_decision="REVIEW_REQUIRED", **{**fields, "reviews": tuple(fields.get("reviews", ()))})
    opened = promotion(pull=shown)
    seen = state(environment_state("dev", promotion=opened), repository=repository(protection=rules))
    verdict = protection.judge(question(state=seen))

    assert said(verdict) == "blocked review-required"
    assert facts.items() <= verdict.facts.items()
    assert verdict.who == (who,)


@pytest.mark.parametrize(
    ("asked", "threads", "expected"),
    [(True, 2, "2 are open"), (True, 1, "one is open"), (True, 0, ""), (False, 1, "")],
)
def test_unresolved_conversations_block(asked: bool, threads: int, expected: str) -> None:  # noqa: FBT001 -- a column
    verdict = ask(rules=Protection(conversations=asked), open_threads=threads)

    assert said(verdict) == ("blocked conversation-open" if expected else "passed github-content")
    assert verdict.facts.get("count", "") == expected


def test_an_unexplained_block_names_githubs_other_rules() -> None:
    rules = Protection(deployments=frozenset({"qa"}), others=frozenset({"REQUIRED_SIGNATURES", "MAX_FILE_SIZE"}))
    verdict = ask(rules=rules, merge_state="BLOCKED")

    assert verdict.facts["rules"] == "a deployment to qa, max file size, signed commits"


def test_a_computed_state_is_read_again_soon() -> None:
    assert ask(mergeable=Mergeable.UNKNOWN).again_at == NOW + timedelta(seconds=5)
    assert ask(merge_state="BLOCKED").again_at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("bypass", "purpose", "expected"),
    [
        (True, Purpose.ROLLBACK, "passed bypassed"),
        (False, Purpose.ROLLBACK, "blocked review-required"),
        (True, Purpose.PROMOTE, "blocked review-required"),
    ],
)
def test_only_a_rollback_may_bypass_and_only_by_policy(
    bypass: bool,  # noqa: FBT001
    purpose: Purpose,
    expected: str,
) -> None:
    rules = policy(environment(rollback={"bypass": bypass}))
    opened = environment_state("dev", promotion=promotion(review_decision="REVIEW_REQUIRED"))

    assert said(protection.judge(question(purpose=purpose, policy=rules, state=state(opened)))) == expected


def test_nothing_is_bypassed_right_after_a_push() -> None:
    """For a moment after a push GitHub shows the branch moved and the pull request, with its files, not yet."""
    rules = policy(environment(rollback={"bypass": True}))
    opened = environment_state("dev", promotion=promotion(mergeable=Mergeable.UNKNOWN))
    asked = question(purpose=Purpose.ROLLBACK, policy=rules, state=state(opened))

    assert said(protection.judge(asked)) == "waiting not-computed"


@pytest.mark.parametrize(
    ("head", "base", "expected"),
    [
        (None, None, protection.SOON),
        (ago(seconds=4), ago(hours=3), protection.SOON),
        (ago(minutes=4), ago(hours=3), timedelta(minutes=2)),
        (ago(hours=2), ago(seconds=4), protection.SOON),
        (ago(hours=2), ago(hours=3), protection.LATER),
        (ago(hours=2), ago(hours=-3), protection.LATER),
    ],
)
def test_the_next_look_is_later_the_longer_github_computes(
    head: datetime | None, base: datetime | None, expected: timedelta
) -> None:
    """Since the newest of what it computes from, as far as that has a time."""
    tip = replace(commit("head"), at=head)
    opened = environment_state("dev", promotion=promotion(mergeable=Mergeable.UNKNOWN, head=tip))
    seen = replace(state(opened), recent=(replace(commit("base"), at=base),))

    assert protection.judge(question(state=seen)).again_at == NOW + expected


def test_our_own_check_without_a_time_says_nothing_of_how_long_it_has_succeeded() -> None:
    own = report(OWN, app_id=APP_ID, at=None)
    assert ask(own, rules=required(OWN), merge_state="BLOCKED").again_at == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("checked", "expected"),
    [
        (ago(minutes=9), "blocked queue-left"),
        (ago(minutes=10), "blocked queue-left"),
        (ago(minutes=11), "passed github-content"),
        # Without a time nobody can tell that the request came later.
        (None, "blocked queue-left"),
    ],
)
def test_a_request_puts_back_what_left_the_queue_before_it(checked: datetime | None, expected: str) -> None:
    own = report(OWN, PENDING, app_id=APP_ID, at=checked, says=f"{protection.QUEUED}1a2b")
    opened = promotion(head=commit("promotion", own))
    queued = repository(protection=Protection(merge_queue=True))
    seen = state(environment_state("dev", promotion=opened), repository=queued)

    verdict = protection.judge(question(state=seen, request=request(at=ago(minutes=10))))

    assert said(verdict) == expected
