"""While GitHub does not answer for one installation, its passes fail at once; the others go on."""

from datetime import timedelta

import pytest

from bot.core.values.errors import Temporary
from bot.github.client import FIRST_PAUSE, LONGEST_PAUSE, TOLERATED, Breakers
from bot.github.errors import Refused
from tests.queue.clocks import HandClock, runtime_with

ONE, OTHER = "installation 1", "installation 2"
NO_ANSWER = Temporary("observe: GitHub did not answer in time")
BAD_GATEWAY = Refused("observe: GitHub answered 502", status=502)
SECOND = timedelta(seconds=1)


class Bench:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.breakers = Breakers(runtime_with(self.clock.now))

    def fail(self, count: int = 1, failure: Temporary = NO_ANSWER) -> None:
        for _ in range(count):
            self.breakers.learn(ONE, failure)

    def pause(self) -> timedelta:
        """How long the account still pauses."""
        with pytest.raises(Temporary) as caught:
            self.breakers.check(ONE)
        assert caught.value.again_at is not None
        return caught.value.again_at - self.clock.now()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_few_failures_are_tolerated(bench: Bench) -> None:
    bench.fail(TOLERATED - 1)

    bench.breakers.check(ONE)


@pytest.mark.parametrize("failure", [NO_ANSWER, BAD_GATEWAY])
def test_further_requests_fail_at_once_and_say_since_when(bench: Bench, failure: Temporary) -> None:
    bench.fail(TOLERATED, failure)

    with pytest.raises(Temporary, match="not answered for installation 1 since 09:00:00 UTC; trying again at 09:00:05"):
        bench.breakers.check(ONE)
    bench.breakers.check(OTHER)


def test_a_refusal_is_an_answer(bench: Bench) -> None:
    bench.fail(TOLERATED - 1)
    bench.fail(1, Refused("no", status=404))
    bench.fail(TOLERATED - 1)

    bench.breakers.check(ONE)


def test_one_request_goes_through_after_the_pause_and_an_answer_opens(bench: Bench) -> None:
    bench.fail(TOLERATED)
    bench.clock.advance(FIRST_PAUSE + SECOND)

    bench.breakers.check(ONE)
    assert bench.pause() == FIRST_PAUSE, "all others wait for the first"
    bench.breakers.learn(ONE, None)

    bench.breakers.check(ONE)


def test_the_pause_doubles_up_to_a_limit(bench: Bench) -> None:
    bench.fail(TOLERATED)
    pauses = []
    for _ in range(8):
        pauses.append(bench.pause())
        bench.clock.advance(pauses[-1])
        bench.breakers.check(ONE)
        bench.fail()

    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_clock_that_was_ahead_is_no_reason_to_wait(bench: Bench) -> None:
    bench.clock.advance(timedelta(days=400))
    bench.fail(TOLERATED)
    bench.clock.advance(timedelta(days=-400))

    bench.breakers.check(ONE)
