"""Holds that people asked for and that are not on record yet. A pass that sees one merges nothing there.

The repository's own pass records holds. An application's pass may come first, as when GitHub loses the comment's webhook, and
sees the same comment: merging anyway would be a request to stop that was seen and passed over.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.core.commands.command import EVERYTHING, Command
from bot.core.commands.conversation.unanswered import addressed, unanswered
from bot.core.observation.comments import Comment
from bot.core.people.rights import who_may
from bot.core.policy import Policy, Right
from bot.core.records.entries import Hold
from bot.core.state import State


def unread_holds(policy: Policy, state: State, now: datetime) -> tuple[tuple[str, Hold], ...]:
    """Return the holds that cover this application, by environment or `all`, as far as their authors may hold there."""
    found = []
    for comment, environment, application in _asked(policy, state, now):
        here = policy.environments.get(environment)
        if (here is None and environment != EVERYTHING) or application not in ("", state.application):
            continue
        named = policy.applications.get(application)
        covered = [named] if named else policy.applications.values()
        owners = dict.fromkeys(owner for each in covered for owner in each.owners)
        if who_may(Right.HOLD, here.permissions if here else None, owners).holds(comment.author.login, state):
            found.append((environment, _hold(comment, application)))
    return tuple(found)


def askers(policy: Policy, state: State, now: datetime) -> frozenset[str]:
    """Return the logins of those who asked for a hold that is not on record, whatever their rights."""
    return frozenset(comment.author.login for comment, _, _ in _asked(policy, state, now))


def _asked(policy: Policy, state: State, now: datetime) -> Iterator[tuple[Comment, str, str]]:
    """Yield the comments that ask for a hold and are neither answered nor on record, each with its place."""
    for comment in unanswered(state.comments, now):
        _, read = addressed(policy, comment)
        if not isinstance(read, Command) or read.word != "hold" or state.records.handled(comment.database_id):
            continue
        environment, application = read.environment, read.application
        if not environment and comment.promotion:
            environment, application = comment.promotion
        yield comment, environment, application


def _hold(comment: Comment, application: str) -> Hold:
    return Hold(
        application=application or None,
        by=comment.author.login,
        at=comment.created_at,
        comment=comment.database_id,
    )
