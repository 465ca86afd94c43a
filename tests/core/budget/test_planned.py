"""What a plan asks of the budget, and what is left of it."""

from datetime import timedelta
from typing import get_args

import pytest

from bot.core.budget.account import Wait
from bot.core.budget.costs import Ask, Urgency, ask_of
from bot.core.budget.planned import (
    affordable,
    asks_for,
    asks_of,
    limited,
    most_urgent,
    with_limited,
    without_early_pages,
)
from bot.core.plan import (
    Action,
    ClosePromotion,
    DeleteBranch,
    DeleteReply,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    Plan,
    React,
    Reaction,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.first_policy import CloseIssue, EditIssue, GiveLockBack, OpenIssue, ProposePolicy, TakeLock
from bot.core.values.message import Message
from tests.builders import NOW, environment_state, promotion, state

MESSAGE = Message("", "")
OPEN = OpenPromotion("dev", "gitops/dev/web", "main", "1" * 40, None, (), MESSAGE, "", "")
MERGE = MergePromotion("prod", "PR_7", 7, "1" * 40, "MERGE", MESSAGE, None)
ENQUEUE = EnqueuePromotion("prod", "PR_7", 7, "1" * 40, None)
CLOSE = ClosePromotion("PR_7", 7, "gitops/prod/web", None, "", "")
INTRODUCE = IntroducePromotion("PR_7", 7, (), (), "")
REVIEWED = IntroducePromotion("PR_7", 7, (), ("dana",), "")
REPLY = Reply("I_1", "", "C_1", Reaction.DONE)
EDIT = DescribePromotion("PR_7", 7, "", "")
STATE = state(environment_state("dev"), environment_state("prod", promotion=promotion(number=7)))
WAIT = Wait(NOW + timedelta(minutes=10), 16, 16, "minute")


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (MERGE, Ask(Urgency.MERGE, 1)),
        (ENQUEUE, Ask(Urgency.MERGE, 1)),
        (REPLY, Ask(Urgency.ANSWER, 1)),
        (OPEN, Ask(Urgency.OPEN, 1)),
        (CLOSE, Ask(Urgency.REST, 1)),
        (INTRODUCE, Ask(Urgency.REST, 1)),
        (REVIEWED, Ask(Urgency.REST, 2)),
        (EDIT, Ask(Urgency.ROLLBACK, 0)),
    ],
)
def test_what_an_action_asks(action: Action, expected: Ask) -> None:
    assert ask_of(action) == expected


def test_what_every_other_kind_of_action_asks_is_nothing() -> None:
    """Add a kind, and decide here whether GitHub counts it as new content."""
    kinds = {kind for union in get_args(Action) for kind in (get_args(union) or (union,))}
    counted = {type(action) for action in (OPEN, MERGE, ENQUEUE, CLOSE, INTRODUCE, REPLY)}
    free = {
        CloseIssue,
        DeleteBranch,
        DeleteReply,
        DequeuePromotion,
        DescribePromotion,
        EditIssue,
        EditStatus,
        React,
        ReportCheck,
        UpdatePromotion,
        WriteState,
    }

    asked_elsewhere = {GiveLockBack, OpenIssue, ProposePolicy, TakeLock}  # by the pass that makes them, as one each

    assert kinds == counted | free | asked_elsewhere


def test_strangers_wait_longer_and_rollbacks_never() -> None:
    assert ask_of(REPLY, stranger=True).urgency is Urgency.REST
    assert ask_of(OPEN, rollback=True).urgency is Urgency.ROLLBACK
    asks = asks_of(Plan((OPEN, MERGE, REPLY), {}, None, rollbacks=frozenset({"prod"})), STATE, frozenset({"C_1"}))
    assert [ask.urgency for ask in asks.values()] == [Urgency.OPEN, Urgency.ROLLBACK, Urgency.REST]
    assert [ask.urgency for ask in asks_for((REPLY,), frozenset()).values()] == [Urgency.ANSWER]


def test_only_what_was_granted_is_carried_out() -> None:
    granted = asks_for((OPEN, MERGE), frozenset())

    assert affordable((OPEN, MERGE, CLOSE, EDIT), granted, {"OpenPromotion dev": WAIT}) == (MERGE, EDIT)


def test_environments_say_what_waits_there() -> None:
    names = ("OpenPromotion dev", "MergePromotion #7", "EnqueuePromotion #7", "IntroducePromotion #7")
    waits = dict.fromkeys(names, WAIT)

    found = limited((INTRODUCE, OPEN, MERGE, ENQUEUE, EDIT), waits, STATE, NOW)

    assert {name: (each.doing, each.pull) for name, each in found.items()} == {
        "dev": ("open the pull request", None),
        "prod": ("merge #7", 7),
    }
    assert limited((ENQUEUE,), waits, STATE, NOW)["prod"].doing == "add #7 to the merge queue"
    assert with_limited(STATE, found).environments["prod"].limited == found["prod"]
    assert with_limited(STATE, {}) is STATE


def test_the_pages_of_a_merge_that_waits_for_a_minute_are_written_with_it() -> None:
    plan = Plan((OPEN, EDIT, MERGE), {}, None)
    waits = {"MergePromotion #7": WAIT}

    assert without_early_pages((OPEN, EDIT), plan, waits, STATE, WAIT.until - timedelta(minutes=1)) == (OPEN,)
    assert without_early_pages((OPEN, EDIT), plan, waits, STATE, NOW) == (OPEN, EDIT)
    assert without_early_pages((OPEN, EDIT), plan, {}, STATE, NOW) == (OPEN, EDIT)


def test_a_merge_that_waits_for_a_minute_is_not_worth_a_page() -> None:
    waits = dict.fromkeys(("OpenPromotion dev", "MergePromotion #7"), WAIT)

    assert set(limited((OPEN, MERGE), waits, STATE, WAIT.until - timedelta(minutes=1))) == {"dev"}


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Plan((), {}, None), None),
        (Plan((EDIT,), {}, None), None),
        (Plan((EDIT, CLOSE, OPEN), {}, None), Urgency.OPEN),
        (Plan((OPEN, REPLY, MERGE), {}, None), Urgency.MERGE),
        (Plan((EDIT,), {}, None, rollbacks=frozenset({"prod"})), Urgency.ROLLBACK),
    ],
)
def test_a_plan_is_as_urgent_as_its_most_urgent_action(plan: Plan, expected: Urgency | None) -> None:
    assert most_urgent(plan, STATE) == expected
