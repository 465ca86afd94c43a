"""Circuit breakers: while GitHub answers nothing for an installation, its passes fail at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.core.values.errors import Temporary
from bot.github.errors import Refused
from bot.runtime import Runtime

TOLERATED = 5
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=2)
_ACCOUNTS = 20_000


@dataclass(slots=True)
class _Breaker:
    """failures: in a row. until: no request before then. since: the first of these failures."""

    failures: int = 0
    until: datetime | None = None
    since: datetime | None = None


class Breakers:
    """A circuit breaker per installation: while GitHub does not answer for one, its passes fail at once and keep no slot.

    After `TOLERATED` requests in a row without an answer (a timeout, a broken connection, a 5xx), further ones fail at once.
    After a pause one goes through: if it is answered, all may; if not, the pause doubles. Only this process remembers: each
    replica finds out with as many requests.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._breakers: LRUCache[str, _Breaker] = LRUCache(_ACCOUNTS)

    def check(self, account: str) -> None:
        """Raise Temporary while requests for this account pause. The first one after a pause holds back all others."""
        breaker = self._breakers.get(account)
        if breaker is None or breaker.until is None:
            return
        now = self._runtime.now()
        if now < breaker.until <= now + 2 * LONGEST_PAUSE:
            since = f"{breaker.since:%H:%M:%S} UTC" if breaker.since else "a while"
            reason = (
                f"GitHub has not answered for {account} since {since}; trying again at {breaker.until:%H:%M:%S} UTC"
            )
            raise Temporary(reason, again_at=breaker.until)
        breaker.until = now + FIRST_PAUSE  # this one is the probe

    def learn(self, account: str, failure: Temporary | None) -> None:
        """Note how a request ended. None: GitHub answered."""
        if failure is None or (isinstance(failure, Refused) and failure.status < 500):
            self._breakers.pop(account, None)
            return
        breaker, now = self._breakers.setdefault(account, _Breaker()), self._runtime.now()
        breaker.failures += 1
        breaker.since = breaker.since or now
        if breaker.failures >= TOLERATED:
            pause = min(FIRST_PAUSE * 2 ** min(breaker.failures - TOLERATED, 10), LONGEST_PAUSE)
            breaker.until = now + pause * (0.9 + 0.2 * self._runtime.random())
