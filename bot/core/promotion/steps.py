"""What follows for one environment: one of five cases, each a function.

Nothing to promote; open a promotion; bring it up to date; describe it; merge it. A promotion in a merge queue stays as it is,
or leaves the queue first.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.gates import closed
from bot.core.gates.protection import SOON, waits_for_us
from bot.core.gates.question import Question
from bot.core.observation.promotion_branches import branch_of, stage_of
from bot.core.pages import closing, commit_messages, pull_request, status_comment
from bot.core.pages.parts.source_commits import wanted_logs
from bot.core.pages.parts.verdicts import counting
from bot.core.plan import (
    SUPERSEDED,
    Action,
    ClosePromotion,
    DeleteBranch,
    MergePromotion,
    OpenPromotion,
    Severity,
    UpdatePromotion,
    Verdict,
)
from bot.core.policy import Environment, Merge, Mode, Policy
from bot.core.promotion import check_renewal, merging
from bot.core.promotion.edits import edits_for
from bot.core.promotion.endings import say_how_it_ended, was_told
from bot.core.promotion.first_seen import recorded, remember_first_seen, with_first_sightings
from bot.core.promotion.pages import pages_and_check
from bot.core.promotion.rebuild import must_rebuild, must_replace
from bot.core.selection.candidates import Choice, choose
from bot.core.state import EnvironmentState, Promotion, State


@dataclass(frozen=True, slots=True)
class Decision:
    """One environment's part of the plan. logs: as in Plan."""

    choice: Choice
    actions: tuple[Action, ...]
    logs: frozenset[str] = frozenset()


def decide_environment(policy: Policy, state: State, environment: Environment, now: datetime) -> Decision:
    here = state.environments[environment.name]
    if policy.mode_of(policy.applications[state.application], environment) is Mode.OBSERVE:
        return Decision(choose(policy, state, environment, now), ())
    if state.records.closed(environment.name):
        choice = choose(policy, state, environment, now)
        return Decision(choice, _say_so(here, choice))
    seen = with_first_sightings(policy, state, environment, now)
    decision = _decide(policy, seen, environment, now)
    return decision if seen is state else replace(decision, actions=recorded(seen, environment, decision.actions))


def _decide(policy: Policy, state: State, environment: Environment, now: datetime) -> Decision:
    here, choice = state.environments[environment.name], choose(policy, state, environment, now)
    written = choice.question if choice.proposed or here.promotion else None
    logs = wanted_logs(written) if written else frozenset()
    said = say_how_it_ended(policy, state, here)
    if any(verdict.code in closed.SENTENCES for verdict in choice.verdicts):
        return Decision(choice, said, logs)
    return Decision(_hurried(choice), (*said, *_steps(state, here, choice)), logs)


def _hurried(choice: Choice) -> Choice:
    """Look again soon if only our own check run was missing, which this plan writes; or before that one is too old."""
    question = choice.question
    if question is None:
        return choice
    if _all_passed(choice.verdicts) and waits_for_us(question):
        return replace(choice, again_at=question.now + SOON)
    times = [at for at in (choice.again_at, check_renewal.due_at(question)) if at is not None]
    return replace(choice, again_at=min(times, default=None))


