"""The check on pull requests of people: never on a promotion's commit, once each, and a limited number at once."""

from typing import Any

import pytest

from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.promotion_branches import is_promotion
from bot.core.observation.repository import Protection
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.plan import CheckOutcome
from bot.core.policy import Policy
from bot.core.repository.decide import decide_repository
from bot.core.repository.other_pull_requests import (
    MOST_AT_ONCE,
    MOST_PROPOSALS,
    POLICY_CHECK,
    Proposal,
    asked_again,
    proposals_to_read,
    report_other_pull_requests,
)
from bot.core.values.errors import PolicyError, Problem
from tests.builders import NOW, comment, oid, policy, repository, sweep, swept_pull

RULES = policy()
BROKEN = PolicyError((Problem(".gitops.yml", 1, 1, "no"),))
GOOD = """\
version: 1
applications: {web: {image: ghcr.io/acme/web, versions: {semver: '*'}}}
environments: {dev: {path: 'envs/dev/{application}', from: registry}}
"""


def other(word: str = "words", **fields: Any) -> SweptPull:
    """Return a person's pull request, with a head derived from the word."""
    return swept_pull(**{"branch": word, "head_oid": oid(word), "policy_id": "policy-1", **fields})


def heads(seen: Sweep, rules: Policy | PolicyError = RULES, reported: Any = frozenset()) -> list[str]:
    return [report.head_oid for report in report_other_pull_requests(seen, rules, reported)]


def test_every_other_pull_request_gets_the_check_at_once() -> None:
    seen = sweep(pulls=(other("words"), other("fork", branch="gitops/dev/web", is_cross_repository=True)))

    reports = report_other_pull_requests(seen, RULES, frozenset())

    assert [report.head_oid for report in reports] == [oid("words"), oid("fork")]
    assert {(report.name, report.outcome, report.title, report.check_id) for report in reports} == {
        (OWN_CHECK, CheckOutcome.SUCCESS, "not a promotion", None)
    }


@pytest.mark.parametrize(
    "seen",
    [
        sweep(pulls=(swept_pull(),)),
        sweep(pulls=(other(our_checks=frozenset({OWN_CHECK})),)),
        sweep(pulls=(swept_pull(), other(head_oid=oid("promotion")))),
        sweep(pulls=(other(),), branches={"gitops/dev/web": oid("words")}),
    ],
    ids=[
        "a promotion",
        "told already",
        "shares a promotion's head",
        "shares the head of a promotion without a pull request",
    ],
)
def test_these_heads_get_no_check(seen: Sweep) -> None:
    assert heads(seen) == []


def test_a_reported_head_is_not_reported_again() -> None:
    seen = sweep(pulls=(other(group_oid=oid("group")),))

    assert heads(seen) == [oid("words"), oid("group")]
    assert heads(seen, reported={(OWN_CHECK, oid("words"))}) == [oid("group")]
    assert heads(seen, reported={(OWN_CHECK, oid("words")), (OWN_CHECK, oid("group"))}) == []


@pytest.mark.parametrize(
    ("head_green", "group", "passed", "reported"),
    [
        (True, oid("group"), False, False),
        (True, oid("group"), True, True),
        (True, None, False, True),
        (False, oid("group"), False, True),
    ],
    ids=["not-judged", "judged", "not-queued", "every-entry-counts"],
)
def test_what_is_queued_behind_a_promotion_waits_for_its_check_where_the_last_entry_decides(
    head_green: bool,  # noqa: FBT001 -- a column
    group: str | None,
    passed: bool,  # noqa: FBT001 -- a column
    reported: bool,  # noqa: FBT001 -- a column
) -> None:
    """Else its own green check would merge the promotion as well (iota#12491)."""
    here = repository(protection=Protection(merge_queue=True, head_green=head_green))
    promotion = swept_pull(group_oid=group, group_passed=passed)
    seen = sweep(pulls=(promotion, other(group_oid=oid("behind"))), repository=here)

    assert heads(seen) == [oid("words"), *([oid("behind")] if reported else [])]


def test_a_queued_promotion_gets_no_passing_check() -> None:
    assert heads(sweep(pulls=(swept_pull(group_oid=oid("group")),))) == []


@pytest.mark.parametrize("branch", ["gitops/dev/web", "gitops/gone/web", "gitops/dev/gone"])
def test_with_a_broken_policy_the_branch_name_marks_a_promotion(branch: str) -> None:
    assert is_promotion(branch, RULES) is (branch == "gitops/dev/web")
    assert is_promotion(branch, BROKEN)


