"""Pull requests: opening, closing, merging, and their entry in a merge queue.

merging.py does the merge. As on GitHub: closing freezes the base of the shown difference. A head without commits of its
own closes the pull request, and after one more push it cannot be reopened.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.conversations.labels import Label
from bot.simulator.github.model.pulls import reviews
from bot.simulator.github.model.pulls.proposal import Proposal
from bot.simulator.github.model.pulls.reviews import Review
from bot.simulator.github.model.pulls.stacks import Stack, refuse_base
from bot.simulator.github.model.pulls.states import AutoMerge
from bot.simulator.github.model.pulls.threads import Thread
from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.limits import check_comment


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeGroup:
    """A commit that the base would move to."""

    head_oid: str
    head_ref: str
    base_oid: str
    base_ref: str


class Queue(Protocol):
    """What an entry needs from its merge queue."""

    entries: list["QueueEntry"]

    def is_green(self, entry: "QueueEntry") -> bool:
        """Report whether every required check succeeded on the entry's group."""

    def remove(self, entry: "QueueEntry", *, by: User, reason: str = "MANUAL") -> None:
        """Remove an entry; those behind it get new groups."""


@dataclass(eq=False, slots=True, kw_only=True)
class QueueEntry:
    """A pull request in the queue."""

    id: int
    queue: Queue
    pull: "PullRequest"
    enqueued_at: datetime
    enqueuer: User
    group: MergeGroup | None = None

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.QUEUE_ENTRY, self.id)

    @property
    def position(self) -> int:
        """Return the position; 1 is next."""
        return self.queue.entries.index(self) + 1

    @property
    def state(self) -> str:
        """Return GraphQL's MergeQueueEntryState."""
        if self.group is None:
            return "UNMERGEABLE"
        return "MERGEABLE" if self.queue.is_green(self) else "AWAITING_CHECKS"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestEvent(RepositoryEvent):
    """opened, edited, closed, reopened, synchronize, labeled, unlabeled, review_requested, auto_merge_enabled, …"""

    pull: "PullRequest"
    before: str | None = None
    after: str | None = None
    label: Label | None = None
    requested: User | Team | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEvent(RepositoryEvent):
    """submitted, edited, dismissed."""

    pull: "PullRequest"
    review: Review


