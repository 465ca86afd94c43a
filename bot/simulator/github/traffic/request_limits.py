"""GitHub's secondary limits on requests: points a minute, requests at once, and its own processor time.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits

GitHub does not say whether an answer of 304 counts, or where its minute begins; the stricter reading is simulated. Its
processor time is not known here: only what a switch makes an answer take counts as such. That new content counts is in
`faults.py`.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
READING, WRITING = 1, 5
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSize:
    """What each caller may ask.

    rest, graphql: points in any minute. at_once: requests under way. seconds, graphql_seconds: of GitHub's processor in any
    minute, for everything and for GraphQL alone.
    """

    rest: int = 900
    graphql: int = 2_000
    at_once: int = 100
    seconds: float = 90
    graphql_seconds: float = 60


PUBLISHED = RequestSize()


@dataclass(slots=True)
class _Used:
    """What one caller asked in the last minute: (when, how much), oldest first."""

    points: deque[tuple[datetime, float]]
    seconds: deque[tuple[datetime, float]]


class RequestLimits:
    """The use of all callers. size: None for no limit. hits: how many requests were refused."""

    def __init__(self) -> None:
        self.size: RequestSize | None = PUBLISHED
        self.hits = 0
        self._used: defaultdict[tuple[str, bool], _Used] = defaultdict(lambda: _Used(deque(), deque()))
        self._at_once: Counter[str] = Counter()

    def points(self, account: str, now: datetime, *, graphql: bool) -> float:
        """Return the points of the last minute."""
        return _sum(self._used[account, graphql].points, now)

    @contextmanager
    def under_way(self, account: str) -> Iterator[None]:
        """Count a request that has not been answered."""
        self._at_once[account] += 1
        try:
            yield
        finally:
            self._at_once[account] -= 1

    def admits(self, account: str, points: int, now: datetime, *, graphql: bool) -> bool:
        """Report whether this request is answered, and count it; what is refused counts for nothing."""
        used = self._used[account, graphql]
        if self.size is not None and self._is_too_much(account, points, now, graphql=graphql):
            self.hits += 1
            return False
        used.points.append((now, points))
        return True

    def took(self, account: str, seconds: float, now: datetime, *, graphql: bool) -> None:
        """Count GitHub's processor time for an answer."""
        self._used[account, graphql].seconds.append((now, seconds))

    def _is_too_much(self, account: str, points: int, now: datetime, *, graphql: bool) -> bool:
        size = self.size or PUBLISHED
        by_graphql = _sum(self._used[account, True].seconds, now)
        return (
            self.points(account, now, graphql=graphql) + points > (size.graphql if graphql else size.rest)
            or self._at_once[account] > size.at_once
            or by_graphql + _sum(self._used[account, False].seconds, now) >= size.seconds
            or (graphql and by_graphql >= size.graphql_seconds)
        )


def _sum(used: deque[tuple[datetime, float]], now: datetime) -> float:
    while used and not now - MINUTE < used[0][0]:
        used.popleft()
    return sum(amount for _, amount in used)
