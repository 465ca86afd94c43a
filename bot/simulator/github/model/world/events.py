"""What happened, as the nouns tell it: one value per event, emitted after the state has changed.

Webhooks are drawn from these, and a demo that plays CI listens to them. Listeners are called in the order they were
added, one event after the other: what a listener changes is told after the event it heard, never in between.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bot.simulator.github.model.accounts.accounts import Installation, Team, User
    from bot.simulator.github.model.checks.runs import CheckRun, CheckSuite, CommitStatus
    from bot.simulator.github.model.code.repository import Repository
    from bot.simulator.github.model.conversations.conversation import Comment, Conversation, Label
    from bot.simulator.github.model.protection.protection import BranchProtection
    from bot.simulator.github.model.pulls.merge_queue import MergeGroup
    from bot.simulator.github.model.pulls.pull_request import PullRequest
    from bot.simulator.github.model.pulls.reviews import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened: by whom and when. `actor` is the webhook's sender."""

    actor: "User"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEvent(Event):
    """Something happened in a repository; `action` is GitHub's word. On its own: created, archived, edited, …"""

    repository: "Repository"
    action: str = ""
    changes: tuple[tuple[str, str], ...] = ()  # field → its former value


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent(RepositoryEvent):
    """A branch or tag moved. The zero id stands for "was not there" and "is gone"; `commits` are new here, oldest first."""

    ref: str
    before: str
    after: str
    forced: bool
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEvent(RepositoryEvent):
    """A branch or tag was made; `name` is short."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEvent(RepositoryEvent):
    """A branch or tag was removed; `name` is short."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestEvent(RepositoryEvent):
    """opened, edited, closed, reopened, synchronize, labeled, unlabeled, review_requested, auto_merge_enabled, …"""

    pull: "PullRequest"
    before: str | None = None
    after: str | None = None
    label: "Label | None" = None
    requested: "User | Team | None" = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEvent(RepositoryEvent):
    """submitted, edited, dismissed."""

    pull: "PullRequest"
    review: "Review"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEvent(RepositoryEvent):
    """opened, edited, closed, reopened, labeled, unlabeled, assigned, unassigned, deleted; never for a pull request."""

    issue: "Conversation"
    label: "Label | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCommentEvent(RepositoryEvent):
    """created, edited, deleted: on an issue or a pull request."""

    issue: "Conversation"
    comment: "Comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunEvent(RepositoryEvent):
    """created, completed, rerequested, requested_action."""

    run: "CheckRun"
    requested_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSuiteEvent(RepositoryEvent):
    """completed, requested, rerequested."""

    suite: "CheckSuite"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent(RepositoryEvent):
    """A commit status was set."""

    status: "CommitStatus"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent(RepositoryEvent):
    """created, edited, deleted: the repository's list of labels."""

    label: "Label"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroupEvent(RepositoryEvent):
    """checks_requested, destroyed (`reason`: merged, invalidated, dequeued)."""

    group: "MergeGroup"
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchProtectionEvent(RepositoryEvent):
    """created, edited, deleted."""

    protection: "BranchProtection"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationEvent(Event):
    """created, deleted, suspend, unsuspend, new_permissions_accepted."""

    action: str
    installation: "Installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRepositoriesEvent(Event):
    """added, removed."""

    action: str
    installation: "Installation"
    added: tuple["Repository", ...] = ()
    removed: tuple["Repository", ...] = ()


Some = TypeVar("Some", bound=Event)
Listener = Callable[[Event], None]


class Events:
    """Where the nouns tell what happened. `revision` grows with every event and every change that has none."""

    def __init__(self) -> None:
        self.revision = 0
        self._listeners: list[Listener] = []
        self._waiting: deque[Event] = deque()
        self._telling = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on(self, kind: type[Some], listener: Callable[[Some], None]) -> Callable[[], None]:
        """Call `listener` with every event of one kind (and of its subclasses)."""

        def selected(event: Event) -> None:
            if isinstance(event, kind):
                listener(event)

        return self.listen(selected)

    def touch(self) -> None:
        """Note a change that GitHub sends no event for."""
        self.revision += 1

    def emit(self, event: Event) -> None:
        """Tell everybody, after what is being told already."""
        self.revision += 1
        self._waiting.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._waiting:
                present = self._waiting.popleft()
                for listener in tuple(self._listeners):
                    listener(present)
        finally:
            self._telling = False
