"""What follows for one application: State + Policy + now → Plan. Nothing here waits, reads or writes.

Each environment is decided by itself (`promotion/steps.py`): choose a version (`selection/`), ask every gate about it
(`gates/`), and compare with the pull request that is open. Here the environments' steps become one plan, together with what
people did (`history/reverts.py`) and said (`commands/`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.commands.conversation import application
from bot.core.commands.conversation.unread_holds import unread_holds
from bot.core.commands.shared.last_pass import NOTHING_BEFORE, LastPass
from bot.core.deployments.wanted import wanted
from bot.core.gates.question import Purpose
from bot.core.history import reverts
from bot.core.notices import notices
from bot.core.pages import dashboard
from bot.core.pages.refused_writes import pages_of, unrecorded
from bot.core.plan import Action, Plan, WriteState
from bot.core.policy import Mode, Policy
from bot.core.promotion.retirement import retire
from bot.core.promotion.steps import Decision, decide_environment
from bot.core.records.branch import Doubt
from bot.core.selection.candidates import Choice
from bot.core.state import State, in_use

A_MOMENT = timedelta(minutes=1)
"""After which there is a dashboard to answer on, where there was none for a comment whose conversation is locked."""


def decide(state: State, policy: Policy, now: datetime, *, last: LastPass = NOTHING_BEFORE) -> Plan:
    """Return everything that follows for one application. last: what is known from the passes before."""
    state = replace(state, unread_holds=unread_holds(policy, state, now))
    policy = in_use(policy, state)
    decided = decisions(state, policy, now)
    choices = {name: decision.choice for name, decision in decided.items()}
    verdicts = {name: choice.verdicts for name, choice in choices.items()}
    unheard = application.is_unheard(policy, state, now)
    rows = dashboard.rows(policy, state, choices, wanted=unheard)
    wake_up = _earliest(_wake_up(choices.values()), now + A_MOMENT if unheard else None)
    if _observes(policy, state):
        return Plan((), verdicts, wake_up, rows=rows)
    logs = frozenset(oid for decision in decided.values() for oid in decision.logs)
    retired = retire(policy, state)
    told = notices(policy, state, choices, now)
    back = frozenset(name for name, decision in decided.items() if _is_rollback(decision))
    shown = wanted(policy, state, now)
    steps = (*_rollbacks_first(decided), *retired)
    whole = Plan(steps, verdicts, wake_up, logs, rows, notices=told, rollbacks=back, deployments=shown)
    if state.records.doubt is Doubt.UNVERIFIED:
        return replace(whole, again_at=_earliest(whole.again_at, state.records.until))
    first = state.restoration or reverts.record_reverts(policy, state)
    if first:
        return _before_all_else(first, whole, state, now)
    answers = application.answers(policy, state, choices, now, last=last)
    if _changes_records(answers):
        return _before_all_else(answers, whole, state, now)
    if answers and _changes_records(whole.actions) and any(map(unrecorded, state.environments.values())):
        return _answers_alone(answers, whole, state, now)
    return replace(whole, actions=(*whole.actions, *answers))


def _before_all_else(records: tuple[Action, ...], whole: Plan, state: State, now: datetime) -> Plan:
    """Return a plan that changes the records and nothing else: the pass that follows at once decides on the new records.

    Where GitHub refused something in the last pass, the pages still say so: this very write may be refused again and again.
    """
    refused = [here.name for here in state.environments.values() if here.refused]
    if not refused:
        return Plan(records, whole.verdicts, again_at=now)
    return replace(whole, actions=(*records, *pages_of(whole, state, refused)), again_at=now)


def _answers_alone(answers: tuple[Action, ...], whole: Plan, state: State, now: datetime) -> Plan:
    """Return a plan that answers people, and nothing else but the pages: the next pass tries the rest again at once.

    A refused write to the records ends a plan, so that answers after it would wait until GitHub takes it.
    """
    refused = [here.name for here in state.environments.values() if here.refused]
    return Plan((*pages_of(whole, state, refused), *answers), whole.verdicts, again_at=now)


def decisions(state: State, policy: Policy, now: datetime) -> Mapping[str, Decision]:
    """Return what follows for each environment by itself."""
    policy = in_use(policy, state)
    return {
        name: decide_environment(policy, state, environment, now) for name, environment in policy.environments.items()
    }


def _observes(policy: Policy, state: State) -> bool:
    """Return whether nothing is written for this application, not even an answer."""
    modes = policy.mode, policy.applications[state.application].mode
    return state.repository.archived or Mode.OBSERVE in modes


def _changes_records(actions: tuple[Action, ...]) -> bool:
    """Return whether one of these changes the records."""
    return any(isinstance(action, WriteState) for action in actions)


def _is_rollback(decision: Decision) -> bool:
    question = decision.choice.question
    return question is not None and question.purpose is Purpose.ROLLBACK


def _rollbacks_first(decided: Mapping[str, Decision]) -> tuple[Action, ...]:
    ordered = sorted(decided.values(), key=lambda decision: not _is_rollback(decision))
    return _one_state_write([action for decision in ordered for action in decision.actions])


def _one_state_write(actions: list[Action]) -> tuple[Action, ...]:
    """Join the records of several environments in one commit: each names the same head, so a second commit would fail."""
    writes = [action for action in actions if isinstance(action, WriteState)]
    others = tuple(action for action in actions if not isinstance(action, WriteState))
    if not writes:
        return others
    files = {name: text for write in writes for name, text in write.files.items()}
    return (WriteState(writes[0].seen_head, files, writes[0].message), *others)


def _wake_up(choices: Iterable[Choice]) -> datetime | None:
    return _earliest(*(choice.again_at for choice in choices))


def _earliest(*times: datetime | None) -> datetime | None:
    return min(filter(None, times), default=None)
