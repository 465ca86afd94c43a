"""Notices for people outside GitHub: one for each thing that happens to a promotion."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Occasion(StrEnum):
    """What happened to a promotion. The policy routes each."""

    OPENED = "opened"
    WAITS = "waits"  # for a person: a review, or the merge itself
    HELD = "held"
    BLOCKED = "blocked"
    FAILED = "failed"  # a check, a health report, or a write that GitHub refused
    MERGED = "merged"
    ROLLED_BACK = "rolled-back"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened to one promotion, for one sink.

    mark: two notices are the same if their sink, promotion and mark are, even if different processes made them.
    repository: `owner/name`; number: of the pull request. change: its title. said: the state and its reason, one line of plain
    words. who: who can act, in plain words, with logins and teams as they are, such as acme/sre.
    """

    sink: str
    occasion: Occasion
    mark: str
    repository: str
    number: int
    application: str
    environment: str
    change: str
    said: str
    at: datetime
    who: str = ""

    @property
    def promotion(self) -> str:
        """Return which promotion it is about."""
        return f"{self.repository}#{self.number}"

    @property
    def gathers(self) -> bool:
        """Return whether it waits a moment for others like it."""
        return self.occasion is Occasion.OPENED


@dataclass(frozen=True, slots=True)
class Dropped:
    """Notices of one repository that could not be delivered within a day. error: of the last attempt."""

    sink: str
    count: int
    error: str
