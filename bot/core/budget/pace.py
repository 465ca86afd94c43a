"""One installation's pace: what it may ask of GitHub in a minute, as all replicas plan it together.

GitHub publishes 900 points a minute for REST and 2,000 for GraphQL, where reading costs 1 and writing 5, and 60 seconds of its
own processor for GraphQL, which "you can roughly estimate by measuring the total response time". So the plan begins with a
part of the points and with those seconds of response time, which is more than the processor's. It grows by a quarter when
something had to wait in five minutes in a row and GitHub refused nothing. A refusal halves what was fuller, and nothing above
what was refused is tried again for a day.
https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits

The less urgent a request, the earlier it has to wait, as with new content (`account.py`). What is taken here is a block that a
replica uses up within `BLOCK_LIFE`, and a little is free, so that quiet work asks nobody. Up to eight replicas keep GitHub's
figures at first. With more of them, all at work on one installation, a refusal teaches them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.budget.account import GROWTH, MINUTE, SHARES
from bot.core.budget.costs import Urgency


class Resource(StrEnum):
    """What GitHub limits in a minute: points of both APIs, and seconds of its processor."""

    REST = "rest"
    GRAPHQL = "graphql"
    SECONDS = "seconds"


PUBLISHED: Mapping[Resource, float] = {Resource.REST: 900, Resource.GRAPHQL: 2_000, Resource.SECONDS: 60}
FREE: Mapping[Resource, float] = {Resource.REST: 45, Resource.GRAPHQL: 100, Resource.SECONDS: 3}
"""What each replica may use in a minute without asking; also the size of a block."""
FIRST: Mapping[Resource, float] = {Resource.REST: 540, Resource.GRAPHQL: 1_200, Resource.SECONDS: 60}
MOST: Mapping[Resource, float] = {Resource.REST: 810, Resource.GRAPHQL: 1_800, Resource.SECONDS: 180}
"""Response time may exceed the processor's several times, so what GitHub allows of it has to be found out."""
LEAST: Mapping[Resource, float] = {Resource.REST: 90, Resource.GRAPHQL: 200, Resource.SECONDS: 12}

BLOCK_LIFE = timedelta(seconds=10)
WINDOW = MINUTE + BLOCK_LIFE
"""GitHub's minute, the time until it counts a request, and the time until a block is used."""
MINUTES_OF_EVIDENCE = 5
CEILING = timedelta(days=1)
_MINUTE = 60
_SOON = timedelta(hours=2)

Spent = tuple[tuple[datetime, Resource, float], ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """The plan of one installation.

    spent: (when, of what, how much), oldest first. busy: the minutes, counted from 1970, in which something waited since the
    sizes changed. ceiling, ceiling_until: what GitHub refused lately.
    """

    spent: Spent = ()
    sizes: Mapping[Resource, float] = field(default_factory=lambda: FIRST)
    paused_until: datetime | None = None
    busy: tuple[int, ...] = ()
    ceiling: Mapping[Resource, float] = field(default_factory=lambda: MOST)
    ceiling_until: datetime | None = None

    def used(self, resource: Resource, now: datetime) -> float:
        """Return how much was taken in the last minute."""
        return sum(amount for at, what, amount in self.spent if what is resource and now - WINDOW < at <= now)


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a wish. until: None if it was granted, else when to come back."""

    pace: Pace
    until: datetime | None = None


def take(pace: Pace, wanted: Mapping[Resource, float], urgency: Urgency, now: datetime) -> Taken:
    """Take all that is wanted, or nothing."""
    pace = _grown(_tidied(pace, now), now)
    until = max(
        (_room(pace, resource, amount, urgency, now) for resource, amount in wanted.items()),
        default=now,
    )
    if pace.paused_until is not None:
        until = max(until, pace.paused_until)
    if until > now:
        minute = int(now.timestamp()) // _MINUTE
        busy = tuple(dict.fromkeys((*pace.busy, minute)))[-MINUTES_OF_EVIDENCE:]
        return Taken(replace(pace, busy=busy), until)
    spent = (*pace.spent, *((now, resource, amount) for resource, amount in wanted.items()))
    return Taken(replace(pace, spent=spent))


def slow_down(pace: Pace, until: datetime, now: datetime) -> Pace:
    """Learn that GitHub refused a request: pause, halve what was fuller, and remember what was too much.

    Several requests may be refused at the same time. That counts once.
    """
    if pace.paused_until is not None and now < pace.paused_until:
        return replace(pace, paused_until=max(until, pace.paused_until))
    fuller = max(Resource, key=lambda each: pace.used(each, now) / pace.sizes[each])
    size, ceiling = pace.sizes[fuller], _ceiling(pace, now)
    return replace(
        pace,
        sizes={**pace.sizes, fuller: max(LEAST[fuller], size // 2)},
        paused_until=until,
        busy=(),
        ceiling={**ceiling, fuller: max(LEAST[fuller], min(ceiling[fuller], size - 1))},
        ceiling_until=now + CEILING,
    )


def _tidied(pace: Pace, now: datetime) -> Pace:
    """Drop what no longer counts. A time ahead comes from a clock that was wrong."""
    spent = tuple(each for each in pace.spent if now - WINDOW < each[0] <= now)
    paused = pace.paused_until if pace.paused_until and now < pace.paused_until < now + _SOON else None
    return replace(pace, spent=spent, paused_until=paused)


def _grown(pace: Pace, now: datetime) -> Pace:
    """Try more, if something waited in each of the last whole minutes and GitHub refused nothing."""
    minute = int(now.timestamp()) // _MINUTE
    if not set(range(minute - MINUTES_OF_EVIDENCE, minute)) <= set(pace.busy):
        return pace
    ceiling = _ceiling(pace, now)
    return replace(pace, sizes={each: min(ceiling[each], pace.sizes[each] * GROWTH) for each in Resource}, busy=())


def _ceiling(pace: Pace, now: datetime) -> Mapping[Resource, float]:
    return pace.ceiling if pace.ceiling_until is not None and pace.ceiling_until > now else MOST


def _room(pace: Pace, resource: Resource, amount: float, urgency: Urgency, now: datetime) -> datetime:
    """Return when there is room for so much; now if there is."""
    excess = pace.used(resource, now) + amount - pace.sizes[resource] * SHARES[urgency]
    if excess <= 0:
        return now
    end = now
    for at, what, taken in pace.spent:
        if what is resource:
            end = at + WINDOW
            excess -= taken
            if excess <= 0:
                break
    return end
