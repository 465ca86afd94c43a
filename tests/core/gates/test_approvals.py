"""The rows are those of `bot/core/gates/approvals.py`."""

from typing import Any

import pytest

from bot.core.gates import approvals
from bot.core.gates.question import Purpose
from bot.core.observation.actors import Actor, Permission
from bot.core.observation.pull_request import PullCommit, Review, ReviewState
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity, Verdict
from bot.core.records.entries import RequestKind
from bot.core.values.version import Version
from tests.builders import (
    actor,
    ago,
    application,
    arrival,
    digest,
    environment,
    environment_state,
    oid,
    policy,
    promotion,
    question,
    request,
    review,
    said,
    state,
    version,
)

AGAINST, DISMISSED = ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED
AUTOMATIC, PROMOTE, ROLLBACK = Purpose
ONE = {"count": 1}


def ask(
    *reviews: Any,
    rule: dict[str, Any] | None = None,
    rollback: dict[str, Any] | None = None,
    purpose: Purpose = AUTOMATIC,
    asked: str | Version = "v1.5.0",
    owners: tuple[str, ...] = ("@dave",),
    **fields: Any,
) -> Verdict:
    rules = policy(
        environment(gates={"approvals": rule}, rollback=rollback or {}), applications=[application(owners=owners)]
    )
    draft = fields.pop("is_draft", False)
    opened = fields.pop("opened", promotion(asked, reviews=reviews, is_draft=draft))
    arrivals = fields.pop("arrivals", (arrival(),))
    person, later = fields.pop("request", None), fields.pop("later", None)
    if purpose is not AUTOMATIC:
        person = person or request("v1.5.0", RequestKind(purpose.value))
    seen = state(environment_state("dev", promotion=opened, arrivals=arrivals), **fields)
    return approvals.judge(question(asked, purpose, policy=rules, state=seen, request=person, later=later))


@pytest.mark.parametrize(
    ("reviews", "rule", "draft", "expected"),
    [
        ([], None, True, "blocked draft"),
        ([review("bob")], ONE, True, "blocked draft"),
        ([review("bob", AGAINST)], None, False, "blocked changes-requested"),
        ([review("alice"), review("bob", AGAINST)], ONE, False, "blocked changes-requested"),
        ([], None, False, "passed no-approvals-wanted"),
        ([], {"count": 0}, False, "passed no-approvals-wanted"),
        ([], ONE, False, "blocked approvals-missing"),
        ([review("bob")], ONE, False, "passed approved"),
        ([review("bob")], {"count": 2}, False, "blocked approvals-missing"),
        ([review("bob"), review("alice")], {"count": 2}, False, "passed approved"),
        # Who counts, and what.
        ([review("bob", DISMISSED)], ONE, False, "blocked approvals-missing"),
        ([review("carol")], ONE, False, "blocked approvals-missing"),
        ([review("carol", AGAINST, can_push=False)], None, False, "passed no-approvals-wanted"),
        ([review(author=actor("bob", is_bot=True))], ONE, False, "blocked approvals-missing"),
        ([review("dave")], {"count": 1, "from": ["owners"]}, False, "passed approved"),
        ([review("Dave")], {"count": 1, "from": ["owners"]}, False, "passed approved"),
        ([review("bob")], {"count": 1, "from": ["owners"]}, False, "blocked approvals-missing"),
        ([review("bob")], {"count": 1, "from": ["maintain"]}, False, "blocked approvals-missing"),
        ([review("alice")], {"count": 1, "from": ["maintain"]}, False, "passed approved"),
        ([review("erin")], {"count": 1, "from": ["@acme/sre"]}, False, "passed approved"),
        ([review("bob")], {"count": 1, "from": ["@acme/sre"]}, False, "blocked approvals-missing"),
        ([review("erin")], {"count": 1, "from": ["@acme/hidden"]}, False, "blocked approvals-missing"),
    ],
)
def test_verdict_follows_the_reviews(
    reviews: list[Any],
    rule: dict[str, Any] | None,
    draft: bool,  # noqa: FBT001 -- a column
    expected: str,
) -> None:
    teams = {"acme/sre": frozenset({"erin"}), "acme/hidden": None}

    assert said(ask(*reviews, rule=rule, is_draft=draft, teams=teams)) == expected


def test_approvals_of_another_version_are_named() -> None:
    rule = {"count": 2, "from": ["@acme/sre"]}
    teams = {"acme/sre": frozenset({"erin", "dave"})}
    reviews = [
        review("erin"),
        (review("dave"), version("v1.4.9")),
        (review("bob"), version("v1.4.9")),  # nobody counts on him
        (review("carol"), None),
    ]

    missing = plain_sentence(ask(*reviews, rule=rule, teams=teams, later=Version("v1.6.0")))
    enough = plain_sentence(ask(*reviews, rule={**rule, "count": 1}, teams=teams, later=Version("v1.6.0")))

    assert missing == (
        "waiting for 1 more approval from acme/sre; approved so far by erin; v1.6.0 is next; "
        "dave approved v1.4.9, not this version"
    )
    assert enough == "approved by erin; v1.6.0 is next"


