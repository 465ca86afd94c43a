"""What a plan asks of the budget, what it may do now, and what people read of the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from bot.core.budget.account import Wait
from bot.core.budget.costs import Ask, Urgency, ask_of
from bot.core.pages.refused_writes import environments_of, pages_of
from bot.core.plan import (
    Action,
    ClosePromotion,
    EnqueuePromotion,
    IntroducePromotion,
    MergeAction,
    MergePromotion,
    OpenPromotion,
    Plan,
    Reply,
)
from bot.core.state import LimitedWrite, State

Kind = TypeVar("Kind", bound=Action)


def asks_of(plan: Plan, state: State, strangers: frozenset[str]) -> Mapping[str, Ask]:
    """Return what an application's plan asks. strangers: the comments of people without a role."""
    return {
        name_of(action): ask_of(
            action,
            rollback=not plan.rollbacks.isdisjoint(environments_of(action, state)),
            stranger=isinstance(action, Reply) and action.comment_id in strangers,
        )
        for action in plan.actions
    }


def asks_for(actions: Iterable[Action], strangers: frozenset[str]) -> Mapping[str, Ask]:
    """Return what the actions of a repository's pass ask."""
    return {
        name_of(action): ask_of(action, stranger=isinstance(action, Reply) and action.comment_id in strangers)
        for action in actions
    }


def most_urgent(plan: Plan, state: State) -> Urgency | None:
    """Return how urgent it is to carry out this plan; None where nothing in it has an urgency of its own."""
    asks = asks_of(plan, state, frozenset()).values()
    own = [ask.urgency for ask in asks if ask.cost > 0] + [Urgency.ROLLBACK for _ in plan.rollbacks]
    return min(own, default=None)


def affordable(actions: Iterable[Kind], granted: Mapping[str, Ask], waits: Mapping[str, Wait]) -> tuple[Kind, ...]:
    """Return the actions that may be carried out: those that were granted, and those that cost nothing."""
    return tuple(
        action
        for action in actions
        if ask_of(action).cost == 0 or (name_of(action) in granted and name_of(action) not in waits)
    )


SHORT = timedelta(minutes=2)
"""A merge that waits no longer than this is done before a page that says so would be read."""


def without_early_pages(
    actions: tuple[Action, ...], plan: Plan, waits: Mapping[str, Wait], state: State, now: datetime
) -> tuple[Action, ...]:
    """Return the actions without the pages of a merge that waits shortly: they are written together with it."""
    soon = {
        action.environment
        for action in plan.actions
        if isinstance(action, MergeAction) and name_of(action) in waits and waits[name_of(action)].until - now <= SHORT
    }
    pages = pages_of(plan, state, soon)
    return tuple(action for action in actions if not any(action is page for page in pages))


def limited(
    actions: Iterable[Action], waits: Mapping[str, Wait], state: State, now: datetime
) -> Mapping[str, LimitedWrite]:
    """Return what to say of each environment: the first thing that waits there."""
    found: dict[str, LimitedWrite] = {}
    for action in actions:
        wait, doing = waits.get(name_of(action)), _doing(action)
        if wait is None or not doing:
            continue
        if isinstance(action, MergeAction) and wait.until - now <= SHORT:
            continue
        for name in environments_of(action, state):
            promotion = state.environments[name].promotion
            number = promotion.pull.number if promotion else None
            said = LimitedWrite(doing, wait.until, wait.used, wait.most, wait.per, wait.refused, number)
            found.setdefault(name, said)
    return found


def with_limited(state: State, known: Mapping[str, LimitedWrite]) -> State:
    """Return the State in which this is known."""
    if not known:
        return state
    environments = {name: replace(here, limited=known.get(name)) for name, here in state.environments.items()}
    return replace(state, environments=environments)


def name_of(action: Action) -> str:
    """Return the same name for the same wish in every pass."""
    match action:
        case OpenPromotion():
            about = action.environment
        case MergePromotion() | EnqueuePromotion() | ClosePromotion() | IntroducePromotion():
            about = f"#{action.number}"
        case Reply():
            about = action.comment_id
        case _:
            about = ""
    return f"{type(action).__name__} {about}"


def _doing(action: Action) -> str:
    """Return what waits, in the words of its verdict; '' where a promotion's page says nothing of it."""
    match action:
        case OpenPromotion():
            return "open the pull request"
        case MergePromotion():
            return f"merge #{action.number}"
        case EnqueuePromotion():
            return f"add #{action.number} to the merge queue"
        case _:
            return ""
