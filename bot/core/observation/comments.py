"""Comments that may hold a command."""

from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request of the manifests repository.

    promotion: (environment, application) if it is on a promotion's pull request. done: the bot has reacted with 🚀 or 😕, or an
    answer of the bot names it. subject_id: the node id of the issue or pull request, where the bot answers.
    """

    node_id: str
    database_id: int
    subject_id: str
    subject_number: int
    promotion: tuple[str, str] | None
    author: Actor
    body: str
    created_at: datetime
    edited: bool
    done: bool
