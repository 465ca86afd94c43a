"""Issues and what pull requests share with them: number, text, labels, comments and reactions."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.events import IssueCommentEvent, IssueEvent, LabelEvent
from bot.simulator.github.model.world.ids import Kind, node_id

if TYPE_CHECKING:
    from bot.simulator.github.model.accounts.accounts import User
    from bot.simulator.github.model.code.repository import Repository


class State(Enum):
    """GitHub's states of issues (the first two) and pull requests."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    MERGED = "MERGED"


class StateReason(Enum):
    """Why an issue is open or closed."""

    COMPLETED = "COMPLETED"
    NOT_PLANNED = "NOT_PLANNED"
    REOPENED = "REOPENED"
    DUPLICATE = "DUPLICATE"


class ReactionContent(Enum):
    """GraphQL's name of a reaction; `rest` is REST's."""

    THUMBS_UP = "THUMBS_UP"
    THUMBS_DOWN = "THUMBS_DOWN"
    LAUGH = "LAUGH"
    HOORAY = "HOORAY"
    CONFUSED = "CONFUSED"
    HEART = "HEART"
    ROCKET = "ROCKET"
    EYES = "EYES"

    @property
    def rest(self) -> str:
        """REST's word for it."""
        return {"THUMBS_UP": "+1", "THUMBS_DOWN": "-1"}.get(self.value, self.value.lower())


@dataclass(eq=False, slots=True, kw_only=True)
class Reaction:
    """One person's reaction to one thing."""

    id: int
    subject: "Reactable"
    content: ReactionContent
    user: "User"
    created_at: datetime

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.REACTION, self.id)


@dataclass(eq=False, slots=True, kw_only=True)
class Label:
    """A label of a repository; `color` is six hexadecimal digits."""

    id: int
    repository: "Repository"
    name: str
    color: str = "ededed"
    description: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.LABEL, self.id)

    def edit(
        self, *, by: "User", name: str | None = None, color: str | None = None, description: str | None = None
    ) -> None:
        """Change what is given."""
        changes = tuple(
            (word, str(getattr(self, word)))
            for word, value in (("name", name), ("color", color), ("description", description))
            if value is not None and value != getattr(self, word)
        )
        self.name, self.color = name or self.name, color or self.color
        self.description = self.description if description is None else description
        now = self.updated_at = self.repository.github.now()
        event = LabelEvent(repository=self.repository, action="edited", label=self, changes=changes, actor=by, at=now)
        self.repository.github.events.emit(event)


@dataclass(eq=False, slots=True, kw_only=True)
class Reactable:
    """Something people react to."""

    repository: "Repository"
    id: int
    reactions: list[Reaction] = field(default_factory=list)

    kind: ClassVar[Kind]

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(self.kind, self.id)

    def react(self, content: ReactionContent, *, by: "User") -> Reaction:
        """Add a reaction; one that is there already is returned as it is. GitHub sends no event for it."""
        for reaction in self.reactions:
            if reaction.user is by and reaction.content is content:
                return reaction
        github = self.repository.github
        made = Reaction(
            id=github.ids.next(Kind.REACTION), subject=self, content=content, user=by, created_at=github.now()
        )
        self.reactions.append(made)
        github.remember(made)
        github.events.touch()
        return made

    def unreact(self, content: ReactionContent, *, by: "User") -> Reaction:
        """Take a reaction back; one that is not there is refused."""
        for reaction in self.reactions:
            if reaction.user is by and reaction.content is content:
                self.reactions.remove(reaction)
                self.repository.github.forget(reaction)
                self.repository.github.events.touch()
                return reaction
        raise Refused(Reason.NOT_FOUND, "Could not resolve to a reaction by the viewer with that content.")


@dataclass(eq=False, slots=True, kw_only=True)
class Comment(Reactable):
    """A comment on an issue or a pull request."""

    conversation: "Conversation"
    author: "User"
    body: str
    created_at: datetime
    updated_at: datetime
    last_edited_at: datetime | None = None
    editor: "User | None" = None
    minimized: str | None = None

    kind = Kind.COMMENT

    def edit(self, body: str, *, by: "User") -> None:
        """Replace the text."""
        changes = (("body", self.body),)
        self.body, self.editor = body, by
        self.updated_at = self.last_edited_at = self.repository.github.now()
        self._tell("edited", by, changes)

    def delete(self, *, by: "User") -> None:
        """Remove the comment."""
        self.conversation.comments.remove(self)
        self.repository.github.forget(self)
        self._tell("deleted", by)

    def _tell(self, action: str, by: "User", changes: tuple[tuple[str, str], ...] = ()) -> None:
        self.repository.github.events.emit(
            IssueCommentEvent(
                repository=self.repository, action=action, issue=self.conversation, comment=self, changes=changes,
                actor=by, at=self.repository.github.now(),
            )
        )  # fmt: skip


@dataclass(eq=False, slots=True, kw_only=True)
class Conversation(Reactable):
    """What issues and pull requests have in common. They share one series of numbers per repository."""

    number: int
    title: str
    body: str
    author: "User"
    created_at: datetime
    updated_at: datetime
    state: State = State.OPEN
    closed_at: datetime | None = None
    closed_by: "User | None" = None
    locked: bool = False
    last_edited_at: datetime | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list["User"] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    def comment(self, body: str, *, by: "User") -> Comment:
        """Add a comment."""
        if not body.strip():
            raise unprocessable("Body cannot be blank")
        github = self.repository.github
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

    def edit(self, *, by: "User", title: str | None = None, body: str | None = None) -> None:
        """Change the title, the body, or both."""
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

    def add_labels(self, *labels: Label, by: "User") -> None:
        """Put labels on; those already there stay without an event."""
        for label in labels:
            if label not in self.labels:
                self.labels.append(label)
                self.updated_at = self.repository.github.now()
                self._tell("labeled", by, label=label)

    def remove_labels(self, *labels: Label, by: "User") -> None:
        """Take labels off; those not there are passed over."""
        for label in labels:
            if label in self.labels:
                self.labels.remove(label)
                self.updated_at = self.repository.github.now()
                self._tell("unlabeled", by, label=label)

    def _tell(
        self, action: str, by: "User", *, label: Label | None = None, changes: tuple[tuple[str, str], ...] = ()
    ) -> None:
        raise NotImplementedError


@dataclass(eq=False, slots=True, kw_only=True)
class Issue(Conversation):
    """An issue."""

    state_reason: StateReason | None = None

    kind = Kind.ISSUE

    def close(self, *, by: "User", reason: StateReason = StateReason.COMPLETED) -> None:
        """Close it; a closed one only changes its reason."""
        was_open = self.state is State.OPEN
        self.state, self.state_reason = State.CLOSED, reason
        if was_open:
            self.closed_at = self.updated_at = self.repository.github.now()
            self.closed_by = by
            self._tell("closed", by)

    def reopen(self, *, by: "User") -> None:
        """Open it again."""
        if self.state is State.CLOSED:
            self.state, self.state_reason = State.OPEN, StateReason.REOPENED
            self.closed_at, self.closed_by = None, None
            self.updated_at = self.repository.github.now()
            self._tell("reopened", by)

    def _tell(
        self, action: str, by: "User", *, label: Label | None = None, changes: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.repository.github.events.emit(
            IssueEvent(
                repository=self.repository, action=action, issue=self, label=label, changes=changes, actor=by,
                at=self.repository.github.now(),
            )
        )  # fmt: skip
