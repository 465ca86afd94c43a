"""From a state, a policy and a moment to a plan. Nothing here waits, reads or writes.

For each environment: choose a version, ask every gate about it, and compare with the pull request that is open. There
are five cases, and each is one function below: nothing to promote, open one, bring it up to date, describe it, merge it.
One in a merge queue stays as it is, or leaves it first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.commands import application
from bot.core.gates.protection import OWN_CHECK, SOON, is_required, waits_for_us
from bot.core.gates.question import Purpose, Question
from bot.core.history import reverts
from bot.core.observation.commits import Outcome
from bot.core.observation.promotion_branches import branch_of, stage_of
from bot.core.observation.pull_request import Mergeable, PullRequest
from bot.core.pages import check_run, closing, commit_messages, dashboard, pull_request, status_comment
from bot.core.pages.refused_writes import pages_of
from bot.core.pages.source_commits import wanted_logs
from bot.core.pages.verdicts import TRANSIENT, counting
from bot.core.plan import (
    SUPERSEDED,
    Action,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DescribePromotion,
    MergePromotion,
    OpenPromotion,
    Plan,
    ReportCheck,
    Severity,
    UpdatePromotion,
    Verdict,
    WriteState,
)
from bot.core.policy import Environment, Merge, Mode, Policy
from bot.core.promotion import merging
from bot.core.promotion.edits import edits_for, writes
from bot.core.records.entries import Sighting
from bot.core.records.environment import file_name
from bot.core.selection.candidates import Choice, choose
from bot.core.state import EnvironmentState, Promotion, State
from bot.core.values.artifacts import Artifact
from bot.core.values.places import Edit
from bot.core.values.version import Version

REBUILD_CODES = frozenset({"conflict", "behind"})


@dataclass(frozen=True, slots=True)
class Decision:
    """One environment's part of the plan. logs: as in Plan."""

    choice: Choice
    actions: tuple[Action, ...]
    logs: frozenset[str] = frozenset()


def decide(state: State, policy: Policy, now: datetime) -> Plan:
    """Everything that follows for one application."""
    decided = decisions(state, policy, now)
    choices = {name: decision.choice for name, decision in decided.items()}
    verdicts = {name: choice.verdicts for name, choice in choices.items()}
    rows = dashboard.rows(policy, state, choices)
    if _only_looks_on(policy, state):
        return Plan((), verdicts, _wake_up(choices.values()), rows=rows)
    logs = frozenset(oid for decision in decided.values() for oid in decision.logs)
    whole = Plan(_rollbacks_first(decided), verdicts, _wake_up(choices.values()), logs, rows)
    first = state.restoration or reverts.write_down(policy, state)
    if first:
        return _before_all_else(first, whole, state, now)
    answers = application.respond(policy, state, choices, now)
    if _changes_records(answers):
        return _before_all_else(answers, whole, state, now)
    return replace(whole, actions=(*whole.actions, *answers))


def _before_all_else(records: tuple[Action, ...], whole: Plan, state: State, now: datetime) -> Plan:
    """What changes the records has a pass of its own. Where GitHub refused something in the last one, the pages say so all the
    same, for it may be this very write that is refused again and again."""
    refused = [here.name for here in state.environments.values() if here.refused]
    if not refused:
        return Plan(records, whole.verdicts, again_at=now)
    return replace(whole, actions=(*records, *pages_of(whole, state, refused)), again_at=now)


def decisions(state: State, policy: Policy, now: datetime) -> Mapping[str, Decision]:
    """What follows for each environment by itself."""
    return {
        name: _decide_environment(policy, state, environment, now) for name, environment in policy.environments.items()
    }


def _decide_environment(policy: Policy, state: State, environment: Environment, now: datetime) -> Decision:
    choice = choose(policy, state, environment, now)
    here = state.environments[environment.name]
    if policy.mode_of(policy.applications[state.application], environment) is Mode.OBSERVE:
        return Decision(choice, ())
    if state.records.closed(environment.name):
        return Decision(choice, _say_so(here, choice))
    written = choice.question if choice.proposed or here.promotion else None
    logs = wanted_logs(written) if written else frozenset()
    return Decision(_hurried(choice), _steps(state, here, choice), logs)


def _hurried(choice: Choice) -> Choice:
    """Where only our own check run was missing, which is written now, the merge shall not wait for long."""
    question = choice.question
    if question is None or not (_all_passed(choice.verdicts) and waits_for_us(question)):
        return choice
    return replace(choice, again_at=question.now + SOON)


