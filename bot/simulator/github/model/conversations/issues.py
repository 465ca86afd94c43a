"""Issues."""

from dataclasses import dataclass
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.conversations.conversation import Conversation, State
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.world.ids import Kind


class StateReason(Enum):
    """Why an issue is open or closed."""

    COMPLETED = "COMPLETED"
    NOT_PLANNED = "NOT_PLANNED"
    REOPENED = "REOPENED"
    DUPLICATE = "DUPLICATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEvent(RepositoryEvent):
    """opened, edited, closed, reopened, labeled, unlabeled, assigned, unassigned, deleted; never for a pull request."""

    issue: Conversation
    label: Label | None = None


@dataclass(eq=False, slots=True, kw_only=True)
class Issue(Conversation):
    """An issue."""

    state_reason: StateReason | None = None

    kind = Kind.ISSUE

    def close(self, *, by: User, reason: StateReason = StateReason.COMPLETED) -> None:
        """Close it; if it is closed, change only the reason."""
        was_open = self.state is State.OPEN
        self.state, self.state_reason = State.CLOSED, reason
        if was_open:
            self.closed_at = self.updated_at = self.repository.github.now()
            self.closed_by = by
            self.record_state_change(by=by)
            self._tell("closed", by)

    def reopen(self, *, by: User) -> None:
        """Reopen it."""
        if self.state is State.CLOSED:
            self.state, self.state_reason = State.OPEN, StateReason.REOPENED
            self.closed_at, self.closed_by = None, None
            self.record_state_change(by=by)
            self.updated_at = self.repository.github.now()
            self._tell("reopened", by)

    def _tell(
        self, action: str, by: User, *, label: Label | None = None, changes: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.repository.github.events.emit(
            IssueEvent(
                repository=self.repository, action=action, issue=self, label=label, changes=changes, actor=by,
                at=self.repository.github.now(),
            )
        )  # fmt: skip
