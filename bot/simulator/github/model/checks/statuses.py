"""Commit statuses."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.ids import Kind, node_id


class StatusState(Enum):
    """The state of a commit status, or of a commit's rollup."""

    SUCCESS = "SUCCESS"
    PENDING = "PENDING"
    FAILURE = "FAILURE"
    ERROR = "ERROR"
    EXPECTED = "EXPECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitStatus:
    """A commit status. A newer one of the same context replaces it everywhere but in the list of all."""

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
        """Return the node id."""
        return node_id(Kind.STATUS, self.id)
