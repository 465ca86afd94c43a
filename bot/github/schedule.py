"""Which writes go into which document: as few documents as the order of a plan allows.

Fields of one document run in order, and go on after a failure. So a document ends
- before a field that needs the result of one in it (that field's action says so, by rounds);
- after a merge or its like, the place in the merge queue, so that nothing follows one that failed;
- before one, where the document writes `gitops-state`: somebody may have written a hold there, and the merge must not be;
- before a 🚀 or a reply, where the document does anything else: they tell people that it was done, and are the durable mark
  that a comment needs no further look.
An action that failed has no further document, and a failed write of `gitops-state` ends the plan: nobody is told of a hold
that does not stand, and nothing is merged past it. Whatever else failed, the rest is carried out, so that one environment
whose merge GitHub refuses keeps no other from its own; the next pass sees what is left to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.observation.repository import Repository
from bot.core.plan import (
    Action,
    ClosePromotion,
    DeleteBranch,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    React,
    Reaction,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.github.writes import Round, Work, Write, rounds_of

# What a document is counted as: the first of these that it does.
_NAMES: tuple[tuple[type[Action], str], ...] = (
    (MergePromotion, "merge"),
    (EnqueuePromotion, "enqueue"),
    (DequeuePromotion, "dequeue"),
    (OpenPromotion, "open"),
    (UpdatePromotion, "update"),
    (ClosePromotion, "close"),
    (WriteState, "write_state"),
    (DeleteBranch, "delete_branch"),
    (DescribePromotion, "describe"),
    (ReportCheck, "report_check"),
    (IntroducePromotion, "introduce"),
    (EditStatus, "describe"),
    (Reply, "answer"),
    (React, "answer"),
)


@dataclass(slots=True)
class Batch:
    """One document to be: its writes with the action that each belongs to."""

    writes: list[Write] = field(default_factory=list)
    owners: list[Action] = field(default_factory=list)

    @property
    def actions(self) -> list[Action]:
        """What it carries out or begins, in order, each once."""
        return [
            owner for number, owner in enumerate(self.owners) if all(owner is not each for each in self.owners[:number])
        ]

    def without(self, failed: Sequence[Action]) -> "Batch":
        """What is left where these have failed before."""
        kept = [
            pair for pair in zip(self.writes, self.owners, strict=True) if all(pair[1] is not each for each in failed)
        ]
        return Batch([write for write, _ in kept], [owner for _, owner in kept])

    @property
    def operation(self) -> str:
        """The word it is counted under."""
        return next(name for kind, name in _NAMES if any(isinstance(action, kind) for action in self.actions))

    def does(self, *kinds: type[Action]) -> bool:
        """It carries out, or begins, an action of one of these kinds."""
        return any(isinstance(action, kinds) for action in self.actions)


def schedule(works: Sequence[Work], repository: Repository) -> tuple[Batch, ...]:
    """The documents of a plan, in order."""
    batches: list[Batch] = []
    floor = 0  # nothing further may go into a document before this one
    deleted: set[str] = set()
    for work in works:
        rounds = rounds_of(work, repository, deleted=frozenset(deleted))
        start = _start(work.action, batches, floor)
        _place(rounds, work.action, batches, start)
        if isinstance(work.action, MergePromotion | EnqueuePromotion):
            floor = start + 1
        if isinstance(work.action, ClosePromotion | DeleteBranch) and work.action.seen_head is not None:
            deleted.add(work.action.branch)
    return tuple(batch for batch in batches if batch.writes)


def _start(action: Action, batches: list[Batch], floor: int) -> int:
    """The first document that this action's writes may go into."""
    if _tells(action):
        working = [number for number, batch in enumerate(batches) if not all(map(_only_answers, batch.actions))]
        return max([floor, *(number + 1 for number in working)])
    if isinstance(action, MergePromotion | EnqueuePromotion):
        writing = [number for number, batch in enumerate(batches) if batch.does(WriteState)]
        return max([floor, *(number + 1 for number in writing)])
    return floor


def _tells(action: Action) -> bool:
    """It tells people that something was done."""
    return isinstance(action, Reply) or (isinstance(action, React) and action.reaction is Reaction.DONE)


def _only_answers(action: Action) -> bool:
    return isinstance(action, Reply | React)


def _place(rounds: tuple[Round, ...], action: Action, batches: list[Batch], start: int) -> None:
    while len(batches) < start + len(rounds):
        batches.append(Batch())
    for number, writes in enumerate(rounds, start):
        batches[number].writes.extend(writes)
        batches[number].owners.extend([action] * len(writes))
