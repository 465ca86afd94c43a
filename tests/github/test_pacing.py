"""The requests of a minute, planned before they are sent: quiet work asks nobody, and the urgent go first."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.budget.costs import Urgency
from bot.core.budget.pace import FREE, Resource
from bot.core.values.errors import Temporary
from bot.core.values.permit import PRIORITY, Priority
from bot.github.client import carrying_out
from bot.github.client.pacing import AT_ONCE, LONGEST, MOST_TRIES, SPREAD, Alone, Pacing
from bot.github.errors import is_about_content, is_about_requests
from bot.runtime import Runtime
from bot.simulator.github.traffic.faults import SECONDARY_LIMIT, TOO_MANY_REQUESTS
from bot.simulator.github.traffic.request_limits import RequestSize
from tests.github.conftest import Bench
from tests.queue.clocks import HandClock

ACME = "installation 1"


class Counting(Alone):
    """Notes, and how often they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def note(self, name: str) -> tuple[int, str]:
        """Count."""
        self.asked += 1
        return await super().note(name)


def runtime_at(clock: HandClock) -> Runtime:
    return Runtime(now=clock.now, random=lambda: 0.5, new_id=lambda: "1")


async def sent(pacing: Pacing, *, most: int = 5_000, account: str = ACME) -> int:
    """How many reads by GraphQL go through at this moment."""
    for count in range(most):
        try:
            async with pacing.request(account, Resource.GRAPHQL, 1):
                pass
        except Temporary:
            return count
    return most


async def test_quiet_work_asks_nobody() -> None:
    clock, notes = HandClock(), Counting()
    pacing = Pacing(runtime_at(clock), notes)
    for _ in range(60):
        assert await sent(pacing, most=int(FREE[Resource.GRAPHQL])) == FREE[Resource.GRAPHQL]
        clock.advance(timedelta(minutes=2))
    assert notes.asked == 0


async def test_replicas_stay_below_githubs_figure_together_and_ask_each_other_rarely() -> None:
    clock, notes = HandClock(), Counting()
    total = 0
    for _ in range(8):
        total += await sent(Pacing(runtime_at(clock), notes))
    assert 1_200 < total <= 2_000
    assert notes.asked <= total / FREE[Resource.GRAPHQL] + 8


async def test_other_installations_have_a_plan_of_their_own() -> None:
    pacing = Pacing(runtime_at(HandClock()))
    first = await sent(pacing)
    assert await sent(pacing, account="installation 2") == first


async def test_the_urgent_go_ahead_when_others_wait() -> None:
    clock = HandClock()
    pacing, more = Pacing(runtime_at(clock)), []
    for priority in (Priority.SWEEP, Priority.EVENT, Priority.PEOPLE):
        PRIORITY.set(priority)
        more.append(await sent(pacing))
    for urgency in (Urgency.MERGE, Urgency.ROLLBACK):
        with carrying_out(urgency):
            more.append(await sent(pacing))
    assert all(more), more
    PRIORITY.set(Priority.SWEEP)
    with carrying_out(Urgency.OPEN):
        assert await sent(pacing) == 0, "what is less urgent does not go ahead of them"


async def test_who_waits_is_told_until_when_and_not_all_come_back_together() -> None:
    clock = HandClock()
    pacing = Pacing(runtime_at(clock), notes := Counting())
    await sent(pacing)
    asked = notes.asked
    for priority, spread in ((Priority.PEOPLE, timedelta()), (Priority.EVENT, SPREAD / 2)):
        PRIORITY.set(priority)
        with pytest.raises(Temporary, match="GitHub limits requests a minute") as caught:
            async with pacing.request(ACME, Resource.GRAPHQL, 1):
                pass
        assert caught.value.again_at == clock.now() + timedelta(seconds=80) + spread
    assert notes.asked == asked, "it is known for now"
    clock.advance(timedelta(seconds=80))
    assert await sent(pacing, most=10) == 10


