"""Comments that may hold a command."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request of the manifests repository.

    promotion: (environment, application) if it is on a promotion's pull request. done: the bot has reacted with 🚀 or 😕, or an
    answer of the bot names it. subject_id: the node id of the issue or pull request.
    answer_at: where the bot answers: there, or on the dashboard issue if it is locked; None if there is no dashboard.
    """

    node_id: str
    database_id: int
    subject_id: str
    subject_number: int
    answer_at: str | None
    promotion: tuple[str, str] | None
    author: Actor
    body: str
    created_at: datetime
    edited: bool
    done: bool

    @property
    def is_locked(self) -> bool:
        """Whether its conversation takes no comments and no reactions of the bot."""
        return self.answer_at != self.subject_id
