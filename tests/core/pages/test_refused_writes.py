"""Refused writes: whose they are, and that pages about them change neither the plan nor the check."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates.protection import OWN_CHECK, SOON
from bot.core.observation.commits import Outcome
from bot.core.observation.pull_request import OwnComment
from bot.core.observation.repository import Protection
from bot.core.pages.refused_writes import (
    WritesRefused,
    by_environment,
    environments_of,
    pages_of,
    unrecorded,
    with_refused,
)
from bot.core.plan import (
    Action,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DeleteReply,
    DescribePromotion,
    EditStatus,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    Reaction,
    Reply,
    ReportCheck,
    WriteState,
)
from bot.core.state import RefusedWrite, State
from bot.core.values.first_policy import CloseIssue
from bot.core.values.message import Message
from tests.builders import (
    APP_ID,
    NOW,
    comment,
    commit,
    environment,
    environment_state,
    policy,
    promotion,
    records,
    report,
    repository,
    state,
)

DEV = policy(environment())
TEXT = Message("Hold", "")
REFUSED = RefusedWrite("merge #10", "Repository rule violations found", 10)


def opened(*, group: bool = False, **fields: Any) -> State:
    """dev with pull request 10, all green; prod with nothing."""
    known = promotion(number=10, group=commit("group") if group else None, is_queued=group)
    return state(environment_state("dev", promotion=known), environment_state("prod"), **fields)


def written(name: str) -> WriteState:
    return WriteState(None, {name: ""}, TEXT)


@pytest.mark.parametrize(
    ("action", "names"),
    [
        (written("dev.yaml"), ("dev",)),
        (written("all.yaml"), ("dev", "prod")),
        (written("README.md"), ()),
        (MergePromotion("dev", "PR", 10, "1a", "MERGE", TEXT, None), ("dev",)),
        (DescribePromotion("PR", 10, "", ""), ("dev",)),
        (DescribePromotion("PR", 11, "", ""), ()),
        (ClosePromotion("PR", 10, "gitops/dev/web", "1a", "label", "why"), ("dev",)),
        (DeleteBranch("gitops/prod/web", "1a"), ("prod",)),
        (ReportCheck(OWN_CHECK, commit("promotion").oid, None, CheckOutcome.SUCCESS, "", ""), ("dev",)),
        (ReportCheck(OWN_CHECK, commit("group").oid, None, CheckOutcome.SUCCESS, "", ""), ("dev",)),
        (ReportCheck(OWN_CHECK, commit("else").oid, None, CheckOutcome.SUCCESS, "", ""), ()),
        (Reply("I_1", "text", "IC_1", Reaction.DONE), ()),
        (DeleteReply("IC_2"), ()),
        (CloseIssue("I_1", 1, "fixed"), ()),
    ],
)
def test_whom_an_action_is_about(action: Action, names: tuple[str, ...]) -> None:
    assert environments_of(action, opened(group=True)) == names


def test_the_first_refusal_of_an_environment_is_shown() -> None:
    """What follows from it in the same plan is not worth telling."""
    merge = MergePromotion("dev", "PR", 10, "1a", "MERGE", TEXT, None)
    other = replace(merge, environment="prod")
    refusal = WritesRefused("all", [(merge, "merge #10", "No"), (merge, "tidy", "Never"), (other, "merge", "No")])

    assert by_environment(refusal, opened()) == {
        "dev": RefusedWrite("merge #10", "No", 10),
        "prod": RefusedWrite("merge", "No", None),
    }


def test_a_refused_write_is_retried_and_the_check_follows_the_gates() -> None:
    """A required check that went back to running would cause the next refusal."""
    seen = with_refused(opened(), {"dev": REFUSED})
    actions = decide(seen, DEV, NOW).actions
    check = next(action for action in actions if isinstance(action, ReportCheck))

    assert any(isinstance(action, MergePromotion) for action in actions)
    assert (check.outcome, check.title.startswith("refused: GitHub refused to merge")) == (CheckOutcome.SUCCESS, True)


def test_a_new_or_rebuilt_page_does_not_show_it() -> None:
    """When people read it, it has been done."""
    refused = RefusedWrite("create the branch gitops/dev/web", "Ref cannot be created")
    seen = with_refused(state(environment_state("dev")), {"dev": refused})
    action = next(action for action in decide(seen, DEV, NOW).actions if isinstance(action, OpenPromotion))

    assert "would not" not in action.body


def test_without_a_refusal_pages_do_not_change() -> None:
    seen = opened()
    assert with_refused(seen, {}) is seen


def test_only_pages_of_the_named_environments_show_it() -> None:
    plan = decide(opened(), DEV, NOW)

    assert {type(action) for action in pages_of(plan, opened(), {"dev"})} == {DescribePromotion, ReportCheck}
    assert pages_of(plan, opened(), {"prod"}) == ()


@pytest.mark.parametrize("own", [Outcome.PENDING, Outcome.SUCCESS])
def test_nothing_is_merged_past_an_invisible_rule(own: Outcome) -> None:
    """Our required check succeeds first; what GitHub still calls blocked then is so for another reason, and it stays."""
    rules = repository(protection=Protection(required_checks=frozenset({OWN_CHECK})))
    known = report(OWN_CHECK, own, "a title", app_id=APP_ID, node_id="CR_1")
    blocked = promotion(number=10, merge_state="BLOCKED", head=commit("promotion", known))
    plan = decide(state(environment_state("dev", promotion=blocked), repository=rules), DEV, NOW)
    check = next(action for action in plan.actions if isinstance(action, ReportCheck))

    assert check.outcome is CheckOutcome.SUCCESS
    assert not any(isinstance(action, MergePromotion) for action in plan.actions)
    assert (plan.again_at == NOW + SOON) == (own is Outcome.PENDING)


def test_the_status_comment_is_one_of_them_once_it_is_there() -> None:
    """Or it would be made a second time."""
    fresh = opened()
    there = fresh.environments["dev"].promotion
    assert there is not None

    def with_pull(**fields: Any) -> State:
        here = environment_state("dev", promotion=replace(there, pull=replace(there.pull, is_draft=True, **fields)))
        return replace(fresh, environments={**fresh.environments, "dev": here})

    bare = with_pull(room_for_status=True)
    (made,) = (each for each in decide(bare, DEV, NOW).actions if isinstance(each, IntroducePromotion))
    noted = with_pull(own_comments=(OwnComment("IC_1", made.body),), review_decision="REVIEW_REQUIRED")
    (edited,) = (each for each in decide(noted, DEV, NOW).actions if isinstance(each, EditStatus))

    assert made not in pages_of(decide(bare, DEV, NOW), bare, {"dev"})
    assert environments_of(made, bare) == ("dev",)
    assert edited in pages_of(decide(noted, DEV, NOW), noted, {"dev"})


RULED = RefusedWrite("write to gitops-state", "You're not authorized to push to this branch.", 10)


def test_a_refused_record_is_shown_on_the_page() -> None:
    """The pass that writes records does nothing else, and is repeated."""
    seen = opened(restoration=(written("dev.yaml"),))
    kinds = [type(action) for action in decide(with_refused(seen, {"dev": RULED}), DEV, NOW).actions]

    assert kinds == [WriteState, DescribePromotion, ReportCheck]
    assert [type(action) for action in decide(seen, DEV, NOW).actions] == [WriteState]


@pytest.mark.parametrize(
    ("refused", "expected"),
    [
        (None, ""),
        (REFUSED, ""),
        (RULED, "You're not authorized to push to this branch"),
        (replace(RULED, said='Expected branch to point to "1a" but it did not.'), ""),
        (replace(RULED, pull=11), ""),
    ],
)
def test_the_reason_of_a_refused_record_is_shown(refused: RefusedWrite | None, expected: str) -> None:
    assert unrecorded(environment_state("dev", promotion=promotion(number=10), refused=refused)) == expected


def test_a_command_that_cannot_be_recorded_is_answered() -> None:
    """Its author does not wait for an answer that never comes."""
    asked = opened(comments=(comment("/reject web@v1.5.0", "alice"),))
    actions = decide(with_refused(asked, {"dev": RULED}), DEV, NOW).actions
    (reply,) = (action for action in actions if isinstance(action, Reply))

    assert "I can't record this: GitHub refused the write to `gitops-state`" in reply.body


def test_a_question_is_answered_although_a_digest_cannot_be_recorded() -> None:
    """That write fails again and again, and what comes after it is never written."""
    asked = opened(comments=(comment("/why dev", "alice"),), records=records())
    usual, ruled = decide(asked, DEV, NOW), decide(with_refused(asked, {"dev": RULED}), DEV, NOW)

    assert {WriteState, Reply} <= {type(action) for action in usual.actions}
    kinds = {type(action) for action in ruled.actions}
    assert Reply in kinds
    assert kinds.isdisjoint({WriteState, OpenPromotion, MergePromotion})
    assert (ruled.rows, ruled.again_at) == ((), NOW), "this is no whole pass: it says nothing of what GitHub takes"
    answered = replace(asked, comments=())
    assert WriteState in {type(action) for action in decide(with_refused(answered, {"dev": RULED}), DEV, NOW).actions}
