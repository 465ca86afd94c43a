"""How many answers people without a role on the repository share: anybody can write comments on a public one.

Beyond their share the bot reacts with 😕 and writes nothing, so that a stranger's flood neither waits in line nor uses up what
GitHub lets the bot write: 500 comments an hour by its documentation, 150 an hour and 20 a minute as others measured
(https://github.com/cli/cli/issues/4801). People with a role never wait for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.core.commands.shared.answer_marks import answered, with_mark, without_mark
from bot.core.gates.question import moment
from bot.core.observation.actors import Permission
from bot.core.observation.comments import Comment
from bot.core.plan import Action, React, Reply

READERS_SHARE = 15
"""Answers that people without a role share, in each account's repositories together."""

PERIOD = timedelta(hours=1)

LOWEST_ROLE = Permission.TRIAGE
"""Everybody may read a public repository."""


@dataclass(frozen=True, slots=True)
class Ration:
    """left: how many answers people without a role may still get. until: when there are more; None where all are left."""

    left: int = READERS_SHARE
    until: datetime | None = None


FULL = Ration()


class Share:
    """Hands out one pass's answers to people without a role. people: role by login in lower case, of those who comment."""

    def __init__(self, ration: Ration, people: Mapping[str, Permission], now: datetime) -> None:
        self._left = ration.left
        self._until = ration.until or now + PERIOD
        self._people = people

    def of(self, comment: Comment, said: Sequence[Action]) -> tuple[Action, ...]:
        """Return the actions that answer this comment, as far as its author has a share."""
        if has_role(comment, self._people):
            return tuple(said)
        return tuple(self._limited(action) if isinstance(action, Reply) else action for action in said)

    def _limited(self, reply: Reply) -> Action:
        if self._left <= 0:
            return React(reply.comment_id, reply.mark)
        self._left -= 1
        return reply if self._left else _last(reply, self._until)


def has_role(comment: Comment, people: Mapping[str, Permission]) -> bool:
    """Return whether the comment's author has more than permission to read."""
    return people.get(comment.author.login.lower(), Permission.NONE).value >= LOWEST_ROLE.value


def spent(actions: Iterable[Action], comments: Iterable[Comment], people: Mapping[str, Permission]) -> int:
    """Return how many answers of a plan go to people without a role."""
    strangers = {each.node_id for each in comments if not has_role(each, people)}
    return sum(isinstance(action, Reply) and action.comment_id in strangers for action in actions)


def _last(reply: Reply, until: datetime) -> Reply:
    """Return the last answer of the share, which says what follows."""
    note = (
        f"People without a role on this repository share {READERS_SHARE} answers an hour, and this is the last one. Until "
        f"{moment(until)}, I react to their commands with 😕 only."
    )
    return replace(reply, body=with_mark(f"{without_mark(reply.body)}\n\n{note}", answered(reply.body) or 0))
