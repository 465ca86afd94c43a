"""The part of a repository that concerns issues and labels."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import Conversation, State
from bot.simulator.github.model.conversations.issues import Issue, IssueEvent
from bot.simulator.github.model.conversations.labels import Label, LabelEvent
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.limits import check_body, check_label, check_title


@dataclass(eq=False, kw_only=True)
class IssueRepository(CodeRepository):
    """A repository with issues and labels. `conversations` includes pull requests: they share one series of numbers."""

    labels: dict[str, Label] = field(default_factory=dict)
    conversations: dict[int, Conversation] = field(default_factory=dict)

    def open_issue(self, title: str, *, by: User, body: str = "", labels: Iterable[Label] = ()) -> Issue:
        """Open an issue."""
        if not self.settings.has_issues:
            raise Refused(Reason.UNPROCESSABLE, "Issues has been disabled in this repository.")
        self.github.check_content(by.login)
        check_title(title)
        check_body(body)
        now = self.github.now()
        issue = Issue(
            repository=self, id=self.github.ids.next(Kind.ISSUE), number=len(self.conversations) + 1, title=title,
            body=body, author=by, created_at=now, updated_at=now,
        )  # fmt: skip
        self.conversations[issue.number] = issue
        self.github.remember(issue)
        self.github.events.emit(IssueEvent(repository=self, action="opened", issue=issue, actor=by, at=now))
        issue.add_labels(*labels, by=by)
        return issue

    def conversation(self, number: int) -> Conversation:
        """Return the issue or pull request of a number; raise Refused if there is none."""
        found = self.conversations.get(number)
        if found is None:
            raise not_found(f"Could not resolve to an issue or pull request with the number of {number}.")
        return found

    def issue(self, number: int) -> Issue:
        """Return the issue of a number; raise Refused if there is none."""
        found = self.conversations.get(number)
        if not isinstance(found, Issue):
            raise not_found(f"Could not resolve to an Issue with the number of {number}.")
        return found

    @property
    def issues(self) -> list[Issue]:
        """Return all issues, oldest first."""
        return [found for found in self.conversations.values() if isinstance(found, Issue)]

    def count_open(self) -> int:
        """Return how many issues and pull requests are open."""
        return sum(1 for found in self.conversations.values() if found.state is State.OPEN)

    def label(
        self, name: str, *, by: User | None = None, color: str = "ededed", description: str | None = None
    ) -> Label:
        """Return the label of a name (case-insensitive), created if needed."""
        key = name.lower()
        if key not in self.labels:
            check_label(name)
            now = self.github.now()
            made = Label(
                id=self.github.ids.next(Kind.LABEL), repository=self, name=name, color=color, description=description,
                created_at=now, updated_at=now,
            )  # fmt: skip
            self.labels[key] = made
            self.github.remember(made)
            event = LabelEvent(repository=self, action="created", label=made, actor=by or self.github.ghost, at=now)
            self.github.events.emit(event)
        return self.labels[key]

    def delete_label(self, label: Label, *, by: User) -> None:
        """Delete a label, and remove it from everything that has it."""
        self.labels.pop(label.name.lower(), None)
        self.github.forget(label)
        for conversation in self.conversations.values():
            if label in conversation.labels:
                conversation.labels.remove(label)
        event = LabelEvent(repository=self, action="deleted", label=label, actor=by, at=self.github.now())
        self.github.events.emit(event)
