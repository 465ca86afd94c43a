"""Webhooks that did not arrive are found and sent again."""

from datetime import timedelta

from bot.github.events.deliveries import Deliveries, redeliver_failed
from bot.simulator.github.traffic.faults import Fate
from tests.github.conftest import Bench


def deliveries(bench: Bench) -> Deliveries:
    return Deliveries(bench.github.client, bench.github.tokens)


async def test_a_failed_delivery_is_sent_again(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    world.running.faults.next_webhooks(Fate.DROP, event="push")
    world.change("main", {"x": "y"})
    world.change("main", {"x": "z"})
    await world.running.webhooks_settled()
    arrived = len(world.receiver.received)
    start = world.github.now() - timedelta(hours=1)

    (failed,) = await deliveries(bench).failed_since(start)
    count = await redeliver_failed(bench.github.client, bench.github.tokens, now=world.github.now())
    await world.running.webhooks_settled()

    assert failed.event == "push"
    assert count == 1
    assert len(world.receiver.received) == arrived + 1
    assert world.receiver.received[-1][0]["X-GitHub-Delivery"] == failed.guid
    assert await deliveries(bench).failed_since(start) == ()


async def test_a_delivery_that_keeps_failing_is_one_event(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    world.receiver.status = 500
    world.change("main", {"x": "y"})
    await world.running.webhooks_settled()
    start = world.github.now() - timedelta(hours=1)
    for _ in range(2):
        await redeliver_failed(bench.github.client, bench.github.tokens, now=world.github.now())
        await world.running.webhooks_settled()

    failed = await deliveries(bench).failed_since(start)

    # The push, and the checks that are asked for after it.
    assert sorted(each.event for each in failed) == ["check_suite", "push"]
    for each in failed:
        attempts = [one.id for one in world.running.webhooks.deliveries() if one.event == each.event]
        assert each.id == max(attempts)


async def test_old_deliveries_are_given_up(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    world.running.faults.next_webhooks(Fate.DROP)
    world.change("main", {"x": "y"})
    await world.running.webhooks_settled()
    world.github.clock.advance(timedelta(days=4))

    count = await redeliver_failed(bench.github.client, bench.github.tokens, now=world.github.now())

    assert count == 0


async def test_a_delivery_that_github_no_longer_has_is_not_counted(hooked_bench: Bench) -> None:
    bench, world = hooked_bench, hooked_bench.world
    world.running.faults.next_webhooks(Fate.DROP)
    world.change("main", {"x": "y"})
    await world.running.webhooks_settled()
    world.github.clock.advance(timedelta(days=4))
    start = world.github.now() - timedelta(days=7)

    (failed,) = await deliveries(bench).failed_since(start)

    assert not await deliveries(bench).redeliver(failed)
