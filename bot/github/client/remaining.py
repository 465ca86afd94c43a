"""How much of GitHub's hourly limits is left to the account that has the least: what operators are warned about."""

from cachetools import LRUCache
from gidgethub import sansio

from bot.runtime import Runtime

ACCOUNTS = 20_000


class Remaining:
    """What the last answers said of each account. Accounts are never named: anybody may read the metrics."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen: LRUCache[tuple[str, str], sansio.RateLimit] = LRUCache(ACCOUNTS)

    def learn(self, api: str, account: str, limit: sansio.RateLimit) -> None:
        """Note what an answer said."""
        if limit.limit > 0:
            self._seen[api, account] = limit

    def lowest(self, api: str) -> float:
        """Return the smallest part that is left to any account; 1 where every window has ended since its last answer."""
        now = self._runtime.now()
        parts = (
            limit.remaining / limit.limit
            for (each, _), limit in list(self._seen.items())
            if each == api and now < limit.reset_datetime
        )
        return min(parts, default=1.0)
