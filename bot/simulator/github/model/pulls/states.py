"""Merge states of a pull request, and auto-merge."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.protection.protection import MergeMethod


class Mergeable(Enum):
    """Whether head and base merge without conflict, as far as GitHub has computed it."""

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
    """An enabled auto-merge."""

    enabled_by: User
    enabled_at: datetime
    method: MergeMethod
    headline: str | None
    body: str | None
