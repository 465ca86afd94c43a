"""One installation's budget of new content: what it spent lately, what GitHub allows, and who waits in line.

GitHub documents 80 a minute and 500 an hour. Others measured 20 and 150, and a refusal that lasts from minutes to an hour
(https://github.com/cli/cli/issues/4801). So the budget begins with the lower figures. It grows by a quarter, up to the
documented ones, when something had to wait in three hours in a row and GitHub refused nothing. A refusal halves the window that
was fuller, and nothing above what was refused is tried again for a week.

The less urgent an action, the earlier it has to wait: the last share of both windows is reserved for rollbacks. Each waiting
action has a place in line and a time to come back, so that ninety promotions do not all look again every minute.

Races accepted. GitHub counts a write a moment after the bot did, so the windows here are a little longer than GitHub's. What
people do with the App's account in the browser is not seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.core.budget.costs import Ask, Urgency

SHARES = {
    Urgency.ROLLBACK: 1.0,
    Urgency.MERGE: 0.95,
    Urgency.ANSWER: 0.9,
    Urgency.OPEN: 0.8,
    Urgency.REST: 0.7,
}
"""The part of each window that may be in use for an action to go ahead."""

MINUTE = timedelta(seconds=70)
HOUR = timedelta(minutes=61)
"""GitHub's minute and hour, and the time that a write may take until GitHub counts it."""
GRAIN = timedelta(seconds=10)
"""What is spent within this time is noted together, at its end."""
PATIENCE = timedelta(minutes=5)
"""An action that comes back later than this after its time loses its place."""
MOST_IN_LINE = 5_000
GROWTH = 1.25
HOURS_OF_EVIDENCE = 3
CEILING = timedelta(days=7)
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Sizes:
    """What GitHub allows: pieces of new content a minute and an hour."""

    minute: int
    hour: int

    def of(self, urgency: Urgency) -> "Sizes":
        """Return the part that an action of this urgency may use; at least one, for else it would wait forever."""
        share = SHARES[urgency]
        return Sizes(max(1, int(self.minute * share)), max(1, int(self.hour * share)))


MEASURED = Sizes(20, 150)
DOCUMENTED = Sizes(80, 500)
LEAST = Sizes(5, 40)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A place in line. name: of the key and the action. at: when to come back."""

    name: str
    urgency: Urgency
    cost: int
    at: datetime

    @property
    def place(self) -> tuple[Urgency, datetime, str]:
        """Return what the line is sorted by."""
        return self.urgency, self.at, self.name


@dataclass(frozen=True, slots=True)
class Account:
    """The budget of one installation.

    spent: (when, how much), oldest first. line: who waits. paused_until: GitHub refused something. busy_hours: in which
    something waited since the sizes changed, counted from 1970. ceiling, ceiling_until: what GitHub refused lately.
    """

    spent: tuple[tuple[datetime, int], ...] = ()
    sizes: Sizes = MEASURED
    line: tuple[Waiting, ...] = ()
    paused_until: datetime | None = None
    busy_hours: tuple[int, ...] = ()
    ceiling: Sizes = DOCUMENTED
    ceiling_until: datetime | None = None

    def used(self, window: timedelta, now: datetime) -> int:
        """Return how much was spent within this time."""
        return sum(count for at, count in self.spent if now - at < window)


@dataclass(frozen=True, slots=True)
class Wait:
    """Why an action waits, and until when. used, most: of the window that is full; per: its name. refused: by GitHub itself."""

    until: datetime
    used: int
    most: int
    per: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer to some asks: the account afterwards, and what has to wait, by the name of the ask."""

    account: Account
    waits: Mapping[str, Wait] = field(default_factory=dict)