@pytest.mark.parametrize("branch", ["gitops/dev", "gitops//web", "gitops/dev/", "words"])
def test_other_branches_are_not_promotions(branch: str) -> None:
    assert not is_promotion(branch, RULES)
    assert not is_promotion(branch, BROKEN)


def test_many_pull_requests_are_reported_over_several_looks() -> None:
    seen = sweep(pulls=tuple(other(str(number)) for number in range(MOST_AT_ONCE + 1)))

    first = decide_repository(seen, RULES, NOW)
    rest = decide_repository(seen, RULES, NOW, reported={(each.name, each.head_oid) for each in first.reports})

    assert (len(first.reports), first.unfinished) == (MOST_AT_ONCE, True)
    assert (len(rest.reports), rest.unfinished) == (1, False)


@pytest.mark.parametrize("rules", [RULES, BROKEN], ids=["good", "broken"])
@pytest.mark.parametrize(
    ("seen", "unfinished"),
    [
        (sweep(), False),
        (sweep(more_said=True), True),
        (sweep(comments=(comment("/hold all"),)), True),
    ],
    ids=["nothing", "unread-comments", "a-record"],
)
def test_a_look_that_leaves_something_to_do_is_repeated_at_once(
    seen: Sweep,
    rules: Policy | PolicyError,
    unfinished: bool,  # noqa: FBT001 -- a column
) -> None:
    assert decide_repository(seen, rules, NOW).unfinished is unfinished


def test_the_pull_request_that_fixes_the_policy_gets_the_check() -> None:
    mended = Proposal(oid("words"), changes_it=True, files={".gitops.yml": GOOD})

    found = decide_repository(sweep(pulls=(other(),)), BROKEN, NOW, proposals=(mended,))

    assert [(report.name, report.outcome) for report in found.reports] == [
        (POLICY_CHECK, CheckOutcome.SUCCESS),
        (OWN_CHECK, CheckOutcome.SUCCESS),
    ]


@pytest.mark.parametrize(
    ("seen", "rules"),
    [
        (sweep(pulls=(other(),)), policy(mode="observe")),
        (sweep(pulls=(other(),), repository=repository(archived=True)), RULES),
        (sweep(pulls=(other(),), repository=repository(archived=True)), BROKEN),
        (sweep(pulls=(other(),)), None),
    ],
)
def test_observe_mode_reports_nothing(seen: Sweep, rules: Policy | PolicyError | None) -> None:
    assert decide_repository(seen, rules, NOW).reports == ()


# --- a pull request that changes the policy


def test_a_proposed_policy_is_read_once() -> None:
    changed = other(policy_id="policy-2")

    assert proposals_to_read(sweep(pulls=(changed,)), RULES, frozenset()) == (changed,)
    assert proposals_to_read(sweep(pulls=(changed,)), BROKEN, frozenset()) == (changed,)
    assert proposals_to_read(sweep(pulls=(changed,)), RULES, {(POLICY_CHECK, oid("words"))}) == ()


@pytest.mark.parametrize(
    ("pull", "mode"),
    [
        (other(), "active"),
        (other(policy_id=None), "active"),
        (other(policy_id="policy-2", our_checks=frozenset({POLICY_CHECK})), "active"),
        (swept_pull(policy_id="policy-2"), "active"),
        (other(policy_id="policy-2"), "observe"),
    ],
    ids=["the same", "not shown", "judged already", "a promotion", "only looks on"],
)
def test_these_policies_are_not_read(pull: SweptPull, mode: str) -> None:
    assert proposals_to_read(sweep(pulls=(pull,)), policy(mode=mode), frozenset()) == ()


def test_many_policies_are_read_over_several_looks() -> None:
    many = tuple(other(str(number), policy_id="policy-2") for number in range(MOST_PROPOSALS + 1))

    read = proposals_to_read(sweep(pulls=many), RULES, frozenset())

    assert len(read) == MOST_PROPOSALS == 5
    unchanged = tuple(Proposal(pull.head_oid, changes_it=False, files={}) for pull in read)
    assert decide_repository(sweep(), RULES, NOW, proposals=unchanged).unfinished


def test_whose_check_people_want_again() -> None:
    """On their suites, or on the check runs themselves."""
    again = other(asked_again=frozenset({OWN_CHECK, POLICY_CHECK}))

    assert asked_again(sweep(pulls=(again, other(number=9)))) == {
        (OWN_CHECK, again.head_oid),
        (POLICY_CHECK, again.head_oid),
    }
