"""What issues and pull requests share: number, text, labels and comments."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar

from bot.simulator.github.model.accounts.accounts import Role, User
from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.conversations.reactions import Reactable
from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.limits import check_body, check_comment, check_title


class State(Enum):
    """GitHub's states of issues (the first two) and pull requests."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


class LockReason(Enum):
    """Why a conversation was locked, in REST's words; the names are GraphQL's."""

    OFF_TOPIC = "off-topic"
    TOO_HEATED = "too heated"
    RESOLVED = "resolved"
    SPAM = "spam"


LOCKING = "https://docs.github.com/articles/locking-conversations/"
COMMENT_LOCKED = "Unable to create comment because issue is locked."
"""GitHub's message, also for pull requests and Apps: https://github.com/renovatebot/renovate/issues/6215"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    """A closing or reopening."""

    id: int
    conversation: "Conversation"
    actor: User
    created_at: datetime

    kind: ClassVar[Kind]

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(self.kind, self.id)


class Closing(StateChange):
    """It was closed, which includes merging."""

    kind = Kind.CLOSED


class Reopening(StateChange):
    """It was reopened."""

    kind = Kind.REOPENED


@dataclass(eq=False, slots=True, kw_only=True)
class Comment(Reactable):
    """A comment on an issue or a pull request."""

    conversation: "Conversation"
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    last_edited_at: datetime | None = None
    editor: User | None = None
    minimized: str | None = None

    kind = Kind.COMMENT

    @property
    def is_locked(self) -> bool:
        """Report whether its conversation is locked."""
        return self.conversation.locked

    def edit(self, body: str, *, by: User) -> None:
        """Replace the text."""
        check_comment(body)
        changes = (("body", self.body),)
        self.body, self.editor = body, by
        self.updated_at = self.last_edited_at = self.repository.github.now()
        self._tell("edited", by, changes)

    def delete(self, *, by: User) -> None:
        """Delete the comment."""
        self.conversation.comments.remove(self)
        self.repository.github.forget(self)
        self._tell("deleted", by)

    def _tell(self, action: str, by: User, changes: tuple[tuple[str, str], ...] = ()) -> None:
        self.repository.github.events.emit(
            IssueCommentEvent(
                repository=self.repository, action=action, issue=self.conversation, comment=self, changes=changes,
                actor=by, at=self.repository.github.now(),
            )
        )  # fmt: skip


@dataclass(eq=False, slots=True, kw_only=True)
class Conversation(Reactable):
    """What issues and pull requests share. One series of numbers per repository serves both."""

    number: int
    title: str
    body: str
    author: User
    created_at: datetime
    updated_at: datetime
    state: State = State.OPEN
    closed_at: datetime | None = None
    closed_by: User | None = None
    locked: bool = False
    lock_reason: LockReason | None = None
    last_edited_at: datetime | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    state_changes: list[StateChange] = field(default_factory=list)

    @property
    def is_locked(self) -> bool:
        """Report whether it is locked."""
        return self.locked

    def record_state_change(self, *, by: User) -> None:
        """Record who closed or reopened it and when, for its timeline."""
        github = self.repository.github
        kind = Reopening if self.state is State.OPEN else Closing
        change = kind(id=github.ids.next(kind.kind), conversation=self, actor=by, created_at=github.now())
        self.state_changes.append(change)
        github.remember(change)

    def comment(self, body: str, *, by: User) -> Comment:
        """Add a comment."""
        if not body.strip():
            raise unprocessable("Body cannot be blank")
        check_comment(body)
        if self.locked and (isinstance(by, Bot) or self.repository.role_of(by) < Role.WRITE):
            raise Refused(Reason.FORBIDDEN, COMMENT_LOCKED, documentation=LOCKING)
        github = self.repository.github
        github.check_content(by.login)
        now = github.now()
        made = Comment(
            repository=self.repository, id=github.ids.next(Kind.COMMENT), conversation=self, author=by, body=body,
            created_at=now, updated_at=now,
        )  # fmt: skip
        self.comments.append(made)
        self.updated_at = now
        github.remember(made)
        github.events.emit(
            IssueCommentEvent(repository=self.repository, action="created", issue=self, comment=made, actor=by, at=now)
        )
        return made

    def edit(self, *, by: User, title: str | None = None, body: str | None = None) -> None:
        """Change the title, the body, or both."""
        check_title(title)
        check_body(body)
        changes = tuple(
            (word, str(getattr(self, word)))
            for word, value in (("title", title), ("body", body))
            if value is not None and value != getattr(self, word)
        )
        self.title = self.title if title is None else title
        self.body = self.body if body is None else body
        if changes:
            self.last_edited_at = self.updated_at = self.repository.github.now()
            self._tell("edited", by, changes=changes)

    def lock(self, *, by: User, reason: LockReason | None = None) -> None:
        """Allow comments only from people with write access, and no reactions."""
        self.locked, self.lock_reason = True, reason
        self._tell("locked", by)

    def unlock(self, *, by: User) -> None:
        """Allow comments from everyone."""
        self.locked, self.lock_reason = False, None
        self._tell("unlocked", by)

    def add_labels(self, *labels: Label, by: User) -> None:
        """Add labels; those already present cause no event."""
        for label in labels:
            if label not in self.labels:
                self.labels.append(label)
                self.updated_at = self.repository.github.now()
                self._tell("labeled", by, label=label)

    def remove_labels(self, *labels: Label, by: User) -> None:
        """Remove labels; absent ones are ignored."""
        for label in labels:
            if label in self.labels:
                self.labels.remove(label)
                self.updated_at = self.repository.github.now()
                self._tell("unlabeled", by, label=label)

    def _tell(
        self, action: str, by: User, *, label: Label | None = None, changes: tuple[tuple[str, str], ...] = ()
    ) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCommentEvent(RepositoryEvent):
    """created, edited, deleted: on an issue or a pull request."""

    issue: Conversation
    comment: Comment
