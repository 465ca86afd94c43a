"""What is left of GitHub's limits: of all accounts, the one that has the least counts."""

from datetime import UTC, datetime, timedelta

from gidgethub import sansio

from bot.github.client.remaining import Remaining
from bot.runtime import Runtime
from bot.simulator.clock import Clock


def limit(remaining: int, resets: datetime, *, of: int = 5_000) -> sansio.RateLimit:
    return sansio.RateLimit(limit=of, remaining=remaining, reset_epoch=resets.timestamp())


def test_an_account_that_is_nearly_used_up_does_not_hide_behind_another() -> None:
    clock = Clock(datetime(2026, 11, 23, 10, tzinfo=UTC))
    remaining = Remaining(Runtime(now=clock.now, random=lambda: 0.5, new_id=lambda: "id"))
    soon, later = clock.now() + timedelta(minutes=10), clock.now() + timedelta(minutes=50)
    assert remaining.lowest("rest") == 1

    remaining.learn("rest", "installation 1", limit(100, soon))
    remaining.learn("rest", "installation 2", limit(4_000, later))
    remaining.learn("graphql", "installation 3", limit(50, later))
    remaining.learn("rest", "installation 4", limit(0, later, of=0))
    assert remaining.lowest("rest") == 0.02
    assert remaining.lowest("graphql") == 0.01

    clock.advance(timedelta(minutes=10))
    assert remaining.lowest("rest") == 0.8, "the hour of the first has ended"
    remaining.learn("rest", "installation 1", limit(5_000, later))
    assert remaining.lowest("rest") == 0.8
