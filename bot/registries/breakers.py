"""Circuit breakers: remember hosts that do not answer, so that only the first request waits for them.

After a timeout, further requests to the host fail at once and report since when it has been silent and when it is tried
again. Then one request goes through: if it is answered, all may; if not, the pause doubles. 429 and 503 pause a host in
the same way, for as long as it asks.

Only this process remembers: after a restart, each silent host costs one timeout again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from cachetools import LRUCache
from pydantic import Field

from bot.core.values.errors import Temporary
from bot.runtime import Runtime
from bot.telemetry import telemetry

Value = TypeVar("Value")

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
_HOSTS = 1000  # far more hosts than any settings allow; redirects may lead to any number of names


class NoAnswer(Temporary):
    """No answer came in time: asking again soon would only wait again."""


class Busy(Temporary):
    """The host answered 429 or 503. again_at: when it allows the next request; None if it did not say."""


@dataclass(slots=True)
class _Breaker:
    """The breaker of one host.

    until: no request before then; since: its first failure in a row; probing: one request is in progress.
    """

    until: datetime | None = None
    since: datetime | None = None
    failures: int = 0
    probing: bool = False
    wants_pause: bool = False


@dataclass(frozen=True, slots=True)
class Paused:
    """A host, or a credential helper, that is asked nothing for a while."""

    host: Annotated[str, Field(description="The host that requests go to, such as a mirror; or the credential helper.")]
    reason: Annotated[str, Field(description="Why, in words.")]
    since: Annotated[datetime, Field(description="When the first request in a row failed.")]
    until: Annotated[
        datetime,
        Field(
            description="When one request may go through again. A time in the past: it is on its way, or nobody has asked yet."
        ),
    ]


class Breakers:
    """A breaker per host, and per credential helper."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._breakers: LRUCache[str, _Breaker] = LRUCache(_HOSTS)

    async def guard(self, host: str, ask: Callable[[], Awaitable[Value]]) -> Value:
        """Return what `ask` returns. While the host is paused, raise `Temporary` at once, with the time of the next try."""
        breaker = self._breakers.setdefault(host, _Breaker())
        if breaker.until is not None and (breaker.probing or self._runtime.now() < breaker.until):
            raise _paused(host, breaker, breaker.until)
        probe = breaker.until is not None
        breaker.probing = breaker.probing or probe
        try:
            answer = await ask()
        except (NoAnswer, Busy) as failure:
            again_at = self._failed(breaker, failure)
            telemetry().metrics.registry_paused.labels(host).set(1)
            raise type(failure)(failure.reason, again_at=again_at) from None
        except Temporary:
            # A refused connection costs no time, and any other error means that something answered.
            _close(breaker, host)
            raise
        else:
            _close(breaker, host)
            return answer
        finally:
            if probe:
                breaker.probing = False

    def paused(self) -> tuple[Paused, ...]:
        """Return the hosts that have not answered since they were paused, sorted by name."""
        return tuple(
            Paused(host, _state(breaker), breaker.since, breaker.until)
            for host, breaker in sorted(self._breakers.items())
            if breaker.since is not None and breaker.until is not None
        )

    def _failed(self, breaker: _Breaker, failure: Temporary) -> datetime:
        """Pause the host and return until when: as it asks, else longer than last time.

        Concurrent failures count once.
        """
        now = self._runtime.now()
        if failure.again_at is None and breaker.until is not None and now < breaker.until:
            return breaker.until
        pause = min(FIRST_PAUSE * 2 ** min(breaker.failures, 10), LONGEST_PAUSE)
        breaker.failures += 1
        breaker.since = breaker.since or now
        breaker.wants_pause = isinstance(failure, Busy)
        breaker.until = failure.again_at or now + pause * (0.9 + 0.2 * self._runtime.random())
        return breaker.until


def _close(breaker: _Breaker, host: str) -> None:
    breaker.until, breaker.since, breaker.failures = None, None, 0
    telemetry().metrics.registry_paused.labels(host).set(0)


def _paused(host: str, breaker: _Breaker, until: datetime) -> Temporary:
    reason = f"`{host}` {_state(breaker)}; trying again at {until:%H:%M:%S} UTC"
    return (Busy if breaker.wants_pause else NoAnswer)(reason, again_at=until)


def _state(breaker: _Breaker) -> str:
    return "answered that it is busy" if breaker.wants_pause else f"has not answered since {breaker.since:%H:%M:%S} UTC"
