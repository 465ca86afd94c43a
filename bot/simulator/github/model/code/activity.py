"""When each branch moved, by GitHub's own clock, which a pusher cannot choose.

https://docs.github.com/en/rest/repos/repos#list-repository-activities
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.world.ids import Kind, node_id


class ActivityKind(Enum):
    """How a branch moved, in REST's words."""

    PUSH = "push"
    FORCE_PUSH = "force_push"
    CREATION = "branch_creation"
    DELETION = "branch_deletion"
    PR_MERGE = "pr_merge"
    QUEUE_MERGE = "merge_queue_merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One move of a branch. The zero id means that it did not exist or was deleted."""

    id: int
    kind: ActivityKind
    ref: str
    before: str
    after: str
    actor: User
    at: datetime

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.ACTIVITY, self.id)
