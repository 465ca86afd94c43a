"""Deliveries are read where nobody receives them: each once, whatever became of it, without a request too many."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.github.events import pulling
from bot.github.events.pulling import Pulling, Read
from bot.simulator.github.traffic.faults import Fate
from tests.github.conftest import Bench

PUSH, SUITE = "push", "check_suite"


def reader(bench: Bench, read: Read = Read.ALL) -> Pulling:
    return Pulling(bench.github.client, bench.github.tokens, read=read)


async def read(bench: Bench, deliveries: Pulling) -> Sequence[str]:
    """Look once, and read everything. Returns the events, oldest first."""
    await bench.world.running.webhooks_settled()
    found = (await deliveries.look()).deliveries
    for each in found:
        payload = await deliveries.payload(each)
        assert "sender" in payload
        deliveries.done(each)
    return [each.event for each in found]


async def test_each_delivery_is_read_once_whether_or_not_it_arrived(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench)
    world.change("main", {"x": "1"})
    world.running.faults.next_webhooks(Fate.DROP, event=PUSH)
    world.change("main", {"x": "2"})

    assert await read(bench, deliveries) == [PUSH, PUSH]  # a check suite that is only requested says nothing
    assert await read(bench, deliveries) == []
    world.receiver.status = 500
    world.change("main", {"x": "3"})
    assert await read(bench, deliveries) == [PUSH]


async def test_a_look_at_nothing_new_costs_no_rate_limit(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench)
    world.change("main", {"x": "1"})
    await read(bench, deliveries)
    await read(bench, deliveries)
    world.running.log.clear()

    for _ in range(3):
        assert await read(bench, deliveries) == []

    assert [(each.path, each.status) for each in world.running.log] == [("/app/hook/deliveries", 304)] * 3


async def test_a_redelivery_is_not_read_again(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench)
    world.change("main", {"x": "1"})
    await read(bench, deliveries)
    pushed = next(each for each in world.running.webhooks.deliveries() if each.event == PUSH)
    world.running.webhooks.redeliver(pushed)

    assert await read(bench, deliveries) == []


async def test_beside_push_only_what_did_not_arrive_is_read(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench, Read.MISSED)
    world.change("main", {"x": "1"})
    world.running.faults.next_webhooks(Fate.DROP, event=PUSH)
    world.change("main", {"y": "1"})

    assert await read(bench, deliveries) == [PUSH]


async def test_a_payload_that_could_not_be_used_is_returned_again(hooked_bench: Bench) -> None:
    """The queue failed, or GitHub: whatever is not done comes again."""
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench)
    world.change("main", {"x": "1"})
    await world.running.webhooks_settled()
    first = await deliveries.look()

    assert (await deliveries.look()) == first
    assert await read(bench, deliveries) == [PUSH]


async def test_the_first_look_reads_what_is_recent_by_githubs_clock(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    world.change("main", {"x": "1"})
    await world.running.webhooks_settled()
    world.github.clock.advance(timedelta(hours=1))
    world.change("main", {"x": "2"})

    assert await read(bench, reader(bench)) == [PUSH]


async def test_a_flood_is_not_read_payload_by_payload(hooked_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, world = hooked_bench, hooked_bench.world
    monkeypatch.setattr(pulling, "MOST", 3)
    deliveries = reader(bench)
    for number in range(pulling.MOST + 1):
        world.change("main", {"x": str(number)})
    await world.running.webhooks_settled()

    unread = await deliveries.look()

    assert unread.too_many
    assert unread.deliveries == ()
    assert await read(bench, deliveries) == []
    world.change("main", {"y": "1"})
    assert await read(bench, deliveries) == [PUSH]


async def test_a_delivery_that_is_gone_says_nothing(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    deliveries = reader(bench)
    world.change("main", {"x": "1"})
    await world.running.webhooks_settled()
    (listed,) = (await deliveries.look()).deliveries
    world.running.webhooks._deliveries.clear()

    assert await deliveries.payload(listed) == {}
