"""The registry of writers: for each kind of action, what it writes, what comes before, and what its documents are called."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

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
    React,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.first_policy import CloseIssue, EditIssue, GiveLockBack, OpenIssue, ProposePolicy, TakeLock
from bot.github.parsing.state_branch import STATE_BRANCH
from bot.github.writes import answers, checks, first_policy, preparation, promotions, state
from bot.github.writes.preparation import Site
from bot.github.writes.write import Rounds, Target, Work

Kind = TypeVar("Kind", bound=Action)
Compose = Callable[[Kind, Target], Rounds]
Prepare = Callable[[Kind, Work, Site], Awaitable[Work]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What REST does before the documents. doing: for people, if GitHub refuses it."""

    run: Prepare[Action]
    doing: Callable[[Action], str]


@dataclass(frozen=True, slots=True)
class Writer:
    """How one kind of action is written.

    operation: the name under which a document is counted that contains such an action. compose: the action's mutation fields.
    """

    operation: str
    compose: Compose[Action]
    preparation: Preparation | None = None


def _row(
    kind: type[Kind],
    operation: str,
    compose: Compose[Kind],
    prepare: Prepare[Kind] | None = None,
    doing: Callable[[Kind], str] | None = None,
) -> tuple[type[object], Writer]:
    """Return one row. `Kind` makes mypy check that the functions take this kind of action; the casts then drop it."""
    if prepare is None or doing is None:
        return kind, Writer(operation, cast("Compose[Action]", compose))
    preparation = Preparation(cast("Prepare[Action]", prepare), cast("Callable[[Action], str]", doing))
    return kind, Writer(operation, cast("Compose[Action]", compose), preparation)


def _committing(_action: OpenPromotion | UpdatePromotion) -> str:
    return "commit the new version"


def _labelling(action: ClosePromotion) -> str:
    return f"label #{action.number}"


def _introducing(action: IntroducePromotion) -> str:
    return f"label #{action.number} and ask for reviews"


def _creating_state(_action: WriteState) -> str:
    return f"create the branch {STATE_BRANCH}"


WRITERS: Mapping[type[object], Writer] = dict(
    (
        _row(MergePromotion, "merge", promotions.merge),
        _row(EnqueuePromotion, "enqueue", promotions.enqueue),
        _row(DequeuePromotion, "dequeue", promotions.dequeue),
        _row(OpenPromotion, "open", promotions.open_pull_request, preparation.commit, _committing),
        _row(UpdatePromotion, "update", promotions.update, preparation.commit, _committing),
        _row(ClosePromotion, "close", promotions.close, preparation.label, _labelling),
        _row(WriteState, "write_state", state.write, preparation.state_branch, _creating_state),
        _row(DeleteBranch, "delete_branch", promotions.delete_branch),
        _row(DescribePromotion, "describe", promotions.describe),
        _row(ReportCheck, "report_check", checks.report),
        _row(IntroducePromotion, "introduce", promotions.introduce, preparation.introduce, _introducing),
        _row(EditStatus, "describe", promotions.edit_status),
        _row(ProposePolicy, "propose_policy", first_policy.propose),
        _row(TakeLock, "take_lock", first_policy.take_lock),
        _row(OpenIssue, "open_issue", first_policy.open_issue),
        _row(GiveLockBack, "give_lock_back", first_policy.give_lock_back),
        _row(EditIssue, "edit_issue", first_policy.edit_issue),
        _row(CloseIssue, "close_issue", first_policy.close_issue),
        _row(Reply, "answer", answers.reply),
        _row(React, "answer", answers.react),
        _row(DeleteReply, "answer", answers.delete_reply),
    )
)
"""Every kind. A document that contains several is counted under the first of them here."""


def writer_of(action: Action) -> Writer:
    """Return how this action is written."""
    return WRITERS[type(action)]


def operation_of(actions: list[Action]) -> str:
    """Return the name under which a document with these actions is counted."""
    kinds = {type(action) for action in actions}
    return next(writer.operation for kind, writer in WRITERS.items() if kind in kinds)
