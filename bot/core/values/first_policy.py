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
class Lock:
    """A branch that GitHub creates for one server only. oid: where it points. stale: where a left-over one points."""

    branch: str
    oid: str
    stale: str | None


@dataclass(frozen=True, slots=True)
class TakeLock:
    """Delete the left-over lock if it still points there, and create the lock."""

    lock: Lock


@dataclass(frozen=True, slots=True)
class GiveLockBack:
    """Delete the lock."""

    lock: Lock


@dataclass(frozen=True, slots=True)
class OpenIssue:
    """Open an issue. lock: what to hold meanwhile, and to take before the look that this is decided on; None for none."""

    title: str
    body: str
    lock: Lock | None


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
