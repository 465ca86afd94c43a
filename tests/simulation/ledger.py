"""Everything that happened on the simulated GitHub, written down as it happens, for the oracle.

It hears the events of the simulated GitHub itself, not of the bot, and notes what stood where at that very moment.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.events import (
    CheckRunEvent,
    Event,
    IssueCommentEvent,
    PullRequestEvent,
    PushEvent,
    StatusEvent,
)
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository

ANSWER = re.compile(r"<!-- gitops-bot answers (\d+) -->\s*\Z")
STATUS = "\n<!-- gitops-bot status "


@dataclass(frozen=True, slots=True)
class Landing:
    """The default branch moved. by: the account; ours: it was the bot; pull: whose merge it was, if any."""

    at: datetime
    before: str
    after: str
    by: Any
    ours: bool
    pull: PullRequest | None


@dataclass(slots=True)
class Said:
    """A comment of a person. text: as it was first; role: of the author then, in GitHub's words; answer: the bot's, when."""

    at: datetime
    comment: Any
    text: str
    number: int
    author: Any
    role: str
    answers: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Return the command's words."""
        return self.text.split()


@dataclass(frozen=True, slots=True)
class Report:
    """A status of a commit of the default branch. head: what stood there."""

    at: datetime
    head: str
    context: str
    good: bool


@dataclass(slots=True)
class Ledger:
    """What happened in one world."""

    manifests: Repository
    source: Repository
    bot: Any
    landings: list[Landing] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    green: set[tuple[str, str]] = field(default_factory=set)
    opened: list[tuple[datetime, PullRequest]] = field(default_factory=list)
    closed: list[tuple[datetime, PullRequest, Any]] = field(default_factory=list)
    refs: list[tuple[datetime, str, Any]] = field(default_factory=list)
    bodies: dict[int, str] = field(default_factory=dict)
    writes: list[tuple[datetime, str]] = field(default_factory=list)
    digests: "defaultdict[tuple[str, str], list[str]]" = field(default_factory=lambda: defaultdict(list))
    moved: set[tuple[str, str]] = field(default_factory=set)
    commits: dict[str, str] = field(default_factory=dict)
    _merged: PullRequest | None = None

    def is_ours(self, account: Any) -> bool:
        """Report whether this account is the bot's."""
        return isinstance(account, Bot) and account is self.bot

    def hear(self, event: Event) -> None:
        """Write an event down."""
        if self.is_ours(event.actor):
            self.writes.append((event.at, f"{type(event).__name__} {getattr(event, 'action', '')}"))
        match event:
            case PullRequestEvent(repository=self.manifests):
                self._hear_pull(event)
            case PushEvent(repository=self.manifests):
                self._hear_push(event)
            case IssueCommentEvent(repository=self.manifests, action="created"):
                self._hear_comment(event)
            case StatusEvent(repository=self.manifests, status=status):
                good = status.state is StatusState.SUCCESS
                self.reports.append(Report(event.at, status.sha, status.context, good))
            case CheckRunEvent(run=run) if run.conclusion is Conclusion.SUCCESS:
                self.green.add((run.head_sha, run.name))
            case _:
                pass

    def note_image(self, image: str, tag: str, digest: str) -> None:
        """A registry's tag points at this digest now."""
        known = self.digests[image, tag]
        if known and known[-1] != digest:
            self.moved.add((image, tag))
        known.append(digest)

    def _hear_pull(self, event: PullRequestEvent) -> None:
        pull = event.pull
        if event.action == "opened" and self.is_ours(event.actor):
            self.opened.append((event.at, pull))
        if event.action == "closed":
            self._merged = pull if pull.merged_at else None
            self.closed.append((event.at, pull, event.actor))

    def _hear_push(self, event: PushEvent) -> None:
        self.refs.append((event.at, event.ref, event.actor))
        if event.ref == "refs/heads/main":
            pull = self._merged if self._merged and self._merged.merge_commit_oid == event.after else None
            ours = self.is_ours(event.actor)
            self.landings.append(Landing(event.at, event.before, event.after, event.actor, ours, pull))

    def _hear_comment(self, event: IssueCommentEvent) -> None:
        comment = event.comment
        if not self.is_ours(event.actor):
            role = self.manifests.role_of(event.actor).name.lower()
            self.said.append(Said(event.at, comment, comment.body, event.issue.number, event.actor, role))
            return
        answered = ANSWER.search(comment.body)
        for said in self.said:
            if answered and said.comment.id == int(answered[1]):
                said.answers.append((event.at, comment.body))


__all__ = ["Landing", "Ledger", "Report", "Said"]
