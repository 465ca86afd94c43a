"""Reviews of a pull request, and what GitHub concludes from them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from bot.simulator.github.model.accounts.accounts import Role, Team, User
from bot.simulator.github.model.code import codeowners
from bot.simulator.github.model.conversations.conversation import Reactable
from bot.simulator.github.model.protection.protection import BranchProtection
from bot.simulator.github.model.world.ids import Kind

if TYPE_CHECKING:
    from bot.simulator.github.model.pulls.pull_request import PullRequest


class ReviewState(Enum):
    """What a review says."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"
    PENDING = "PENDING"


class ReviewDecision(Enum):
    """What the required reviews amount to."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REVIEW_REQUIRED = "REVIEW_REQUIRED"


OPINIONS = frozenset({ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED})


@dataclass(eq=False, slots=True, kw_only=True)
class Review(Reactable):
    """One review, of one commit."""

    pull: "PullRequest"
    author: User
    state: ReviewState
    body: str
    commit_oid: str
    submitted_at: datetime | None
    created_at: datetime
    updated_at: datetime

    kind = Kind.REVIEW

    @property
    def author_can_push(self) -> bool:
        """Whether the reviewer has write access now."""
        return self.repository.role_of(self.author) >= Role.WRITE


def latest_opinions(pull: "PullRequest") -> list[Review]:
    """The newest approving, rejecting or dismissed review of each reviewer; comments do not replace an opinion."""
    return list({review.author: review for review in pull.reviews if review.state in OPINIONS}.values())


def decide(pull: "PullRequest", protections: list[BranchProtection]) -> ReviewDecision | None:
    """What GitHub shows as the review decision; None when the base asks for no review."""
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


def refusal(pull: "PullRequest", protections: list[BranchProtection]) -> str | None:
    """GitHub's sentence about reviews that are missing, or None."""
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


def paths_without_owner(pull: "PullRequest", approvers: list[User]) -> list[str]:
    """Changed paths that have code owners of whom none approved; the base branch's CODEOWNERS counts."""
    text = pull.repository.code_owners(pull.base_ref)
    if text is None:
        return []
    missing = []
    for change in pull.changes():
        names = codeowners.owners(text, change.path)
        if names and not any(_is_one_of(pull, approver, names) for approver in approvers):
            missing.append(change.path)
    return missing


def owners_to_ask(pull: "PullRequest") -> list[User | Team]:
    """The code owners of what changes whom GitHub asks for a review by itself: those who may write, and not the author.

    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
    """
    text = pull.repository.code_owners(pull.base_ref)
    if text is None or pull.is_draft:
        return []
    names = dict.fromkeys(name for change in pull.changes() for name in codeowners.owners(text, change.path))
    found = (_owner(pull, name.lstrip("@")) for name in names)
    return [owner for owner in found if owner is not None and owner is not pull.author]


def _owner(pull: "PullRequest", name: str) -> User | Team | None:
    organisation, slash, slug = name.partition("/")
    if slash:
        return pull.repository.github.find_team(organisation, slug)
    user = pull.repository.github.find_account(organisation)
    return user if isinstance(user, User) and pull.repository.role_of(user) >= Role.WRITE else None


def _is_one_of(pull: "PullRequest", user: User, names: tuple[str, ...]) -> bool:
    for name in names:
        organisation, slash, slug = name.lstrip("@").partition("/")
        if slash:
            team = pull.repository.github.find_team(organisation, slug)
            if team and user in team.all_members():
                return True
        elif organisation.lower() in {user.login.lower(), user.email.lower()}:
            return True
    return False
