"""The first policy of a repository: what is opened, edited and closed, and what ends the matter."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.observation.beginnings import Beginnings, Opened
from bot.core.pages.first_policy import BROKEN, MARKERS, TITLES, broken_page
from bot.core.repository.first_policy import (
    BRANCH,
    BROKEN_LOCK,
    LOCKED,
    Suggestion,
    Way,
    is_worth_a_look,
    locked_until,
    propose,
    report_first_policy,
)
from bot.core.values.errors import Problem
from bot.core.values.first_policy import CloseIssue, EditIssue, Lock, OpenIssue, ProposePolicy
from tests.builders import NOW, commit, oid, repository, sweep, swept_pull

SURE = Suggestion(Way.PULL_REQUEST, "version: 1\n", "the page", "the question")
UNSURE = Suggestion(Way.ISSUE, "version: 1\n", "the page", "the question")
NOTHING = Beginnings()
PROBLEMS = (Problem(".gitops.yml", 3, 5, "unknown key 'imag'"),)


def opened(**fields: Any) -> Opened:
    """What the App opened: an issue that asks, unless something else is said."""
    usual: dict[str, Any] = {"node_id": "I_4", "number": 4, "is_pull": False, "is_open": True, "title": "", "body": ""}
    return Opened(**{**usual, **fields})


PROPOSED = opened(is_pull=True, body=f"…\n{MARKERS['pull request']}")
ASKED = opened(title=TITLES["issue"])


@pytest.mark.parametrize(
    ("seen", "world", "expected"),
    [
        (NOTHING, {}, True),
        (Beginnings((opened(),)), {}, False),
        (Beginnings((opened(is_open=False),)), {}, False),
        (Beginnings(elsewhere="our-policy"), {}, False),
        (NOTHING, {"repository": repository(archived=True)}, False),
        (NOTHING, {"pulls": (swept_pull(policy_id="another"),)}, False),
        (NOTHING, {"pulls": (swept_pull(policy_id=None),)}, True),
    ],
)
def test_what_speaks_against_proposing_anything(seen: Beginnings, world: dict[str, Any], *, expected: bool) -> None:
    assert is_worth_a_look(seen, sweep(**world)) is expected
    assert bool(propose(seen, sweep(**world), SURE)) is expected


def test_what_is_sure_is_one_pull_request() -> None:
    (action,) = propose(NOTHING, sweep(), SURE)
    assert isinstance(action, ProposePolicy)
    assert (action.branch, action.path, action.text, action.body) == (BRANCH, ".gitops.yml", SURE.text, "the page")
    assert action.base_oid == sweep().repository.head_oid
    assert action.stale_head is None


def test_what_is_not_sure_is_one_issue_behind_a_lock() -> None:
    assert propose(NOTHING, sweep(), UNSURE) == (
        OpenIssue(TITLES["issue"], "the question", Lock(BRANCH, sweep().repository.head_oid, None)),
    )


@pytest.mark.parametrize(
    ("suggestion", "refused", "has_issues", "expected"),
    [
        (SURE, frozenset({Way.PULL_REQUEST}), True, OpenIssue),
        (SURE, frozenset({Way.PULL_REQUEST}), False, None),
        (SURE, frozenset(Way), True, None),
        (SURE, frozenset(), False, ProposePolicy),
        (UNSURE, frozenset(), False, None),
        (UNSURE, frozenset({Way.PULL_REQUEST}), True, OpenIssue),
    ],
)
def test_what_github_refuses_or_does_not_have(
    suggestion: Suggestion, refused: frozenset[Way], expected: type | None, *, has_issues: bool
) -> None:
    actions = propose(Beginnings(has_issues=has_issues), sweep(), suggestion, refused=refused)
    assert [type(action) for action in actions] == ([expected] if expected else [])
    assert all(action.lock is None for action in actions if isinstance(action, OpenIssue) and refused)


@pytest.mark.parametrize(
    ("world", "expected"),
    [
        ({"own_branches": frozenset({BRANCH})}, oid("left")),
        ({"recent": (commit("left"),)}, oid("left")),
        ({}, None),
    ],
)
def test_a_left_over_branch_is_taken_over_unless_others_worked_on_it(
    world: dict[str, Any], expected: str | None
) -> None:
    actions = propose(NOTHING, sweep(branches={BRANCH: oid("left")}, **world), SURE)
    assert [action.stale_head for action in actions if isinstance(action, ProposePolicy)] == (
        [expected] if expected else []
    )


def test_another_server_has_ten_minutes() -> None:
    locked = sweep(branches={BRANCH: oid("left")})
    assert locked_until(locked, BRANCH, None, now=NOW) == NOW + LOCKED
    assert locked_until(locked, BRANCH, NOW, now=NOW + timedelta(minutes=9)) == NOW + LOCKED
    assert locked_until(locked, BRANCH, NOW, now=NOW + LOCKED) is None
    assert locked_until(locked, BROKEN_LOCK, None, now=NOW) is None


def test_a_broken_first_policy_is_one_issue() -> None:
    head = sweep().repository.head_oid
    expected = (OpenIssue(TITLES[BROKEN], broken_page(PROBLEMS), Lock(BROKEN_LOCK, head, None)),)
    assert report_first_policy(NOTHING, PROBLEMS, sweep()) == expected
    assert report_first_policy(Beginnings((PROPOSED, ASKED)), PROBLEMS, sweep()) == expected


@pytest.mark.parametrize(
    "seen",
    [
        Beginnings((opened(title="GitOps dashboard"),)),
        Beginnings((opened(is_pull=True, title="prod: web v1 → v2"),)),
        Beginnings(has_issues=False),
    ],
)
def test_a_later_mistake_is_none(seen: Beginnings) -> None:
    assert report_first_policy(seen, PROBLEMS, sweep()) == ()


ABOUT = opened(title=TITLES[BROKEN], body=broken_page(PROBLEMS))


@pytest.mark.parametrize(
    ("about", "problems", "expected"),
    [
        (ABOUT, PROBLEMS, None),
        (opened(title="renamed", body=broken_page(PROBLEMS).replace("\n", "\r\n")), PROBLEMS, None),
        (opened(title=TITLES[BROKEN], body="rewritten"), PROBLEMS, EditIssue),
        (ABOUT, PROBLEMS * 2, EditIssue),
        (ABOUT, (), CloseIssue),
        (opened(title=TITLES[BROKEN], is_open=False), PROBLEMS, None),
        (opened(title=TITLES[BROKEN], is_open=False), (), None),
        (PROPOSED, (), None),
    ],
)
def test_the_issue_follows_the_policy(about: Opened, problems: tuple[Problem, ...], expected: type | None) -> None:
    actions = report_first_policy(Beginnings((about,)), problems, sweep())
    assert [type(action) for action in actions] == ([expected] if expected else [])


def test_its_page_names_every_problem() -> None:
    page = broken_page(PROBLEMS * 2)
    assert "has 2 problems" in page
    assert page.count("`.gitops.yml:3:5`") == 2
    assert "has 1 problem," in broken_page(PROBLEMS)