def take(account: Account, asks: Mapping[str, Ask], now: datetime) -> Granted:
    """Spend what there is room for, the most urgent first. Give the others their places in line.

    asks: by name, such as `acme/deploy#web open dev`. Who asked before under the same name keeps that place.
    """
    account = _grown(_tidied(account, now), now)
    waits: dict[str, Wait] = {}
    for name, ask in sorted(asks.items(), key=lambda item: (item[1].urgency, item[0])):
        if ask.cost == 0:
            continue
        own = next((each for each in account.line if each.name == name), None)
        account = replace(account, line=tuple(each for each in account.line if each.name != name))
        ahead = _ahead(account.line, ask, own)
        wait = _wait(account, ask, ahead, now)
        if wait is None:
            account = _spend(account, ask.cost, now)
            continue
        waits[name] = wait
        place = Waiting(name, ask.urgency, ask.cost, own.at if own is not None and own.at > now else wait.until)
        waits[name] = replace(wait, until=place.at)
        busy = tuple(dict.fromkeys((*account.busy_hours, int(now.timestamp()) // _HOUR)))
        account = replace(account, line=(*account.line, place)[-MOST_IN_LINE:], busy_hours=busy[-HOURS_OF_EVIDENCE:])
    return Granted(account, waits)


def refuse(account: Account, until: datetime, now: datetime) -> Account:
    """Learn that GitHub refused new content: pause, halve the fuller window, and remember what was too much.

    Several replicas may be refused at the same time. That counts once.
    """
    if account.paused_until is not None and now < account.paused_until:
        return replace(account, paused_until=max(until, account.paused_until))
    sizes, minute, hour = account.sizes, account.used(MINUTE, now), account.used(HOUR, now)
    by_minute = minute / sizes.minute >= hour / sizes.hour
    ceiling = account.ceiling if account.ceiling_until is not None and account.ceiling_until > now else DOCUMENTED
    if by_minute:
        smaller = replace(sizes, minute=max(LEAST.minute, sizes.minute // 2))
        ceiling = replace(ceiling, minute=max(LEAST.minute, min(ceiling.minute, sizes.minute - 1)))
    else:
        smaller = replace(sizes, hour=max(LEAST.hour, sizes.hour // 2))
        ceiling = replace(ceiling, hour=max(LEAST.hour, min(ceiling.hour, sizes.hour - 1)))
    return replace(
        account, sizes=smaller, paused_until=until, busy_hours=(), ceiling=ceiling, ceiling_until=now + CEILING
    )


def _tidied(account: Account, now: datetime) -> Account:
    """Drop what no longer counts. A time far ahead comes from a clock that was wrong."""
    spent = tuple((at, count) for at, count in account.spent if now - HOUR < at < now + HOUR)
    line = tuple(each for each in account.line if now - PATIENCE < each.at < now + 24 * HOUR)
    paused = account.paused_until if account.paused_until and now < account.paused_until < now + 24 * HOUR else None
    return replace(account, spent=spent, line=line, paused_until=paused)


def _grown(account: Account, now: datetime) -> Account:
    """Try more, if something waited in each of the last whole hours and GitHub refused nothing."""
    this_hour = int(now.timestamp()) // _HOUR
    wanted = set(range(this_hour - HOURS_OF_EVIDENCE, this_hour))
    if not wanted <= set(account.busy_hours):
        return account
    ceiling = account.ceiling if account.ceiling_until is not None and account.ceiling_until > now else DOCUMENTED
    grown = Sizes(
        min(ceiling.minute, int(account.sizes.minute * GROWTH) + 1),
        min(ceiling.hour, int(account.sizes.hour * GROWTH) + 1),
    )
    return replace(account, sizes=grown, busy_hours=())


def _ahead(line: Iterable[Waiting], ask: Ask, own: Waiting | None) -> int:
    """Return what those cost who go first: the more urgent, and those whose time comes before ours."""
    return sum(
        each.cost
        for each in line
        if each.urgency < ask.urgency or (each.urgency == ask.urgency and (own is None or each.place < own.place))
    )


def _wait(account: Account, ask: Ask, ahead: int, now: datetime) -> Wait | None:
    """Return why this ask has to wait; None if there is room."""
    sizes = account.sizes.of(ask.urgency)
    if account.paused_until is not None:
        used = account.used(MINUTE, now)
        return Wait(account.paused_until, used, sizes.minute, "minute", refused=True)
    found = [
        Wait(until, account.used(window, now), size, per)
        for window, size, per in ((MINUTE, sizes.minute, "minute"), (HOUR, sizes.hour, "hour"))
        for until in (_room(account.spent, window, size, ahead + ask.cost, now),)
        if until > now
    ]
    return max(found, key=lambda wait: wait.until, default=None)


def _room(spent: Sequence[tuple[datetime, int]], window: timedelta, size: int, needed: int, now: datetime) -> datetime:
    """Return when this window has room for so much; now if it has."""
    lately = [(at, count) for at, count in spent if now - at < window]
    excess = sum(count for _, count in lately) + needed - size
    if excess <= 0:
        return now
    for at, count in lately:
        excess -= count
        if excess <= 0:
            return at + window
    # Those ahead fill further windows, each as long as this one.
    return (lately[-1][0] if lately else now) + window + window * (excess / size)


def _spend(account: Account, cost: int, now: datetime) -> Account:
    grain = GRAIN.total_seconds()
    at = now + timedelta(seconds=grain - now.timestamp() % grain)
    if account.spent and account.spent[-1][0] == at:
        return replace(account, spent=(*account.spent[:-1], (at, account.spent[-1][1] + cost)))
    return replace(account, spent=(*account.spent, (at, cost)))
