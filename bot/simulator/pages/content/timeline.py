"""The timeline of each issue and pull request, in the order of events.

GitHub keeps this as the timeline; the model keeps only the outcome, so the pages listen from the moment their routes
are added. Of earlier events, only comments, reviews and merges are known.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.conversations.conversation import Comment, Conversation
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.events import Event, IssueCommentEvent, IssueEvent, PullRequestEvent, ReviewEvent
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.reviews import Review


class Kind(Enum):
    """What someone did; the values are words of the templates."""

    PUSHED = "pushed"
    RENAMED = "renamed"
    LABELED = "labeled"
    UNLABELED = "unlabeled"
    CLOSED = "closed"
    MERGED = "merged"
    REOPENED = "reopened"
    DRAFTED = "drafted"
    READY = "ready"
    REQUESTED = "requested"
    DISMISSED = "dismissed"


_KINDS = {
    "synchronize": Kind.PUSHED,
    "labeled": Kind.LABELED,
    "unlabeled": Kind.UNLABELED,
    "closed": Kind.CLOSED,
    "reopened": Kind.REOPENED,
    "converted_to_draft": Kind.DRAFTED,
    "ready_for_review": Kind.READY,
    "review_requested": Kind.REQUESTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of a timeline. before, after: commits or titles; subject: a label's, a reviewer's or a commit's name."""

    kind: Kind
    actor: User
    at: datetime
    before: str = ""
    after: str = ""
    subject: str = ""
    label: Label | None = None


Item = Comment | Review | TimelineEntry


class Timelines:
    """Records events from now on. `revision` changes whenever a page may look different."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._jumps = 0
        self._told = 0
        self._order: dict[int, int] = {}
        self._entries: defaultdict[Conversation, list[tuple[int, TimelineEntry]]] = defaultdict(list)
        github.events.listen(self._hear)
        github.clock.on_jump(self._note_jump)

    @property
    def revision(self) -> str:
        """Return an opaque value. GitHub's own revision does not change when time passes."""
        return f"{self._github.events.revision}-{self._jumps}"

    def timeline(self, conversation: Conversation) -> list[Item]:
        """Return everything after the description, oldest first; events of one moment in their order."""
        known = self._entries[conversation]
        placed: list[tuple[datetime, int, Item]] = [(entry.at, position, entry) for position, entry in known]
        placed += [(each.created_at, self._order.get(each.id, 0), each) for each in conversation.comments]
        if isinstance(conversation, PullRequest):
            placed += [(each.created_at, self._order.get(each.id, 0), each) for each in conversation.reviews]
            if not any(entry.kind is Kind.MERGED for _, entry in known):
                placed += [(at, 0, entry) for at, entry in _merged(conversation)]
        return [item for _, _, item in sorted(placed, key=lambda each: each[:2])]

    def _note_jump(self, _now: datetime) -> None:
        self._jumps += 1

    def _hear(self, event: Event) -> None:
        self._told += 1
        if isinstance(event, IssueCommentEvent) and event.action == "created":
            self._order[event.comment.id] = self._told
        elif isinstance(event, ReviewEvent) and event.action == "submitted":
            self._order[event.review.id] = self._told
        elif isinstance(event, ReviewEvent) and event.action == "dismissed":
            self._keep(event.pull, Kind.DISMISSED, event, subject=event.review.author.login)
        elif isinstance(event, PullRequestEvent):
            self._hear_of(event.pull, event, before=event.before or "", after=event.after or "")
        elif isinstance(event, IssueEvent):
            self._hear_of(event.issue, event)

    def _hear_of(
        self, page: Conversation, event: PullRequestEvent | IssueEvent, *, before: str = "", after: str = ""
    ) -> None:
        changes = dict(event.changes)
        if event.action == "edited" and "title" in changes:
            self._keep(page, Kind.RENAMED, event, before=changes["title"], after=page.title)
        elif event.action == "closed" and isinstance(page, PullRequest) and page.merged_at is not None:
            self._keep(page, Kind.MERGED, event, subject=page.merge_commit_oid or "")
        elif event.action in _KINDS:
            subject = _reviewer(event.requested) if isinstance(event, PullRequestEvent) else ""
            self._keep(
                page, _KINDS[event.action], event, before=before, after=after, subject=subject, label=event.label
            )

    def _keep(
        self,
        page: Conversation,
        kind: Kind,
        event: Event,
        *,
        before: str = "",
        after: str = "",
        subject: str = "",
        label: Label | None = None,
    ) -> None:
        entry = TimelineEntry(
            kind=kind, actor=event.actor, at=event.at, before=before, after=after, subject=subject, label=label
        )
        self._entries[page].append((self._told, entry))


def _merged(pull: PullRequest) -> list[tuple[datetime, TimelineEntry]]:
    if pull.merged_at is None or pull.merged_by is None:
        return []
    subject = pull.merge_commit_oid or ""
    return [(pull.merged_at, TimelineEntry(kind=Kind.MERGED, actor=pull.merged_by, at=pull.merged_at, subject=subject))]


def _reviewer(asked: User | Team | None) -> str:
    if asked is None:
        return ""
    return asked.combined_slug if isinstance(asked, Team) else asked.login