async def test_what_takes_long_holds_back_what_is_not_urgent() -> None:
    clock = HandClock()
    pacing = Pacing(runtime_at(clock))

    async def answered_in(seconds: float) -> bool:
        try:
            async with pacing.request(ACME, Resource.GRAPHQL, 1):
                clock.advance(timedelta(seconds=seconds))
        except Temporary:
            return False
        return True

    PRIORITY.set(Priority.SWEEP)
    assert [await answered_in(2) for _ in range(30)].count(True) <= 42 / 2 + 3
    PRIORITY.set(Priority.PEOPLE)
    assert await answered_in(100), "response time is an estimate"
    clock.advance(timedelta(minutes=3))
    PRIORITY.set(Priority.SWEEP)
    assert await answered_in(2)
    assert [await answered_in(-3600) for _ in range(2)] == [True, True], "a clock that goes back owes nothing"
    assert LONGEST < 10


async def test_a_block_that_is_not_used_in_time_is_lost() -> None:
    clock, notes = HandClock(), Counting()
    pacing = Pacing(runtime_at(clock), notes)
    await sent(pacing, most=110)
    assert notes.asked == 1
    await sent(pacing, most=50)
    assert notes.asked == 1
    clock.advance(timedelta(seconds=11))
    await sent(pacing, most=1)
    assert notes.asked == 2


async def test_so_many_are_under_way_at_once() -> None:
    pacing, full, go, under_way = Pacing(runtime_at(HandClock())), asyncio.Event(), asyncio.Event(), []

    async def ask() -> None:
        async with pacing.request(ACME, Resource.GRAPHQL, 1):
            under_way.append(1)
            if len(under_way) == AT_ONCE:
                full.set()
            await go.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE + 5):
            group.create_task(ask())
        await full.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert len(under_way) == AT_ONCE
        go.set()
    assert len(under_way) == AT_ONCE + 5


async def test_whoever_is_always_second_comes_back_later() -> None:
    class Busy(Counting):
        async def write_note(self, name: str, text: str, *, seen: int) -> bool:
            assert (name, bool(text), seen) == (f"pace {ACME}", True, 0)
            return False

    pacing = Pacing(runtime_at(HandClock()), busy := Busy())
    assert await sent(pacing) == FREE[Resource.GRAPHQL]
    assert busy.asked == MOST_TRIES


@pytest.mark.parametrize(
    ("said", "content", "requests"),
    [
        (SECONDARY_LIMIT, True, False),
        (TOO_MANY_REQUESTS, True, True),
        ("was submitted too quickly", True, False),
        ("Too many requests", False, True),
        ("API rate limit exceeded for installation ID 1.", False, False),
    ],
)
def test_what_github_means(said: str, *, content: bool, requests: bool) -> None:
    """Its words do not always tell, and then both plans slow down."""
    assert (is_about_content(said), is_about_requests(said)) == (content, requests)


async def asked_of_rest(bench: Bench) -> int:
    """How many times the bot asks before it waits."""
    PRIORITY.set(Priority.EVENT)
    client, credential = bench.github.client, bench.github.tokens.app_credential
    for count in range(901):
        try:
            await client.get("/rate_limit", credential=credential, operation="look")
        except Temporary:
            return count
    raise AssertionError("it never waits")


async def test_a_bot_that_asks_as_fast_as_it_can_meets_no_limit(bench: Bench) -> None:
    """900 points a minute for REST, on a simulator that refuses more."""
    assert await asked_of_rest(bench) > 400
    assert bench.world.running.faults.request_hits == 0


async def test_a_smaller_limit_than_published_is_learned(bench: Bench) -> None:
    """GitHub may change its figures without notice."""
    faults, hits = bench.world.running.faults, []
    faults.limit_requests(RequestSize(rest=200))
    for _ in range(5):
        await asked_of_rest(bench)
        hits.append(faults.request_hits)
        bench.world.github.clock.advance(timedelta(minutes=2))
    assert hits[-1] == hits[-2] <= 3, hits
