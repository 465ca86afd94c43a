"""Commit statuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.ids import Kind, node_id


class StatusState(Enum):
    """A commit status, and the rollup of everything about a commit."""

    SUCCESS = "SUCCESS"
    PENDING = "PENDING"
    FAILURE = "FAILURE"
    ERROR = "ERROR"
    EXPECTED = "EXPECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """A commit status; a newer one of the same context replaces it in every view but the list of all."""

    id: int
    repository: CodeRepository
    sha: str
    context: str
    state: StatusState
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.STATUS, self.id)
