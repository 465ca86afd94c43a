"""Conversations about the files of a pull request, which a rule may require to be resolved before it merges.

https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches/about-protected-branches#require-conversation-resolution-before-merging
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.protection.protection import BranchProtection
from bot.simulator.github.model.pulls.reviews import Review, Reviewable
from bot.simulator.github.model.world.ids import Kind, node_id


@dataclass(eq=False, slots=True, kw_only=True)
class Thread:
    """A conversation.

    body: its first comment. review: the review that started it. resolved_by: None while unresolved.
    """

    id: int
    pull: Reviewable
    path: str
    author: User
    created_at: datetime
    body: str = ""
    review: Review | None = None
    resolved_by: User | None = None

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.THREAD, self.id)

    def resolve(self, *, by: User) -> None:
        """Resolve the conversation."""
        self.resolved_by = by
        self.pull.updated_at = self.pull.repository.github.now()
        self.pull.repository.reconsider(self.pull.head_oid)


def unresolved(threads: Iterable[Thread], protections: Sequence[BranchProtection]) -> str | None:
    """Return GitHub's message about unresolved conversations, if a protection forbids them."""
    wanted = any(found.protection.conversations for found in protections)
    still_open = wanted and any(thread.resolved_by is None for thread in threads)
    return "A conversation must be resolved before this pull request can be merged." if still_open else None
