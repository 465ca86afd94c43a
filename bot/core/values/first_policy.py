"""What is written about a repository's first policy: a pull request that proposes one, or an issue."""

from dataclasses import dataclass

from bot.core.values.message import Message


@dataclass(frozen=True, slots=True)
class ProposePolicy:
    """Create the branch at base_oid, commit the policy, open the pull request. stale_head: as in OpenPromotion."""

    branch: str
    base: str
    base_oid: str
    stale_head: str | None
    path: str
    text: str
    message: Message
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """Open an issue, once.

    lock: a branch that is created at lock_oid before and deleted afterwards: GitHub creates it for one server only. None for no
    lock. stale_lock: where a left-over one points, which is deleted first if it still points there.
    """

    title: str
    body: str
    lock: str | None
    lock_oid: str
    stale_lock: str | None


@dataclass(frozen=True, slots=True)
class EditIssue:
    """Write the text of an issue."""

    issue_id: str
    number: int
    body: str


@dataclass(frozen=True, slots=True)
class CloseIssue:
    """Close an issue as done, and say why."""

    issue_id: str
    number: int
    comment: str
