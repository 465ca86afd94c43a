"""Rate limits: the remaining requests of each caller, per resource and hour."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.simulator.clock import Clock
from bot.simulator.github.access.auth import Caller
from bot.simulator.github.traffic.faults import Faults

CORE, GRAPHQL, SEARCH = "core", "graphql", "search"
HOURLY = 5_000
WITHOUT_CREDENTIALS = 60
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A caller's state for one resource. `reset_at` is the end of the window."""

    resource: str
    limit: int
    used: int
    reset_at: datetime

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def headers(self) -> Mapping[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(int(self.reset_at.timestamp())),
            "X-RateLimit-Resource": self.resource,
        }

    def json(self) -> Mapping[str, int]:
        return {
            "limit": self.limit,
            "remaining": self.remaining,
            "reset": int(self.reset_at.timestamp()),
            "used": self.used,
        }


@dataclass(slots=True)
class _Window:
    ends: datetime
    used: int = 0


class Limits:
    """The use of all callers. All tokens of an installation share one account."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._windows: dict[tuple[str, str], _Window] = {}

    def of(self, caller: Caller, resource: str) -> RateLimit:
        window, limit = self._window(caller, resource), _limit(caller)
        until = self._faults.exhausted_until(resource, self._clock.now())
        if until is not None:
            return RateLimit(resource, limit, limit, until)
        return RateLimit(resource, limit, min(window.used, limit), window.ends)

    def all_limits(self, caller: Caller) -> dict[str, RateLimit]:
        return {resource: self.of(caller, resource) for resource in (CORE, SEARCH, GRAPHQL)}

    def spend(self, caller: Caller, resource: str, points: int) -> RateLimit:
        """Use `points` and return the new state. The caller checks the state first; more than the rest may be used."""
        self._window(caller, resource).used += points
        return self.of(caller, resource)

    def _window(self, caller: Caller, resource: str) -> _Window:
        now, key = self._clock.now(), (account(caller), resource)
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = _Window(ends=(now + WINDOW).replace(microsecond=0))
        return window


def _limit(caller: Caller) -> int:
    known = caller.app or caller.installation or caller.user
    return HOURLY if known else WITHOUT_CREDENTIALS


def account(caller: Caller) -> str:
    """Return whose limits a caller uses: all tokens of an installation share them."""
    if caller.installation is not None:
        return f"installation {caller.installation.id}"
    if caller.app is not None:
        return f"app {caller.app.id}"
    return f"user {caller.user.id}" if caller.user is not None else "nobody"