def _steps(state: State, here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    """Return the actions of one of the five cases."""
    if choice.question is None or not choice.proposed:
        return _nothing_to_promote(state, here, choice)
    if here.promotion is None:
        return _open(choice.question)
    if must_replace(choice.question, here.promotion):
        return close(here.promotion, branch_in_use(state, here), closing.replaced_by_rollback(choice.question))
    if not here.promotion.pull.is_queued and must_rebuild(choice.question, here.promotion, choice.verdicts):
        return _update(choice.question, here.promotion)
    return _carry_on(choice.question, here.promotion, choice.verdicts)


def _say_so(here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    """Return what an open promotion says while the records cannot be read; everything else stays as it is."""
    question, promotion = choice.question, here.promotion
    if question is None or promotion is None or not question.version.is_same(promotion.version):
        return ()
    return _carry_on(question, promotion, choice.verdicts)


def _nothing_to_promote(state: State, here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    if here.promotion is not None:
        candidate = choice.question.version if choice.question else None
        return close(here.promotion, branch_in_use(state, here), closing.superseded(here, candidate, choice.verdicts))
    return delete_left_over(state, here)


def delete_left_over(state: State, here: EnvironmentState) -> tuple[DeleteBranch, ...]:
    """Return what deletes a promotion's branch that no open pull request uses; nothing where others worked on it."""
    if here.branch_oid is None or here.branch_taken or was_told(here):
        return ()
    return (DeleteBranch(branch_in_use(state, here), here.branch_oid),)


def close(promotion: Promotion, branch: str, sentence: str) -> tuple[Action, ...]:
    """Return what closes a promotion with one sentence, and says so in its status comment."""
    pull = promotion.pull
    closing = ClosePromotion(pull.node_id, pull.number, branch, pull.head.oid, SUPERSEDED, sentence)
    return (*status_comment.ended(pull, sentence), closing)


def _open(question: Question) -> tuple[Action, ...]:
    edits = edits_for(question)
    if not edits or question.here.branch_taken:
        return ()
    opened = OpenPromotion(
        environment=question.environment.name,
        branch=branch_of(question.environment.name, question.application.name),
        base=question.state.repository.default_branch,
        base_oid=question.state.repository.head_oid,
        stale_head=question.here.branch_oid if question.here.former_branch is None else None,
        edits=edits,
        message=commit_messages.commit(question),
        title=commit_messages.title(question),
        body=pull_request.body(question),
    )
    renamed = delete_left_over(question.state, question.here) if question.here.former_branch else ()
    return (*remember_first_seen(question), *renamed, opened)


def _update(question: Question, promotion: Promotion) -> tuple[Action, ...]:
    branch = branch_in_use(question.state, question.here)
    updated = UpdatePromotion(
        environment=question.environment.name,
        pull_id=promotion.pull.node_id,
        number=promotion.pull.number,
        branch=branch,
        stage_branch=stage_of(branch),
        seen_head=promotion.pull.head.oid,
        base_oid=question.state.repository.head_oid,
        edits=edits_for(question),
        message=commit_messages.commit(question),
        title=commit_messages.title(question),
        body=pull_request.body(question),
    )
    return (*remember_first_seen(question), updated)


def _carry_on(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
    if promotion.pull.is_queued:
        return _in_queue(question, promotion, verdicts)
    ready = question.version.is_same(promotion.version) and _all_passed(verdicts) and not waits_for_us(question)
    if ready and question.environment.merge is Merge.AUTO:
        landing = merging.land(question, promotion.pull, verdicts)
        return (
            *pages_and_check(question, promotion.pull, verdicts, merges=isinstance(landing, MergePromotion)),
            landing,
        )
    return pages_and_check(question, promotion.pull, verdicts)


def _in_queue(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
    """Keep it as it is while every gate passes. Another version follows once it has left."""
    pull = promotion.pull
    if not question.version.is_same(promotion.version):
        return (merging.leave(question, pull),)
    closed = merging.closed_gates(verdicts)
    leaves = (merging.leave(question, pull),) if closed else ()
    # Whatever else is unsettled: the check run has to say that it was the bot that took it out, and why.
    pages = pages_and_check(question, pull, merging.settled(verdicts) if closed else verdicts)
    judged = merging.judge_group(question, pull.group, verdicts) if pull.group else ()
    return (*leaves, *pages, *judged)


def _all_passed(verdicts: tuple[Verdict, ...]) -> bool:
    return all(verdict.severity is Severity.PASSED for verdict in counting(verdicts))


def branch_in_use(state: State, here: EnvironmentState) -> str:
    """Return the branch in use: an open promotion keeps its own, whatever the place is called now."""
    return here.former_branch or branch_of(here.name, state.application)
