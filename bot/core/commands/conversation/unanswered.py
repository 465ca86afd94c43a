"""Which comments still need an answer, and which pass gives it."""

from collections.abc import Iterator
from datetime import datetime

from bot.core.commands import BY_WORD
from bot.core.commands.command import Command, Misread, Names
from bot.core.commands.context import ApplicationCommand, implied_application
from bot.core.commands.conversation.comment import read_comment
from bot.core.observation.comments import Comment
from bot.core.policy import Policy
from bot.core.records.entries import FORGOTTEN


def unanswered(comments: tuple[Comment, ...], now: datetime) -> Iterator[Comment]:
    """Yield the comments that may hold a command nobody has answered yet, oldest first."""
    for comment in sorted(comments, key=lambda comment: (comment.created_at, comment.database_id)):
        if not (comment.done or comment.author.is_bot or now - comment.created_at > FORGOTTEN):
            yield comment


def addressed(policy: Policy, comment: Comment) -> tuple[str | None, Command | Misread | None]:
    """Return the application whose pass answers this comment, None for the repository's pass; and what the comment says."""
    read = read_comment(comment.body, _names(policy))
    if not isinstance(read, Command) or not isinstance(BY_WORD[read.word], ApplicationCommand):
        return None, read
    name = read.application or implied_application(policy, comment)
    return (name if name in policy.applications else None), read


def _names(policy: Policy) -> Names:
    """Return the words that a comment may use for places; former names too, so that they are told from a reason."""
    renames = policy.renames
    environments = policy.environments.keys() | policy.unused.keys() | renames.environments.keys()
    return Names(frozenset(environments), frozenset(policy.applications.keys() | renames.applications.keys()))
