"""Pull requests: their life from opening to merging or closing.

Merging itself is in merging.py. Following GitHub: closing freezes the base a difference is shown against; a head
without commits of its own closes the pull request, and after one more push it cannot be opened again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from bot.simulator.github.git.history import Change
from bot.simulator.github.model.accounts.accounts import Team, User
from bot.simulator.github.model.conversations.conversation import Conversation, Label, State
from bot.simulator.github.model.protection.protection import (
    BranchProtection,
    MergeMethod,
    RequiredCheck,
    checks_refusal,
)
from bot.simulator.github.model.pulls import reviews
from bot.simulator.github.model.pulls.reviews import Review, ReviewDecision, ReviewState
from bot.simulator.github.model.pulls.threads import Thread, unresolved
from bot.simulator.github.model.world.errors import Reason, Refused, unprocessable
from bot.simulator.github.model.world.events import PullRequestEvent, ReviewEvent
from bot.simulator.github.model.world.ids import Kind

if TYPE_CHECKING:
    from bot.simulator.github.model.code.repository import Repository
    from bot.simulator.github.model.pulls.merge_queue import QueueEntry


class Mergeable(Enum):
    """Whether head and base merge without conflict, as far as GitHub has worked it out."""

    MERGEABLE = "MERGEABLE"
    CONFLICTING = "CONFLICTING"
    UNKNOWN = "UNKNOWN"


class MergeState(Enum):
    """GraphQL's mergeStateStatus; in lower case REST's mergeable_state."""

    BEHIND = "BEHIND"
    BLOCKED = "BLOCKED"
    CLEAN = "CLEAN"
    DIRTY = "DIRTY"
    DRAFT = "DRAFT"
    UNKNOWN = "UNKNOWN"
    UNSTABLE = "UNSTABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoMerge:
    """A standing order to merge as soon as nothing forbids it."""

    enabled_by: User
    enabled_at: datetime
    method: MergeMethod
    headline: str | None
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDraft:
    """What a pull request is opened with. `head` is a branch of `head_repository` (by default the same repository)."""

    title: str
    base: str
    head: str
    body: str = ""
    head_repository: "Repository | None" = None
    is_draft: bool = False
    maintainer_can_modify: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class PullRequest(Conversation):
    """A pull request. `repository` is the base's; `head_repository` is None once a fork is deleted.

    `head_oid` and `base_oid` follow the branches as GitHub's do: the head with every push while open, the base when
    the pull request is opened and at pushes to the head (use `base_tip` for where the base is now).
    """

    head_repository: "Repository | None"
    head_ref: str
    head_oid: str
    base_ref: str
    base_oid: str
    is_draft: bool = False
    maintainer_can_modify: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    merge_commit_oid: str | None = None
    reviews: list[Review] = field(default_factory=list)
    requested: list[User | Team] = field(default_factory=list)
    asked_as_owners: list[User | Team] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    auto_merge: AutoMerge | None = None
    queue_entry: "QueueEntry | None" = None
    reopenable: bool = True
    emptied: bool = False
    computed_for: tuple[str, str] | None = None

    kind = Kind.PULL_REQUEST

    # -- what it is ------------------------------------------------------------------------------------------------

    @property
    def is_cross_repository(self) -> bool:
        """Whether it comes from a fork."""
        return self.head_repository is not self.repository

    @property
    def head_label(self) -> str:
        """`owner:branch`."""
        owner = self.head_repository.owner.login if self.head_repository else "unknown"
        return f"{owner}:{self.head_ref}"

    def base_tip(self) -> str:
        """Where the base is: now while open, and as it was when closed or merged."""
        if self.state is not State.OPEN:
            return self.base_oid
        return self.repository.store.ref(f"refs/heads/{self.base_ref}") or self.base_oid

    def commits(self) -> tuple[str, ...]:
        """Its own commits, oldest first."""
        return self.repository.history.between(self.base_tip(), self.head_oid)

    def changes(self) -> tuple[Change, ...]:
        """Its files: the difference from where head and base parted."""
        parted = self.repository.history.merge_base(self.base_tip(), self.head_oid)
        return self.repository.history.changes(parted, self.head_oid)

    def protections(self) -> list[BranchProtection]:
        """What the base asks."""
        return self.repository.protections_of(self.base_ref)

    def required_checks(self) -> tuple[RequiredCheck, ...]:
        """The checks the base asks for, each once."""
        return tuple(dict.fromkeys(check for found in self.protections() for check in found.protection.required_checks))

    @property
    def review_decision(self) -> ReviewDecision | None:
        """What the required reviews amount to; None when none are required."""
        return reviews.decide(self, self.protections())

    def conflicts(self) -> bool:
        """Whether head and base conflict, worked out now."""
        return self.repository.history.merged_tree(self.base_tip(), self.head_oid) is None

    @property
    def is_behind(self) -> bool:
        """Whether the base has commits the head lacks."""
        return not self.repository.history.is_ancestor(self.base_tip(), of=self.head_oid)

    def mergeable(self) -> Mergeable:
        """What GitHub answers; asking makes it work it out, for the next request (`GitHub.mergeability` has a switch)."""
        if self.state is State.OPEN and not self.repository.github.knows_mergeability(self):
            return Mergeable.UNKNOWN
        if self.state is not State.OPEN:
            return Mergeable.UNKNOWN
        return Mergeable.CONFLICTING if self.conflicts() else Mergeable.MERGEABLE

    def merge_state(self) -> MergeState:
        """What stands between it and its base, in one word."""
        mergeable = self.mergeable()
        if mergeable is Mergeable.UNKNOWN:
            return MergeState.UNKNOWN
        if mergeable is Mergeable.CONFLICTING:
            return MergeState.DIRTY
        if self.is_draft:
            return MergeState.DRAFT
        if self.blocked_by(self.protections()):
            return MergeState.BLOCKED
        if self.is_behind and any(found.protection.strict for found in self.protections()):
            return MergeState.BEHIND
        contexts = self.repository.checks.contexts(self.head_oid)
        return MergeState.CLEAN if all(c.state.value == "SUCCESS" for c in contexts) else MergeState.UNSTABLE

    def blocked_by(self, protections: list[BranchProtection]) -> list[str]:
        """What of these protections is not met, in GitHub's words: reviews, conversations, then checks."""
        required = tuple(dict.fromkeys(check for found in protections for check in found.protection.required_checks))
        found = (
            reviews.refusal(self, protections),
            unresolved(self.threads, protections),
            *(
                f"Missing successful active {name} deployment."
                for each in protections
                for name in each.protection.deployments
            ),
            checks_refusal(required, self.repository.checks.contexts(self.head_oid)),
        )
        return [sentence for sentence in found if sentence]

    # -- what happens to it ----------------------------------------------------------------------------------------

    def review(self, *, by: User, state: ReviewState, body: str = "", commit: str | None = None) -> Review:
        """Submit a review of the head (or of `commit`); authors may only comment on their own."""
        if by is self.author and state in {ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED}:
            verb = "approve" if state is ReviewState.APPROVED else "request changes on"
            raise unprocessable(f"Can not {verb} your own pull request")
        github = self.repository.github
        now = github.now()
        made = Review(
            repository=self.repository, id=github.ids.next(Kind.REVIEW), pull=self, author=by, state=state, body=body,
            commit_oid=commit or self.head_oid, submitted_at=now, created_at=now, updated_at=now,
        )  # fmt: skip
        self.reviews.append(made)
        # A member's review answers for the team as well.
        self.requested = [
            asked
            for asked in self.requested
            if asked is not by and not (isinstance(asked, Team) and by in asked.all_members())
        ]
        self.updated_at = now
        github.remember(made)
        self._tell_review("submitted", made, by)
        self.repository.reconsider(self.head_oid)
        return made

    def dismiss(self, review: Review, *, by: User) -> None:
        """Take an opinion out of the count."""
        if review.state not in {ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED}:
            raise unprocessable("Can not dismiss a commented pull request review")
        review.state = ReviewState.DISMISSED
        self.updated_at = review.updated_at = self.repository.github.now()
        self._tell_review("dismissed", review, by)

    def request_reviews(self, *reviewers: User | Team, by: User) -> None:
        """Ask people and teams for a review."""
        if self.author in reviewers:
            raise unprocessable("Review cannot be requested from pull request author.")
        for reviewer in reviewers:
            if reviewer not in self.requested:
                self.requested.append(reviewer)
                self.updated_at = self.repository.github.now()
                self._tell("review_requested", by, requested=reviewer)

    def ask_code_owners(self) -> None:
        """Ask those who own what changes, each once; GitHub does so in the author's name."""
        for owner in reviews.owners_to_ask(self):
            if owner not in self.asked_as_owners:
                self.asked_as_owners.append(owner)
                self.request_reviews(owner, by=self.author)

    def start_thread(self, path: str, *, by: User) -> Thread:
        """Begin a conversation about a file."""
        github = self.repository.github
        made = Thread(id=github.ids.next(Kind.THREAD), pull=self, path=path, author=by)
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
            self.repository.pull_requests.closed(self)
            self._drop_orders(by)
            self._tell("closed", by)

    def reopen(self, *, by: User) -> None:
        """Open again, if the head is still there, was not rewritten, and has commits of its own."""
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
        self.repository.pull_requests.reopened(self)
        self._tell("reopened", by)

    def convert_to_draft(self, *, by: User) -> None:
        """Mark as unfinished."""
        if not self.is_draft:
            self.is_draft, self.updated_at = True, self.repository.github.now()
            self._tell("converted_to_draft", by)

    def mark_ready(self, *, by: User) -> None:
        """Mark as finished."""
        if self.is_draft:
            self.is_draft, self.updated_at = False, self.repository.github.now()
            self._tell("ready_for_review", by)
            self.ask_code_owners()
            self.repository.reconsider(self.head_oid)

    def retarget(self, base: str, *, by: User) -> None:
        """Move to another base branch."""
        tip = self.repository.store.ref(f"refs/heads/{base}")
        if tip is None:
            raise unprocessable(f"Proposed base branch '{base}' was not found")
        former, self.base_ref, self.base_oid = self.base_ref, base, tip
        self.updated_at = self.repository.github.now()
        self._drop_orders(by)
        self._tell("edited", by, changes=(("base", former),))

    def head_moved(self, after: str, *, by: User) -> None:
        """The head branch was pushed to. Open: take the new head, or close if nothing is left of its own. Closed: a
        rewritten head, or any push after it had become empty, makes it impossible to open again."""
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
        self._dismiss_stale(by)
        self._tell("synchronize", by, before=before, after=after)
        self.ask_code_owners()

    def _dismiss_stale(self, by: User) -> None:
        if any(found.protection.dismiss_stale for found in self.protections()):
            for review in self.reviews:
                if review.state is ReviewState.APPROVED and review.commit_oid != self.head_oid:
                    self.dismiss(review, by=by)

    def _drop_orders(self, by: User) -> None:
        if self.auto_merge is not None:
            self.auto_merge = None
            self._tell("auto_merge_disabled", by)
        if self.queue_entry is not None:
            self.queue_entry.queue.remove(self.queue_entry, by=by)

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
        """Emit an event that merging or the queue caused."""
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
