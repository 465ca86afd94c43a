"""What holds in every world: merges satisfy the gates, promotions are single, plans terminate, and pages are harmless."""

import re
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings

from bot.core.decide import decide
from bot.core.plan import (
    Action,
    ClosePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    Plan,
    Reply,
    ReportCheck,
    Severity,
    UpdatePromotion,
    WriteState,
)
from bot.core.policy import Merge, Mode, Policy
from bot.core.state import State
from tests.builders import NOW
from tests.core.applied import applied
from tests.core.worlds import worlds

ENOUGH = 40
"""Rounds after which every plan must have come to its end: each environment opens, describes and merges a few times."""

a_few = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
some_more = settings(a_few, max_examples=150)
World = tuple[Policy, State]


def merges_are_earned(rules: Policy, state: State, plan: Plan) -> None:
    for action in plan.actions:
        if isinstance(action, MergePromotion | EnqueuePromotion):
            assert isinstance(action, EnqueuePromotion) is state.repository.protection.merge_queue
            here = state.environments[action.environment]
            assert here.promotion is not None
            assert here.promotion.pull.head.oid == action.head_oid, "a merge names the observed head"
            assert {each.severity for each in plan.verdicts[action.environment]} == {Severity.PASSED}
            assert rules.environments[action.environment].merge is Merge.AUTO
            assert not here.promotion.strangers
        if isinstance(action, MergePromotion):
            assert action.message.headline.startswith(f"{action.environment}: web ")


def promotions_are_single(state: State, plan: Plan) -> None:
    opened = [action.environment for action in plan.actions if isinstance(action, OpenPromotion)]
    assert len(opened) == len(set(opened))
    assert all(state.environments[name].promotion is None for name in opened)


def one_write_of_the_records(state: State, plan: Plan) -> None:
    writes = [action for action in plan.actions if isinstance(action, WriteState)]
    assert len(writes) <= 1
    assert all(write.seen_head == state.state_oid for write in writes)


def nothing_is_written_where_it_only_looks_on(rules: Policy, plan: Plan) -> None:
    app = rules.applications["web"]
    if Mode.OBSERVE in (rules.mode, app.mode):
        assert plan.actions == ()
    for action in plan.actions:
        if isinstance(action, OpenPromotion | UpdatePromotion | MergePromotion | EnqueuePromotion):
            assert rules.mode_of(app, rules.environments[action.environment]) is Mode.ACTIVE


def pages_are_harmless(plan: Plan) -> None:
    """Check that text by others mentions nobody, refers to nothing and adds no markup outside of code."""
    for page in (page for action in plan.actions for page in pages(action)):
        outside = re.sub(r"```.*?```|`[^`\n]*`", "", page, flags=re.DOTALL)
        assert not re.search(r"@evil|#666|<b>", outside), page
    for message in (message for action in plan.actions for message in plain_words(action)):
        assert not re.search(r"@evil|#666", message), message


def pages(action: Action) -> Iterator[str]:
    match action:
        case OpenPromotion() | UpdatePromotion() | DescribePromotion() | Reply() | IntroducePromotion() | EditStatus():
            yield action.body
        case ClosePromotion():
            yield action.comment
        case ReportCheck():
            yield action.summary


def plain_words(action: Action) -> Iterator[str]:
    if isinstance(action, OpenPromotion | UpdatePromotion | DescribePromotion | ReportCheck):
        yield action.title
    if isinstance(action, OpenPromotion | UpdatePromotion | MergePromotion | WriteState):
        yield f"{action.message.headline}\n{action.message.body}"


@given(worlds())
@some_more
def test_every_plan_satisfies_the_invariants_and_terminates(world: World) -> None:
    """A plan is followed to its end: then deciding again plans nothing."""
    rules, state = world
    for turn in range(ENOUGH):
        plan = decide(state, rules, NOW)
        merges_are_earned(rules, state, plan)
        promotions_are_single(state, plan)
        one_write_of_the_records(state, plan)
        nothing_is_written_where_it_only_looks_on(rules, plan)
        pages_are_harmless(plan)
        if not plan.actions:
            return
        state = applied(state, plan.actions, turn)
    raise AssertionError(f"after {ENOUGH} rounds it still plans {[type(each).__name__ for each in plan.actions]}")


@given(worlds())
@a_few
def test_the_same_world_gives_the_same_plan(world: World) -> None:
    rules, state = world

    assert decide(state, rules, NOW) == decide(state, rules, NOW)


@given(worlds())
@a_few
def test_the_next_look_is_never_in_the_past(world: World) -> None:
    rules, state = world
    again_at = decide(state, rules, NOW).again_at

    assert again_at is None or again_at >= NOW
