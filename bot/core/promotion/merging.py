"""How a promotion whose gates pass gets to the default branch: by a merge, or through the merge queue.

The bot enqueues it as late as it would have merged it, dequeues it as soon as a gate closes, and judges it again on the
commit that the queue makes of it and of what is ahead of it:

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue

With the grouping strategy `HEADGREEN`, GitHub looks at the last entry of a group alone. Pull requests of others then get our
check on their groups once it has passed on those of all promotions in the queue.

Races accepted: GitHub may merge a group at the moment in which a gate closes, as with any merge that was sent. What is
ahead of a promotion in its group is judged in a pass of its own; when it leaves, GitHub rebuilds the group.
"""

from collections.abc import Iterable

from bot.core.gates.protection import OWN_CHECK
from bot.core.gates.question import Question
from bot.core.observation.commits import Commit, Outcome
from bot.core.observation.pull_request import PullRequest
from bot.core.pages import check_run, commit_messages
from bot.core.pages.parts.verdicts import TRANSIENT, counting
from bot.core.plan import (
    Action,
    CheckOutcome,
    DecidedOn,
    DequeuePromotion,
    EnqueuePromotion,
    MergePromotion,
    ReportCheck,
    Severity,
    Verdict,
)
from bot.core.policy import MergeMethod
from bot.core.state import State


def land(question: Question, pull: PullRequest, verdicts: tuple[Verdict, ...]) -> MergePromotion | EnqueuePromotion:
    """Merge the head that every gate was asked about, or enqueue it if the default branch has a merge queue."""
    environment, seen_state = question.environment.name, question.state.state_oid
    if question.state.repository.protection.merge_queue:
        return EnqueuePromotion(environment, pull.node_id, pull.number, pull.head.oid, seen_state)
    return MergePromotion(
        environment=environment,
        pull_id=pull.node_id,
        number=pull.number,
        head_oid=pull.head.oid,
        method=merge_method(question),
        message=commit_messages.merge_commit(question, pull.number, verdicts=verdicts),
        seen_state=seen_state,
    )


def leave(question: Question, pull: PullRequest) -> DequeuePromotion:
    """Take it out of the queue."""
    return DequeuePromotion(question.environment.name, pull.node_id, pull.number)


def settled(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Return the verdicts without what GitHub is still computing: that is no gate that closed."""
    return tuple(verdict for verdict in verdicts if verdict.code not in TRANSIENT)


def closed_gates(verdicts: tuple[Verdict, ...]) -> bool:
    """Return whether a gate has closed, so that the promotion must leave the queue."""
    return any(verdict.severity is not Severity.PASSED for verdict in counting(settled(verdicts)))


def judge_group(question: Question, group: Commit, verdicts: tuple[Verdict, ...]) -> tuple[ReportCheck, ...]:
    """Return the check run on the commit that the queue wants to merge, if it does not say this already.

    It fails if the promotion must leave: should GitHub not let it out, this keeps it from being merged.
    """
    outcome, shown = CheckOutcome.SUCCESS, Outcome.SUCCESS
    if closed_gates(verdicts):
        outcome, shown = CheckOutcome.FAILURE, Outcome.FAILURE
    elif len(settled(verdicts)) < len(verdicts):
        return ()
    present = question.state.repository.own_report(group.reports, OWN_CHECK)
    if present is not None and present.outcome is shown:
        return ()
    title, summary = check_run.headline(verdicts, question), check_run.summary(question, verdicts)
    check_id, decided_on = present.node_id if present else None, DecidedOn(question.state.state_oid)
    return (ReportCheck(OWN_CHECK, group.oid, check_id, outcome, title, summary, decided_on=decided_on),)


def lets_others_pass(actions: Iterable[Action], state: State) -> bool:
    """Return whether others in the merge queue waited for one of these checks: it passes where the last entry decides."""
    promotions = [here.promotion for here in state.environments.values() if here.promotion is not None]
    groups = {promotion.pull.group.oid for promotion in promotions if promotion.pull.group is not None}
    return state.repository.protection.head_green and any(
        isinstance(action, ReportCheck) and action.outcome is CheckOutcome.SUCCESS and action.head_oid in groups
        for action in actions
    )


def merge_method(question: Question) -> str:
    """Return the policy's method, or the first that the repository allows if it forbids that one."""
    allowed = question.state.repository.merge_methods
    wanted = question.environment.merge_method.name
    fallback = (method.name for method in MergeMethod if method.name in allowed)
    return wanted if wanted in allowed or not allowed else next(fallback, wanted)
