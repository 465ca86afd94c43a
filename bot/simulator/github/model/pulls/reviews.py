"""Reviews of a pull request, and GitHub's decision based on them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.simulator.github.git.history import Change
from bot.simulator.github.model.accounts.accounts import Role, Team, User
from bot.simulator.github.model.code import codeowners
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.conversations.reactions import Reactable
from bot.simulator.github.model.protection.protection import BranchProtection
from bot.simulator.github.model.world.errors import unprocessable
from bot.simulator.github.model.world.ids import Kind


class ReviewState(Enum):
    """The state of a review."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"
    PENDING = "PENDING"


class ReviewDecision(Enum):
    """GitHub's decision based on the required reviews."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REVIEW_REQUIRED = "REVIEW_REQUIRED"


Diff = tuple[tuple[str, ...], ...]
"""Per changed file its path, former path, kind of change, and the changed lines without their numbers."""

OPINIONS = frozenset({ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED})


@dataclass(eq=False, slots=True, kw_only=True)
class Reviewable(Conversation, ABC):
    """A pull request as its reviewers see it: head, base, requested reviews and reviews."""

    head_oid: str
    base_ref: str
    is_draft: bool = False
    reviews: list["Review"] = field(default_factory=list)
    requested: list[User | Team] = field(default_factory=list)
    asked_as_owners: list[User | Team] = field(default_factory=list)

    @abstractmethod
    def changes(self) -> tuple[Change, ...]:
        """Return its changed files: the difference between the merge base and the head."""

    @abstractmethod
    def diff(self, head: str | None = None) -> Diff:
        """Return what reviewers see (of `head`, if given)."""

    @abstractmethod
    def protections(self) -> list[BranchProtection]:
        """Return the protections of the base."""

    @property
    def review_decision(self) -> ReviewDecision | None:
        """Return the decision on required reviews; None if none are required."""
        return decide(self, self.protections())

    def review(self, *, by: User, state: ReviewState, body: str = "", commit: str | None = None) -> "Review":
        """Submit a review of the head (or of `commit`). Authors may only comment on their own."""
        if by is self.author and state in {ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED}:
            verb = "approve" if state is ReviewState.APPROVED else "request changes on"
            raise unprocessable(f"Can not {verb} your own pull request")
        if commit is not None and not self.repository.store.has_commit(commit):
            raise unprocessable("commit_id is not part of the pull request")
        github = self.repository.github
        github.check_content(by.login)
        now = github.now()
        made = Review(
            repository=self.repository, id=github.ids.next(Kind.REVIEW), pull=self, author=by, state=state, body=body,
            commit_oid=commit or self.head_oid, diff=self.diff(commit), submitted_at=now, created_at=now,
            updated_at=now,
        )  # fmt: skip
        self.reviews.append(made)
        # A member's review also fulfils the team's request.
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

    def dismiss(self, review: "Review", *, by: User) -> None:
        """Dismiss a review: it no longer counts."""
        if review.state not in {ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED}:
            raise unprocessable("Can not dismiss a commented pull request review")
        review.state = ReviewState.DISMISSED
        self.updated_at = review.updated_at = self.repository.github.now()
        self._tell_review("dismissed", review, by)

    def dismiss_stale(self, *, by: User) -> None:
        """Dismiss approvals of another diff after head or base moved, if the base requires it.

        A new head with the same diff keeps them. So does a merge into the base that contains part of the diff.
        https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-pull-request-reviews-before-merging
        """
        approvals = [review for review in self.reviews if review.state is ReviewState.APPROVED]
        if approvals and any(found.protection.dismiss_stale for found in self.protections()):
            present = self.diff()
            for review in approvals:
                if review.diff != present:
                    self.dismiss(review, by=by)

    @abstractmethod
    def _tell_review(self, action: str, review: "Review", by: User) -> None:
        """Emit an event about a review."""


@dataclass(eq=False, slots=True, kw_only=True)
class Review(Reactable):
    """One review of one commit. diff: the pull request's difference at that time."""

    pull: Reviewable
    author: User
    state: ReviewState
    body: str
    commit_oid: str
    diff: Diff
    submitted_at: datetime | None
    created_at: datetime
    updated_at: datetime

    kind = Kind.REVIEW

    @property
    def is_locked(self) -> bool:
        """Report whether its pull request is locked."""
        return self.pull.locked

    @property
    def author_can_push(self) -> bool:
        """Report whether the reviewer has write access now."""
        return self.repository.role_of(self.author) >= Role.WRITE