def _steps(state: State, here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    """One of the five cases."""
    if choice.question is None or not choice.proposed:
        return _nothing_to_promote(state, here, choice)
    if here.promotion is None:
        return _open(choice.question, choice.verdicts)
    if _must_replace(choice.question, here.promotion):
        return _close(here.promotion, _branch(state, here), closing.replaced_by_rollback(choice.question))
    if not here.promotion.pull.is_queued and _must_rebuild(choice.question, here.promotion, choice.verdicts):
        return _update(choice.question, here.promotion, choice.verdicts)
    return _carry_on(choice.question, here.promotion, choice.verdicts)


def _only_looks_on(policy: Policy, state: State) -> bool:
    """Nothing at all is written for this application, not even an answer."""
    modes = policy.mode, policy.applications[state.application].mode
    return state.repository.archived or Mode.OBSERVE in modes


def _say_so(here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    """Nobody knows what people asked for and forbade here: an open promotion says it, and all else stays as it is."""
    question, promotion = choice.question, here.promotion
    if question is None or promotion is None or not question.version.is_same(promotion.version):
        return ()
    return _carry_on(question, promotion, choice.verdicts)


def _nothing_to_promote(state: State, here: EnvironmentState, choice: Choice) -> tuple[Action, ...]:
    if here.promotion is not None:
        candidate = choice.question.version if choice.question else None
        return _close(here.promotion, _branch(state, here), closing.superseded(here, candidate, choice.verdicts))
    return _delete_left_over(state, here)


def _delete_left_over(state: State, here: EnvironmentState) -> tuple[DeleteBranch, ...]:
    if here.branch_oid is None or here.branch_taken:
        return ()
    return (DeleteBranch(_branch(state, here), here.branch_oid),)


def _close(promotion: Promotion, branch: str, sentence: str) -> tuple[Action, ...]:
    pull = promotion.pull
    closing = ClosePromotion(pull.node_id, pull.number, branch, pull.head.oid, SUPERSEDED, sentence)
    return (*status_comment.ended(pull, sentence), closing)


def _open(question: Question, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
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
        body=pull_request.body(question, counting(verdicts)),
    )
    renamed = _delete_left_over(question.state, question.here) if question.here.former_branch else ()
    return (*_remember_digests(question), *renamed, opened)


def _update(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
    branch = _branch(question.state, question.here)
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
        body=pull_request.body(question, counting(verdicts)),
    )
    return (*_remember_digests(question), updated)


def _carry_on(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
    if promotion.pull.is_queued:
        return _in_queue(question, promotion, verdicts)
    ready = question.version.is_same(promotion.version) and _all_passed(verdicts) and not waits_for_us(question)
    if ready and question.environment.merge is Merge.AUTO:
        landing = merging.land(question, promotion.pull, verdicts)
        return (*_pages(question, promotion.pull, verdicts, merges=isinstance(landing, MergePromotion)), landing)
    return _pages(question, promotion.pull, verdicts)


def _in_queue(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> tuple[Action, ...]:
    """It stays as it is while every gate passes. Another version comes once it has left."""
    pull = promotion.pull
    if not question.version.is_same(promotion.version):
        return (merging.leave(question, pull),)
    closed = merging.closed_gates(verdicts)
    leaves = (merging.leave(question, pull),) if closed else ()
    # Whatever else is unsettled: the check run has to say that it was the bot that took it out, and why.
    pages = _pages(question, pull, merging.settled(verdicts) if closed else verdicts)
    judged = merging.judge_group(question, pull.group, verdicts) if pull.group else ()
    return (*leaves, *pages, *judged)


def _pages(
    question: Question, pull: PullRequest, verdicts: tuple[Verdict, ...], *, merges: bool = False
) -> tuple[Action, ...]:
    """What people read of it, and the check run, where they do not say this already. merges: the same plan merges it."""
    if any(verdict.code in TRANSIENT for verdict in verdicts):
        return ()
    # They are recorded when it opens; this is for a record that somebody else's commit came before.
    actions: list[Action] = [*_remember_digests(question)]
    title, body = commit_messages.title(question), pull_request.body(question, verdicts)
    if pull_request.differs(pull.title, title) or pull_request.differs(pull.body, body):
        actions.append(DescribePromotion(pull.node_id, pull.number, title, body))
    actions.extend(_report(pull, verdicts, question))
    actions.extend(
        status_comment.introduction(question, verdicts, merges=merges) or status_comment.edited(question, verdicts)
    )
    return tuple(actions)


def _report(pull: PullRequest, verdicts: tuple[Verdict, ...], question: Question) -> tuple[ReportCheck, ...]:
    """The check run, where it does not say this already."""
    title = check_run.headline(verdicts, question)
    circular = {"github-blocked"} if is_required(question.state.repository) else set()
    judged = (verdict for verdict in counting(verdicts) if verdict.code not in circular)
    severity = max((verdict.severity for verdict in judged), default=Severity.PASSED)
    outcome = {
        Severity.PASSED: CheckOutcome.SUCCESS,
        Severity.WAITING: CheckOutcome.RUNNING,
        Severity.BLOCKED: CheckOutcome.ACTION_REQUIRED,
    }[severity]
    summary = check_run.summary(question, verdicts)
    says = pull_request.digest(f"{outcome.value} {title} {summary}")
    present = question.state.repository.own_report(pull.head.reports, OWN_CHECK)
    shown = {Outcome.SUCCESS: CheckOutcome.SUCCESS, Outcome.PENDING: CheckOutcome.RUNNING}
    if present and present.says == says and shown.get(present.outcome, CheckOutcome.ACTION_REQUIRED) is outcome:
        return ()
    check_id = present.node_id if present else None
    return (ReportCheck(OWN_CHECK, pull.head.oid, check_id, outcome, title, summary, says=says),)


def _remember_digests(question: Question) -> tuple[WriteState, ...]:
    """Record the digests of a version that is seen for the first time, so that a moved tag is noticed.

    Only those that the registry shows: what stands in a manifest alone may be anybody's, and would forbid the real one.
    """
    if question.version.followed:
        return _remember_sighting(question)
    application, version, name = question.application.name, _confirmed(question), question.environment.name
    known = question.state.records.first_digests(application, version.tag)
    if question.state.records.closed(name) or all(image in known for image, _ in version.digests):
        return ()
    text = question.state.records.of(name).with_digests(application, version).text()
    message = commit_messages.remembered(question)
    return (WriteState(question.state.state_oid, {file_name(name): text}, message),)


def _confirmed(question: Question) -> Version:
    """The version with those of its digests that the registry shows as well."""
    version, artifacts = question.version, question.state.artifacts
    seen = [(image, digest, artifacts.get((image, version.tag))) for image, digest in version.digests]
    shown = ((image, digest) for image, digest, found in seen if isinstance(found, Artifact) and found.digest == digest)
    return replace(version, digests=tuple(shown))


def _remember_sighting(question: Question) -> tuple[WriteState, ...]:
    """Record when a tag that is followed came to point here, and what it pointed at before, so that its order is known."""
    application, name, records = question.application.name, question.environment.name, question.state.records
    known = [sighting.version for sighting in records.sightings(application)]
    if records.closed(name) or any(question.version.is_same(each) for each in known):
        return ()
    present, came = question.here.version, question.here.arrivals
    before = [Sighting.of(present, came[0].at)] if present is not None and present.digests and came else []
    new = [*before, Sighting.of(question.version, question.now)]
    text = records.of(name).with_sightings(application, *new).text()
    return (WriteState(question.state.state_oid, {file_name(name): text}, commit_messages.remembered(question)),)


def _must_rebuild(question: Question, promotion: Promotion, verdicts: tuple[Verdict, ...]) -> bool:
    """The head is rebuilt when it would not write what it says everywhere, when it conflicts, when its files are elsewhere
    now, and last, when GitHub wants it up to date."""
    edits = edits_for(question)
    if promotion.strangers or not edits:
        return False
    # For a moment after a push GitHub shows the branch moved and the pull request's files not yet.
    outdated = promotion.outdated and promotion.pull.mergeable is not Mergeable.UNKNOWN
    if outdated or not question.version.is_same(promotion.version) or _misses_a_file(edits, promotion.pull):
        return True
    others = [verdict for verdict in counting(verdicts) if verdict.severity is not Severity.PASSED]
    codes = {verdict.code for verdict in others if verdict.gate == "protection"}
    return "conflict" in codes or (bool(codes & REBUILD_CODES) and len(others) == 1)


def _misses_a_file(edits: tuple[Edit, ...], pull: PullRequest) -> bool:
    """A reference came to the default branch in a file that the promotion leaves alone."""
    known = pull.changed_files <= len(pull.changed_paths)
    return known and any(writes(edit) and edit.place.path not in pull.changed_paths for edit in edits)


def _must_replace(question: Question, promotion: Promotion) -> bool:
    """A rollback gets a pull request of its own: approvals are never inherited."""
    return question.purpose is Purpose.ROLLBACK and not question.version.is_same(promotion.version)


def _all_passed(verdicts: tuple[Verdict, ...]) -> bool:
    return all(verdict.severity is Severity.PASSED for verdict in counting(verdicts))


def _changes_records(answers: tuple[Action, ...]) -> bool:
    """What a command changes is decided upon afresh, in the pass that follows at once."""
    return any(isinstance(action, WriteState) for action in answers)


def _rollbacks_first(decided: Mapping[str, Decision]) -> tuple[Action, ...]:
    def urgency(decision: Decision) -> bool:
        question = decision.choice.question
        return question is None or question.purpose is not Purpose.ROLLBACK

    ordered = sorted(decided.values(), key=urgency)
    return _one_state_write([action for decision in ordered for action in decision.actions])


def _one_state_write(actions: list[Action]) -> tuple[Action, ...]:
    """Several environments' records go in one commit: each names the same head, so a second one would fail."""
    writes = [action for action in actions if isinstance(action, WriteState)]
    others = tuple(action for action in actions if not isinstance(action, WriteState))
    if not writes:
        return others
    files = {name: text for write in writes for name, text in write.files.items()}
    return (WriteState(writes[0].seen_head, files, writes[0].message), *others)


def _wake_up(choices: Iterable[Choice]) -> datetime | None:
    return min((choice.again_at for choice in choices if choice.again_at), default=None)


def _branch(state: State, here: EnvironmentState) -> str:
    """The branch in use: an open promotion keeps its own, whatever the place is called now."""
    return here.former_branch or branch_of(here.name, state.application)
