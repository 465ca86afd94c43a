"""Everything that happened on the simulated GitHub, written down as it happens, for the oracle.

It hears the events of the simulated GitHub itself, not of the bot, and notes what stood where at that very moment.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.simulator.github.model.accounts.apps import Bot
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.events import (
    CheckRunEvent,
    Event,
    IssueCommentEvent,
    IssueEvent,
    PullRequestEvent,
    PushEvent,
    StatusEvent,
)
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import Repository
from tests.simulation.reading import Version, number_of

ANSWER = re.compile(r"<!-- gitops-bot answers (\d+) -->\s*\Z")
STATUS = "\n<!-- gitops-bot status "
HOLD = "gitops/hold"
PLATFORMS = ("linux/amd64", "linux/arm64")


@dataclass(frozen=True, slots=True)
class Landing:
    """The default branch moved. by: the account; ours: it was the bot; pull: whose merge it was, if any.

    decided: when it was merged, or put into the merge queue.
    """

    at: datetime
    before: str
    after: str
    by: Any
    ours: bool
    pull: PullRequest | None
    decided: datetime


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
    """A status of a commit of the default branch."""

    at: datetime
    commit: str
    context: str
    good: bool


@dataclass(slots=True)
class Ledger:
    """What happened in one world.

    refs: the branches that moved: when, to what and by whom. labelled: when the label that holds came to an open issue or a
    pull request, and when it left; issues: which of these numbers are issues. digests: by image and tag, in the order of their
    pushes; platforms: by digest. moved: since when tags stand for something else. queued: when promotions joined the queue.
    thawed: when a bot went on after it had stood still for longer than its leases last.
    """

    manifests: Repository
    source: Repository
    bot: Any
    images: dict[str, str] = field(default_factory=lambda: {"web": "acme/web", "api": "acme/api"})
    landings: list[Landing] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    green: set[tuple[str, str]] = field(default_factory=set)
    opened: list[tuple[datetime, PullRequest]] = field(default_factory=list)
    closed: list[tuple[datetime, PullRequest, Any]] = field(default_factory=list)
    refs: list[tuple[datetime, str, str, Any]] = field(default_factory=list)
    labelled: list[tuple[datetime, int, bool]] = field(default_factory=list)
    issues: set[int] = field(default_factory=set)
    queued: dict[int, datetime] = field(default_factory=dict)
    bodies: dict[int, str] = field(default_factory=dict)
    writes: list[tuple[datetime, str]] = field(default_factory=list)
    digests: "defaultdict[tuple[str, str], list[str]]" = field(default_factory=lambda: defaultdict(list))
    platforms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    moved: dict[tuple[str, str], datetime] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    thawed: list[datetime] = field(default_factory=list)
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
            case IssueCommentEvent(repository=self.manifests, action="deleted"):
                self._miss_comment(event)
            case IssueEvent(repository=self.manifests):
                self._hear_issue(event)
            case StatusEvent(repository=self.manifests, status=status):
                good = status.state is StatusState.SUCCESS
                self.reports.append(Report(event.at, status.sha, status.context, good))
            case CheckRunEvent(run=run) if run.conclusion is Conclusion.SUCCESS:
                self.green.add((run.head_sha, run.name))
            case _:
                pass

    def note_image(self, image: str, tag: str, digest: str, platforms: tuple[str, ...] = PLATFORMS) -> None:
        """A registry's tag points at this digest now."""
        known = self.digests[image, tag]
        if known and known[-1] != digest and not Version(tag).is_followed:
            self.moved.setdefault((image, tag), self.manifests.github.now())
        if digest not in known:
            known.append(digest)
        self.platforms[digest] = platforms

    def rank(self, application: str, version: Version) -> tuple[int, ...]:
        """Return what versions are compared by: their numbers; or, if the tag is followed, when it first pointed at them."""
        if not version.is_followed:
            return number_of(version.tag)
        known = self.digests[self.images[application], version.tag]
        return (known.index(version.digest) if version.digest in known else -1,)

    def _hear_pull(self, event: PullRequestEvent) -> None:
        pull = event.pull
        if event.action == "opened" and self.is_ours(event.actor):
            self.opened.append((event.at, pull))
        if event.action == "closed":
            self._merged = pull if pull.merged_at else None
            self.closed.append((event.at, pull, event.actor))
        if event.action == "enqueued":
            self.queued[pull.number] = event.at
        if event.action == "dequeued":
            self.queued.pop(pull.number, None)
        if event.label is not None and event.label.name == HOLD:
            self.labelled.append((event.at, pull.number, event.action == "labeled"))

    def _hear_issue(self, event: IssueEvent) -> None:
        issue = event.issue
        self.issues.add(issue.number)
        has = any(label.name == HOLD for label in issue.labels) and issue.state is State.OPEN
        self.labelled.append((event.at, issue.number, has))

    def _hear_push(self, event: PushEvent) -> None:
        self.refs.append((event.at, event.ref, event.after, event.actor))
        if event.ref == "refs/heads/main":
            pull = self._merged if self._merged and self._merged.merge_commit_oid == event.after else None
            ours = self.is_ours(event.actor)
            decided = self.queued.get(pull.number, event.at) if pull else event.at
            self.landings.append(Landing(event.at, event.before, event.after, event.actor, ours, pull, decided))

    def _hear_comment(self, event: IssueCommentEvent) -> None:
        comment = event.comment
        if not self.is_ours(event.actor):
            role = self.manifests.role_of(event.actor).name.lower()
            self.said.append(Said(event.at, comment, comment.body, event.issue.number, event.actor, role))
            return
        for said in self._answered_by(comment.body):
            said.answers.append((event.at, comment.body))

    def _miss_comment(self, event: IssueCommentEvent) -> None:
        """The bot has deleted a repeated answer."""
        body = event.comment.body
        for said in self._answered_by(body) if self.is_ours(event.actor) else ():
            said.answers.remove(next(each for each in reversed(said.answers) if each[1] == body))

    def _answered_by(self, body: str) -> Iterator[Said]:
        answered = ANSWER.search(body)
        return (said for said in self.said if answered and said.comment.id == int(answered[1]))


__all__ = ["Landing", "Ledger", "Report", "Said"]