@dataclass(eq=False, slots=True, kw_only=True)
class PullRequest(Proposal):
    """A pull request."""

    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_oid: str | None = None
    auto_merge: AutoMerge | None = None
    queue_entry: QueueEntry | None = None
    stack: Stack | None = None
    reopenable: bool = True
    emptied: bool = False

    kind = Kind.PULL_REQUEST

    def request_reviews(self, *reviewers: User | Team, by: User) -> None:
        """Request reviews from people and teams."""
        if self.author in reviewers:
            raise unprocessable("Review cannot be requested from pull request author.")
        for reviewer in reviewers:
            if reviewer not in self.requested:
                self.requested.append(reviewer)
                self.updated_at = self.repository.github.now()
                self._tell("review_requested", by, requested=reviewer)

    def ask_code_owners(self) -> None:
        """Request reviews from the code owners of changed files, in the author's name, as GitHub does."""
        for owner in reviews.owners_to_ask(self):
            if owner not in self.asked_as_owners:
                self.asked_as_owners.append(owner)
                self.request_reviews(owner, by=self.author)

    def start_thread(self, path: str, *, by: User, body: str = "", review: Review | None = None) -> Thread:
        """Start a conversation about a file."""
        check_comment(body)
        github = self.repository.github
        made = Thread(
            id=github.ids.next(Kind.THREAD), pull=self, path=path, author=by, created_at=github.now(), body=body,
            review=review,
        )  # fmt: skip
        self.threads.append(made)
        self.updated_at = github.now()
        github.remember(made)
        return made

    def close(self, *, by: User) -> None:
        """Close without merging."""
        if self.state is State.MERGED:
            raise unprocessable("Pull request is already merged")
        if self.state is State.OPEN:
            self.base_oid = self.base_tip()
            self.state = State.CLOSED
            self.closed_at = self.updated_at = self.repository.github.now()
            self.closed_by = by
            self.record_state_change(by=by)
            self.repository.pull_requests.closed(self.number)
            self._drop_orders(by)
            self._tell("closed", by)

    def reopen(self, *, by: User) -> None:
        """Reopen it, if the head still exists, was not rewritten, and has commits of its own."""
        if self.state is not State.CLOSED:
            raise unprocessable("Could not open the pull request.")
        source = self.head_repository.store if self.head_repository else None
        head = source.ref(f"refs/heads/{self.head_ref}") if source else None
        if head is None or not self.reopenable:
            why = (
                f"The {self.head_ref} branch was force-pushed or recreated."
                if head
                else f"The {self.head_ref} branch has been deleted."
            )
            raise Refused(
                Reason.UNPROCESSABLE, f"Could not open the pull request. {why}",
                resource="PullRequest", field="state", rest_message=f"state cannot be changed. {why}",
            )  # fmt: skip
        if self.repository.pull_requests.find_open(self.head_repository, self.head_ref, self.base_ref):
            raise unprocessable(f"A pull request already exists for {self.head_label}.")
        self.repository.import_head(self.head_repository, self.head_ref)
        self.state, self.closed_at, self.closed_by = State.OPEN, None, None
        if not self.repository.history.between(self.base_tip(), head):
            self.state = State.CLOSED
            raise unprocessable(f"There are no new commits on the {self.head_ref} branch.")
        self.head_oid = head
        self.updated_at = self.repository.github.now()
        self.record_state_change(by=by)
        self.repository.pull_requests.reopened(self.number)
        self._tell("reopened", by)

    def convert_to_draft(self, *, by: User) -> None:
        """Convert it to a draft."""
        if not self.is_draft:
            self.is_draft, self.updated_at = True, self.repository.github.now()
            self._tell("converted_to_draft", by)

    def mark_ready(self, *, by: User) -> None:
        """Mark it as ready for review."""
        if self.is_draft:
            self.is_draft, self.updated_at = False, self.repository.github.now()
            self._tell("ready_for_review", by)
            self.ask_code_owners()
            self.repository.reconsider(self.head_oid)

    def retarget(self, base: str, *, by: User) -> None:
        """Change the base branch."""
        refuse_base(self.stack)
        tip = self.repository.store.ref(f"refs/heads/{base}")
        if tip is None:
            raise unprocessable(f"Proposed base branch '{base}' was not found")
        former, self.base_ref, self.base_oid = self.base_ref, base, tip
        self.updated_at = self.repository.github.now()
        self._drop_orders(by)
        self._tell("edited", by, changes=(("base", former),))
        self.dismiss_stale(by=by)

    def head_moved(self, after: str, *, by: User) -> None:
        """Process a push to the head branch.

        Open: take the new head, or close if it has no commits of its own. Closed: a rewritten head, or any push after
        it became empty, prevents reopening.
        """
        if self.state is State.CLOSED:
            grown = self.repository.history.is_ancestor(self.head_oid, of=after)
            self.reopenable = self.reopenable and grown and (not self.emptied or after == self.head_oid)
        elif self.state is State.OPEN and after != self.head_oid:
            self._take_head(after, by)

    def _take_head(self, after: str, by: User) -> None:
        before, self.head_oid = self.head_oid, after
        self.base_oid = self.base_tip()
        self.updated_at = self.repository.github.now()
        if not self.commits():
            self.emptied = True
            self.close(by=by)
            return
        self.dismiss_stale(by=by)
        self._tell("synchronize", by, before=before, after=after)
        self.ask_code_owners()

    def _drop_orders(self, by: User) -> None:
        if self.auto_merge is not None:
            self.auto_merge = None
            self._tell("auto_merge_disabled", by)
        self.leave_queue(by=by)

    def leave_queue(self, *, by: User, reason: str = "MANUAL") -> None:
        """Remove it from the merge queue, if it is in one; `reason` is the webhook's word."""
        if self.queue_entry is not None:
            self.queue_entry.queue.remove(self.queue_entry, by=by, reason=reason)

    def _tell_review(self, action: str, review: Review, by: User) -> None:
        event = ReviewEvent(
            repository=self.repository,
            action=action,
            pull=self,
            review=review,
            actor=by,
            at=self.repository.github.now(),
        )
        self.repository.github.events.emit(event)

    def tell(self, action: str, by: User, *, reason: str | None = None) -> None:
        """Emit an event caused by merging or by the queue."""
        self._emit(
            PullRequestEvent(
                repository=self.repository, action=action, pull=self, actor=by, at=self._now(), reason=reason
            )
        )

    def _tell(
        self, action: str, by: User, *, label: Label | None = None, changes: tuple[tuple[str, str], ...] = (),
        requested: User | Team | None = None, before: str | None = None, after: str | None = None,
    ) -> None:  # fmt: skip
        self._emit(
            PullRequestEvent(
                repository=self.repository, action=action, pull=self, actor=by, at=self._now(), label=label,
                changes=changes, requested=requested, before=before, after=after,
            )
        )  # fmt: skip

    def _now(self) -> datetime:
        return self.repository.github.now()

    def _emit(self, event: PullRequestEvent) -> None:
        self.repository.github.events.emit(event)