@pytest.mark.parametrize(
    ("rule", "requester", "expected"),
    [
        (ONE, "bob", "blocked approvals-missing"),
        (ONE, "Bob", "blocked approvals-missing"),
        (ONE, "alice", "passed approved"),
        ({"count": 1, "not": []}, "bob", "passed approved"),
    ],
)
@pytest.mark.parametrize("purpose", [PROMOTE, ROLLBACK])
def test_the_requester_counts_only_if_the_policy_says_so(
    rule: dict[str, Any], requester: str, expected: str, purpose: Purpose
) -> None:
    person = request("v1.5.0", RequestKind(purpose.value), by=requester)

    assert said(ask(review("bob"), rule=rule, purpose=purpose, request=person)) == expected


@pytest.mark.parametrize(
    ("rule", "rollback", "expected"),
    [
        (ONE, None, "blocked approvals-missing"),
        (ONE, {"approvals": 0}, "passed no-approvals-wanted"),
        (None, {"approvals": 1}, "blocked approvals-missing"),
        (None, None, "passed no-approvals-wanted"),
    ],
)
def test_a_rollback_has_its_own_count(rule: Any, rollback: Any, expected: str) -> None:
    assert said(ask(rule=rule, rollback=rollback, purpose=ROLLBACK)) == expected


def test_without_a_rule_people_with_write_permission_approve_a_rollback() -> None:
    assert said(ask(review("bob"), rollback={"approvals": 1}, purpose=ROLLBACK)) == "passed approved"
    assert said(ask(review("carol"), rollback={"approvals": 1}, purpose=ROLLBACK)) == "blocked approvals-missing"


@pytest.mark.parametrize(
    ("reviewed", "expected"),
    [
        (version("v1.5.0"), "passed approved"),
        (version("v1.5.0", digest=digest("a")), "passed approved"),
        (version("v1.5.0", digest=digest("b")), "blocked approvals-missing"),
        (version("v1.4.9"), "blocked approvals-missing"),
        (None, "blocked approvals-missing"),
    ],
)
def test_an_approval_counts_for_the_version_at_the_reviewed_commit(reviewed: Any, expected: str) -> None:
    """So it survives a rebuild that changes nothing, and falls away with a new version."""
    asked = version("v1.5.0", digest=digest("a"))

    assert said(ask((review("bob"), reviewed), rule=ONE, asked=asked)) == expected


def test_an_approval_counts_for_the_step_from_the_present_version() -> None:
    """The environment has changed since: what was approved was another difference."""
    changed = (arrival("v1.4.1", ago(minutes=1)), arrival("v1.4.0"))

    assert said(ask(review("bob", at=ago(minutes=5)), rule=ONE, arrivals=changed)) == "blocked approvals-missing"
    assert said(ask(review("bob", at=ago(seconds=5)), rule=ONE, arrivals=changed)) == "passed approved"


def test_without_a_pull_request_no_approval_is_requested() -> None:
    """The verdict does not block."""
    verdict = ask(rule={"count": 2, "from": ["maintain"]}, opened=None)

    assert said(verdict) == "waiting approvals-wanted"
    assert verdict.who == ()
    assert (
        plain_sentence(verdict) == "needs 2 approvals from people with maintain permission once there is a pull request"
    )
    assert said(ask(rule=None, opened=None)) == "passed no-approvals-wanted"


def test_the_number_of_missing_approvals_and_the_approvers_are_named() -> None:
    rule = {"count": 3, "from": ["owners", "@acme/sre", "write"]}
    verdict = ask(review("bob"), rule=rule, teams={"acme/sre": None})

    assert verdict.facts == {
        "missing": "2 more approvals",
        "given": "bob",
        "people": "dave, acme/sre, people with write permission",
        "unreadable": "acme/sre",
        "later": "",
        "stale": "",
        "own": "",
        "powerless": "",
    }
    assert verdict.who == ("dave, acme/sre, people with write permission",)


def committed(login: str, *parents: str, by_app: bool = False) -> PullCommit:
    return PullCommit(oid(login), by_app=by_app, author=actor(login), parents=tuple((each, {}) for each in parents))


@pytest.mark.parametrize(
    ("commit", "rule", "expected"),
    [
        (committed("bob", "1a"), ONE, "blocked approvals-missing"),
        (committed("BOB", "1a"), ONE, "blocked approvals-missing"),
        (committed("alice", "1a"), ONE, "passed approved"),
        (committed("bob", "1a"), {"count": 1, "not": []}, "passed approved"),
        # "Update branch" writes nothing; and the bot's own commits are nobody's.
        (committed("bob", "1a", "2b"), ONE, "passed approved"),
        (committed("bob", "1a", by_app=True), ONE, "passed approved"),
    ],
)
def test_people_who_pushed_cannot_approve(commit: PullCommit, rule: dict[str, Any], expected: str) -> None:
    opened = promotion("v1.5.0", reviews=[review("bob")], commits=(commit,), commits_total=1)
    verdict = ask(rule=rule, opened=opened)

    assert said(verdict) == expected
    if verdict.severity is Severity.BLOCKED:
        assert "; bob requested it or pushed to its branch and does not count" in plain_sentence(verdict)


