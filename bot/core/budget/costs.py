"""What an action costs of GitHub's limit on new content, and how urgent it is.

Comments, issues, pull requests, review requests and merges count; check runs, reactions, refs, labels, edits and deployments
do not. GitHub publishes no list. In its description of the REST API, operations that "trigger notifications" warn of this
limit.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
"""

from dataclasses import dataclass
from enum import IntEnum

from bot.core.plan import (
    Action,
    ClosePromotion,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    Reply,
)


class Urgency(IntEnum):
    """Who goes first."""

    ROLLBACK = 0
    MERGE = 1
    ANSWER = 2
    OPEN = 3
    REST = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """What one action asks of the budget."""

    urgency: Urgency
    cost: int


FREE = Ask(Urgency.ROLLBACK, 0)


def ask_of(action: Action, *, rollback: bool = False, stranger: bool = False) -> Ask:
    """Return what an action asks. rollback: it is part of one. stranger: it answers somebody without a role."""
    cost, urgency = _usual(action)
    if cost == 0:
        return FREE
    if rollback:
        return Ask(Urgency.ROLLBACK, cost)
    return Ask(Urgency.REST if stranger and urgency is Urgency.ANSWER else urgency, cost)


def _usual(action: Action) -> tuple[int, Urgency]:
    match action:
        case MergePromotion() | EnqueuePromotion():
            return 1, Urgency.MERGE
        case Reply():
            return 1, Urgency.ANSWER
        case OpenPromotion():
            return 1, Urgency.OPEN
        case ClosePromotion():
            return 1, Urgency.REST
        case IntroducePromotion():
            return 2 if action.reviewers else 1, Urgency.REST
        case _:
            return 0, Urgency.REST
