"""What GitHub says in one word of a pull request's way to its base, and the standing order that waits for the last word."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.protection.protection import MergeMethod


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