@pytest.mark.parametrize(
    ("requester", "expected"),
    [
        ({"by": "former-name", "by_id": 2}, "blocked approvals-missing"),  # bors-ng#770: renamed since
        ({"by": "bob", "by_id": 9}, "passed approved"),  # gave up the login that the reviewer has now
        ({"by": "bob"}, "blocked approvals-missing"),  # an old record: the login has to tell
        ({"by": "alice"}, "passed approved"),
    ],
)
def test_the_requester_is_known_by_number(requester: dict[str, Any], expected: str) -> None:
    person = request("v1.5.0", **requester)

    assert said(ask(review(author=actor("bob", 2)), rule=ONE, purpose=PROMOTE, request=person)) == expected


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (actor("former-name", 2), "blocked approvals-missing"),
        (actor("bob", 9), "passed approved"),
        (actor("bob"), "blocked approvals-missing"),
        (actor(""), "passed approved"),  # GitHub knows no account for the address: see the race above
    ],
)
def test_who_pushed_is_known_by_number(author: Actor, expected: str) -> None:
    pushed = PullCommit(oid("theirs"), by_app=False, author=author, parents=(("1a", {}),))
    opened = promotion("v1.5.0", reviews=[review(author=actor("bob", 2))], commits=(pushed,), commits_total=1)

    assert said(ask(rule=ONE, opened=opened)) == expected


def test_whom_the_policy_names_needs_the_role_that_github_asks_for() -> None:
    """An approval by somebody who may only read does not count for GitHub either; anybody may take a login given up."""
    verdict = ask(review("carol"), rule={"count": 1, "from": ["@carol", "@acme/sre"]}, teams={"acme/sre": frozenset()})

    assert said(verdict) == "blocked approvals-missing"
    assert plain_sentence(verdict).endswith("; carol has no write permission on this repository and does not count")


# How a review came to be what it is, and whether it speaks for or against: with two who may, and one approval wanted.
FOR, NOT_YET, STOPPED = "passed approved", "blocked approvals-missing", "blocked changes-requested"


@pytest.mark.parametrize(
    ("bob", "alice", "expected"),
    [
        (review("bob"), None, FOR),
        (review("bob", DISMISSED), None, NOT_YET),
        (review("bob", AGAINST), None, STOPPED),
        (review("bob", AGAINST, can_push=False), None, NOT_YET),  # he has left; what he wanted does not hold it up
        (review("bob", can_push=False), None, FOR),  # it is asked live whom the policy names; `write` he has
        (review("bob", AGAINST), review("alice"), STOPPED),
        (review("bob", DISMISSED), review("alice"), FOR),
        (review("bob", DISMISSED), review("alice", DISMISSED), NOT_YET),
        (review("bob", AGAINST, can_push=False), review("alice"), FOR),
        (review(author=actor("bob", is_bot=True), state=AGAINST), review("alice"), STOPPED),
        (review(author=actor("bob", is_bot=True)), review("alice", DISMISSED), NOT_YET),
    ],
)
@pytest.mark.parametrize("draft", [True, False])
def test_several_reviews_are_combined(bob: Review, alice: Review | None, expected: str, draft: bool) -> None:  # noqa: FBT001
    verdict = ask(*filter(None, (bob, alice)), rule=ONE, is_draft=draft)

    assert said(verdict) == ("blocked draft" if draft else expected)


def test_an_approver_without_write_access_does_not_count() -> None:
    """The role is read live, whatever it was at the time of the review."""
    people = {"bob": Permission.READ}

    assert said(ask(review("bob"), rule=ONE, people=people)) == NOT_YET


def test_everyone_who_requested_changes_is_named() -> None:
    verdict = ask(review("bob", AGAINST), review("alice", AGAINST))

    assert verdict.facts["by"] == "alice, bob"
    assert verdict.who == ("alice", "bob")


def test_an_approval_lapses_after_a_change_with_an_earlier_date() -> None:
    """The commit names an earlier time than the approval; it was first seen after it (worlddriven#294)."""
    by_hand = arrival("v1.4.0", ago(hours=5), latest=ago(minutes=1))

    assert said(ask(review("bob", at=ago(minutes=5)), rule=ONE, arrivals=(by_hand,))) == "blocked approvals-missing"
    assert said(ask(review("bob", at=ago(seconds=5)), rule=ONE, arrivals=(by_hand,))) == "passed approved"
