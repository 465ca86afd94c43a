"""Which writes go into which document: as few documents as the order of a plan allows.

The fields of one document run in order, and those after a failed one still run. So a document ends
- before a field that needs the result of another field in it (the action's rounds say so);
- after a merge, or after adding to a merge queue, so that nothing follows one that failed;
- before a merge or a check run that turns green, if the document writes `gitops-state`: if that write fails because somebody
  wrote a hold there, neither must happen;
- before a reply, if the plan does anything else: it tells people that it was done, and is the durable mark that a comment is
  answered. Nothing waits for it, because GitHub limits comments first. The 🚀 or 😕 comes in the document after it.
An action that failed gets no further document, and a failed write of `gitops-state` ends the plan: nobody is told of a hold
that was not recorded, and nothing is merged despite it. The rest is carried out whatever failed, so that one environment
whose merge GitHub refuses does not block another. The next pass sees what is left to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.core.observation.repository import Repository
from bot.core.plan import (
    Action,
    AnswerAction,
    CheckOutcome,
    ClosePromotion,
    DecidedOn,
    DeleteBranch,
    MergeAction,
    React,
    Reaction,
    Reply,
    ReportCheck,
    WriteState,
)
from bot.github.writes.write import Rounds, Target, Work, Write
from bot.github.writes.writers import operation_of, writer_of


@dataclass(slots=True)
class Batch:
    """One document: its writes, each with the action it belongs to."""

    writes: list[Write] = field(default_factory=list)
    owners: list[Action] = field(default_factory=list)

    @property
    def actions(self) -> list[Action]:
        """The actions that it carries out or begins, in order, each once."""
        return [
            owner for number, owner in enumerate(self.owners) if all(owner is not each for each in self.owners[:number])
        ]

    def without(self, failed: Sequence[Action]) -> "Batch":
        """Return the batch without the actions that failed before."""
        kept = [
            pair for pair in zip(self.writes, self.owners, strict=True) if all(pair[1] is not each for each in failed)
        ]
        return Batch([write for write, _ in kept], [owner for _, owner in kept])

    @property
    def operation(self) -> str:
        """The name under which it is counted."""
        return operation_of(self.actions)

    @property
    def writes_state(self) -> bool:
        """Whether it writes `gitops-state`."""
        return any(isinstance(action, WriteState) for action in self.actions)


def schedule(works: Sequence[Work], repository: Repository) -> tuple[Batch, ...]:
    """Return the documents of a plan, in order."""
    batches: list[Batch] = []
    floor = 0  # no earlier document may take further writes
    deleted: set[str] = set()
    for work in sorted(works, key=lambda each: _tells_people(each.action)):
        action = work.action
        rounds = writer_of(action).compose(action, Target(repository, work, frozenset(deleted)))
        start = _start(action, batches, floor)
        _place(rounds, action, batches, start)
        if isinstance(action, MergeAction):
            floor = start + 1
        if isinstance(action, ClosePromotion | DeleteBranch) and action.seen_head is not None:
            deleted.add(action.branch)
    return tuple(batch for batch in batches if batch.writes)


def _start(action: Action, batches: list[Batch], floor: int) -> int:
    """Return the number of the first document that may contain this action's writes."""
    if _tells_people(action):
        working = [number for number, batch in enumerate(batches) if not all(map(_is_answer, batch.actions))]
        return max([floor, *(number + 1 for number in working)])
    if decided_on(action) is not None:
        return max([floor, *(number + 1 for number, batch in enumerate(batches) if batch.writes_state)])
    return floor


def decided_on(action: Action) -> DecidedOn | None:
    """Return the records that an action was decided on which merges something, or lets others merge it; None for others."""
    if isinstance(action, MergeAction):
        return DecidedOn(action.seen_state)
    if isinstance(action, ReportCheck) and action.outcome is CheckOutcome.SUCCESS:
        return action.decided_on
    return None


def _tells_people(action: Action) -> bool:
    """Return whether an action tells people that something was done."""
    return isinstance(action, Reply) or (isinstance(action, React) and action.reaction is not Reaction.SEEN)


def _is_answer(action: Action) -> bool:
    return isinstance(action, AnswerAction)


def _place(rounds: Rounds, action: Action, batches: list[Batch], start: int) -> None:
    while len(batches) < start + len(rounds):
        batches.append(Batch())
    for number, writes in enumerate(rounds, start):
        batches[number].writes.extend(writes)
        batches[number].owners.extend([action] * len(writes))
