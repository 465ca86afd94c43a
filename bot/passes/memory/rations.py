"""How many answers people without a role got in the last hour, in each account's repositories together."""

from collections import deque
from datetime import datetime

from cachetools import LRUCache

from bot.core.commands.shared.ration import PERIOD, READERS_SHARE, Ration

ACCOUNTS_REMEMBERED = 10_000


class Rations:
    """One for the process. A clock that was ahead is no reason to wait longer than the period."""

    def __init__(self) -> None:
        self._given: LRUCache[str, deque[datetime]] = LRUCache(ACCOUNTS_REMEMBERED)

    def of(self, repository: str, now: datetime) -> Ration:
        """Return what is left for the account of this repository."""
        given = self._lately(repository, now)
        return Ration(max(READERS_SHARE - len(given), 0), given[0] + PERIOD if given else None)

    def spend(self, repository: str, count: int, now: datetime) -> None:
        """Note that so many answers are written now."""
        self._lately(repository, now).extend([now] * count)

    def _lately(self, repository: str, now: datetime) -> deque[datetime]:
        given = self._given.setdefault(repository.partition("/")[0].lower(), deque())
        while given and not now - PERIOD < given[0] <= now:
            given.popleft()
        return given