def latest_opinions(pull: Reviewable) -> list[Review]:
    """Return each reviewer's newest approving, rejecting or dismissed review. Comments replace none."""
    return list({review.author: review for review in pull.reviews if review.state in OPINIONS}.values())


def decide(pull: Reviewable, protections: list[BranchProtection]) -> ReviewDecision | None:
    """Return GitHub's review decision; None if the base requires no review."""
    wanted = max((found.protection.approvals or 0 for found in protections), default=0)
    code_owners = any(found.protection.code_owners for found in protections)
    if not wanted and not code_owners:
        return None
    counted = [review for review in latest_opinions(pull) if review.author_can_push]
    if any(review.state is ReviewState.CHANGES_REQUESTED for review in counted):
        return ReviewDecision.CHANGES_REQUESTED
    approvers = [review.author for review in counted if review.state is ReviewState.APPROVED]
    if len(approvers) < wanted or (code_owners and paths_without_owner(pull, approvers)):
        return ReviewDecision.REVIEW_REQUIRED
    return ReviewDecision.APPROVED


def refusal(pull: Reviewable, protections: list[BranchProtection]) -> str | None:
    """Return GitHub's message about missing reviews, or None."""
    decision = decide(pull, protections)
    if decision is ReviewDecision.CHANGES_REQUESTED:
        return "Changes have been requested."
    if decision is not ReviewDecision.REVIEW_REQUIRED:
        return None
    wanted = max((found.protection.approvals or 0 for found in protections), default=0)
    approved = [
        review for review in latest_opinions(pull) if review.state is ReviewState.APPROVED and review.author_can_push
    ]
    if len(approved) >= wanted:
        return "Waiting on code owner review."
    reviews, verb = ("review is", "") if wanted == 1 else ("reviews are", "")
    return f"At least {wanted} approving {reviews}{verb} required by reviewers with write access."


def paths_without_owner(pull: Reviewable, approvers: list[User]) -> list[str]:
    """Return changed paths without approval from a code owner, by the base branch's CODEOWNERS."""
    text = pull.repository.code_owners(pull.base_ref)
    if text is None:
        return []
    missing = []
    for change in pull.changes():
        names = codeowners.owners(text, change.path)
        if names and not any(_is_one_of(pull, approver, names) for approver in approvers):
            missing.append(change.path)
    return missing


def owners_to_ask(pull: Reviewable) -> list[User | Team]:
    """Return the code owners whom GitHub asks for a review: those with write access, but not the author.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    text = pull.repository.code_owners(pull.base_ref)
    if text is None or pull.is_draft:
        return []
    names = dict.fromkeys(name for change in pull.changes() for name in codeowners.owners(text, change.path))
    found = (_owner(pull, name.lstrip("@")) for name in names)
    return [owner for owner in found if owner is not None and owner is not pull.author]


def _owner(pull: Reviewable, name: str) -> User | Team | None:
    organisation, slash, slug = name.partition("/")
    if slash:
        return pull.repository.github.find_team(organisation, slug)
    user = pull.repository.github.find_account(organisation)
    return user if isinstance(user, User) and pull.repository.role_of(user) >= Role.WRITE else None


def _is_one_of(pull: Reviewable, user: User, names: tuple[str, ...]) -> bool:
    for name in names:
        organisation, slash, slug = name.lstrip("@").partition("/")
        if slash:
            team = pull.repository.github.find_team(organisation, slug)
            if team and user in team.all_members():
                return True
        elif organisation.lower() in {user.login.lower(), user.email.lower()}:
            return True
    return False
