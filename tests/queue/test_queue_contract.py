"""What every store of the queue promises (`bot/queue/protocol.py`), case by case."""

import asyncio
from datetime import timedelta

import pytest

from bot.core.values.errors import LeaseLost
from bot.core.values.permit import Priority
from bot.queue.protocol import LEASE, LONGEST_WAIT, Depth, Lease, Queue, Row
from tests.queue.stores import Stores

WEB = "acme/deploy#web"
API = "acme/deploy#api"
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
PAST_LEASE = LEASE + SECOND


async def claim_one(queue: Queue) -> Lease:
    (lease,) = await queue.claim(1)
    return lease


async def keys_claimed(queue: Queue, *, limit: int = 10) -> list[str]:
    return [lease.key for lease in await queue.claim(limit)]


class TestAccept:
    async def test_makes_keys_due_now(self, queue: Queue) -> None:
        assert await queue.accept("delivery-1", [API, WEB]) is True

        assert await keys_claimed(queue) == [API, WEB]

    async def test_refuses_a_repeated_delivery_and_makes_nothing_due(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])

        assert await queue.accept("delivery-1", [API]) is False

        assert await keys_claimed(queue) == [WEB]

    async def test_remembers_a_delivery_that_concerned_no_key(self, queue: Queue) -> None:
        assert await queue.accept("delivery-1", []) is True
        assert await queue.accept("delivery-1", [WEB]) is False

    async def test_keys_without_a_delivery_are_always_accepted(self, queue: Queue) -> None:
        assert await queue.accept(None, [WEB]) is True
        assert await queue.accept(None, [WEB]) is True

        assert await keys_claimed(queue) == [WEB]

    async def test_remembers_across_processes_and_restarts(self, stores: Stores) -> None:
        first = await stores.open()
        await first.accept("delivery-1", [WEB])
        second = await stores.open()
        assert await second.accept("delivery-1", [WEB]) is False
        await stores.close()

        third = await stores.open()

        assert await third.accept("delivery-1", [WEB]) is False
        assert await keys_claimed(third) == [WEB]

    async def test_five_hundred_at_once_are_all_kept(self, queue: Queue) -> None:
        keys = [f"acme/deploy#{number}" for number in range(500)]

        accepted = await asyncio.gather(*(queue.accept(f"delivery-{key}", [key]) for key in keys))

        assert accepted == [True] * 500
        assert sorted(await keys_claimed(queue, limit=1000)) == sorted(keys)

    async def test_the_same_delivery_at_once_counts_once(self, queue: Queue) -> None:
        accepted = await asyncio.gather(*(queue.accept("delivery-1", [WEB]) for _ in range(20)))

        assert accepted.count(True) == 1

    @pytest.mark.parametrize("strange", ["", "a\nb", "a\x00b", "\ud800"])
    async def test_keys_that_are_not_printable_text_are_refused_alone(self, queue: Queue, strange: str) -> None:
        answers = await asyncio.gather(
            queue.accept("delivery-1", [WEB]),
            queue.accept("delivery-2", [strange]),
            queue.accept(strange, [WEB]),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers] == [bool, ValueError, ValueError]
        assert await keys_claimed(queue) == [WEB]


class TestSubscriptions:
    """An event may name a topic; whoever subscribed to it becomes due, whichever process hears of it."""

    async def test_a_topic_makes_its_keys_due(self, stores: Stores, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("image web", WEB), ("image api", API), ("source x", WEB)}))
        other = await stores.open()

        assert await other.accept("delivery-1", [], ["image web", "source x", "image nobody"]) is True

        assert await keys_claimed(queue) == [WEB]

    async def test_keys_and_topics_may_come_together(self, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("image web", WEB)}))

        await queue.accept(None, [API, WEB], ["image web"])

        assert await keys_claimed(queue) == [API, WEB]

    async def test_later_ones_replace_those_of_the_same_owner(self, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("image web", WEB), ("image api", API)}))
        await queue.subscribe("acme/other", frozenset({("image web", "acme/other#web"), ("image api", API)}))
        await queue.subscribe("acme/deploy", frozenset({("image worker", WEB)}))
        await queue.accept(None, [], ["image web"])
        assert await keys_claimed(queue) == ["acme/other#web"]

        await queue.accept(None, [], ["image api", "image worker"])

        assert await keys_claimed(queue) == [API, WEB]

    async def test_none_are_left_of_a_repository_that_is_gone(self, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("image web", WEB)}))
        await queue.subscribe("acme/deploy", frozenset())

        await queue.accept(None, [], ["image web"])

        assert await keys_claimed(queue) == []

    async def test_they_outlive_the_process(self, stores: Stores) -> None:
        first = await stores.open()
        await first.subscribe("acme/deploy", frozenset({("image web", WEB)}))
        await stores.close()

        again = await stores.open()
        await again.accept(None, [], ["image web"])

        assert await keys_claimed(again) == [WEB]

    async def test_a_repeated_delivery_makes_nothing_due(self, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("image web", WEB)}))
        await queue.accept("delivery-1", [])

        assert await queue.accept("delivery-1", [], ["image web"]) is False

        assert await keys_claimed(queue) == []


class TestTurns:
    """Installations take turns, in each its repositories; and people wait for nobody's sweep."""

    async def sweeps(self, stores: Stores, queue: Queue, keys: list[str]) -> None:
        for key in keys:
            await queue.due(key, stores.now())

    async def test_people_come_before_events_and_events_before_sweeps(self, stores: Stores, queue: Queue) -> None:
        await self.sweeps(stores, queue, ["acme/deploy#sweep"])
        await queue.accept(None, ["acme/deploy#event"])
        await queue.accept(None, ["acme/deploy#people"], priority=Priority.PEOPLE)

        claimed = await queue.claim(10)

        assert [lease.key.partition("#")[2] for lease in claimed] == ["people", "event", "sweep"]
        assert [lease.priority for lease in claimed] == [Priority.PEOPLE, Priority.EVENT, Priority.SWEEP]

    async def test_a_comment_is_not_behind_a_backlog_of_its_own_repository(self, queue: Queue) -> None:
        await queue.accept(None, [f"acme/deploy#{number}" for number in range(50)])
        await queue.accept(None, ["acme/deploy"], priority=Priority.PEOPLE)

        assert (await claim_one(queue)).key == "acme/deploy"

    async def test_installations_take_turns(self, queue: Queue) -> None:
        await queue.accept(None, [f"noisy/deploy#{number}" for number in range(50)])
        await queue.accept(None, ["acme/deploy#web", "other/deploy#web"])

        claimed = await keys_claimed(queue, limit=4)

        assert {"acme/deploy#web", "other/deploy#web"} < set(claimed)

    async def test_what_runs_counts(self, queue: Queue) -> None:
        await queue.accept(None, [f"noisy/deploy#{number:02}" for number in range(50)])
        await queue.claim(10)
        await queue.accept(None, [f"acme/deploy#{number}" for number in range(5)])

        assert await keys_claimed(queue, limit=5) == [f"acme/deploy#{number}" for number in range(5)]

    async def test_what_runs_in_another_process_counts(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept(None, [f"noisy/deploy#{number:02}" for number in range(50)])
        await other.claim(10)
        await queue.accept(None, [f"acme/deploy#{number}" for number in range(5)])

        assert await keys_claimed(queue, limit=5) == [f"acme/deploy#{number}" for number in range(5)]

    async def test_the_repositories_of_an_installation_take_turns(self, queue: Queue) -> None:
        await queue.accept(None, [f"acme/noisy#{number}" for number in range(50)])
        await queue.accept(None, ["acme/quiet#web"])

        assert "acme/quiet#web" in await keys_claimed(queue, limit=2)

    async def test_many_comments_of_one_installation_leave_turns_to_others(self, queue: Queue) -> None:
        await queue.accept(None, [f"noisy/{number}" for number in range(50)], priority=Priority.PEOPLE)
        await queue.accept(None, ["acme/deploy"], priority=Priority.PEOPLE)

        assert "acme/deploy" in await keys_claimed(queue, limit=2)

    async def test_a_sweep_lets_four_turns_go_first_and_not_more(self, stores: Stores, queue: Queue) -> None:
        await self.sweeps(stores, queue, ["quiet/deploy"])
        await queue.accept(None, [f"noisy/deploy#{number}" for number in range(50)])

        claimed = await keys_claimed(queue, limit=6)

        assert claimed.index("quiet/deploy") in (4, 5)

    async def test_a_sweep_that_has_waited_is_a_key_like_any_other(self, stores: Stores, queue: Queue) -> None:
        await self.sweeps(stores, queue, ["acme/deploy#sweep"])
        stores.advance(timedelta(minutes=2))
        await queue.accept(None, [f"acme/deploy#{number}" for number in range(5)])

        assert (await claim_one(queue)).key == "acme/deploy#sweep"

    async def test_a_key_due_for_people_stays_so_whatever_follows(self, queue: Queue) -> None:
        await queue.accept(None, [WEB], priority=Priority.PEOPLE)
        await queue.accept(None, [WEB], priority=Priority.SWEEP)

        assert (await claim_one(queue)).priority is Priority.PEOPLE

    async def test_a_run_that_ended_is_a_sweep_again(self, stores: Stores, queue: Queue) -> None:
        await queue.accept(None, [WEB], priority=Priority.PEOPLE)
        await queue.finish(await claim_one(queue), again_at=stores.now())

        assert (await claim_one(queue)).priority is Priority.SWEEP

    async def test_what_came_during_a_run_has_its_own_priority(self, queue: Queue) -> None:
        await queue.accept(None, [WEB], priority=Priority.PEOPLE)
        lease = await claim_one(queue)
        await queue.accept(None, [WEB], priority=Priority.EVENT)
        await queue.finish(lease, again_at=None)

        assert (await claim_one(queue)).priority is Priority.EVENT

    @pytest.mark.parametrize("end", ["fail", "release"])
    async def test_people_still_wait_for_a_run_that_did_not_succeed(
        self, stores: Stores, queue: Queue, end: str
    ) -> None:
        await queue.accept(None, [WEB], priority=Priority.PEOPLE)
        lease = await claim_one(queue)
        if end == "fail":
            await queue.fail(lease, error="boom", again_at=stores.now())
        else:
            await queue.release(lease)

        assert (await claim_one(queue)).priority is Priority.PEOPLE

    async def test_a_topic_has_the_priority_of_its_event(self, queue: Queue) -> None:
        await queue.subscribe("acme/deploy", frozenset({("manifests acme/deploy", "acme/deploy")}))
        await queue.accept(None, [], ["manifests acme/deploy"], priority=Priority.PEOPLE)

        assert (await claim_one(queue)).priority is Priority.PEOPLE


class TestCoalescing:
    async def test_many_events_are_one_run(self, queue: Queue) -> None:
        for number in range(20):
            await queue.accept(f"delivery-{number}", [WEB])

        lease = await claim_one(queue)
        assert await queue.claim(10) == ()
        await queue.finish(lease, again_at=None)

        assert await queue.claim(10) == ()
        assert await queue.snapshot() == ()

    async def test_events_during_a_run_are_exactly_one_further_run(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        for number in range(2, 20):
            await queue.accept(f"delivery-{number}", [WEB])
        assert await queue.claim(10) == ()

        await queue.finish(lease, again_at=None)

        further = await claim_one(queue)
        await queue.finish(further, again_at=None)
        assert await queue.claim(10) == ()


class TestDueTimes:
    async def test_a_key_is_claimed_at_its_time_and_not_before(self, stores: Stores, queue: Queue) -> None:
        await queue.due(WEB, stores.now() + HOUR)
        stores.advance(HOUR - SECOND)
        assert await queue.claim(10) == ()

        stores.advance(SECOND)

        assert await keys_claimed(queue) == [WEB]

    @pytest.mark.parametrize("hours", [(1, 2), (2, 1)])
    async def test_the_earliest_wins(self, stores: Stores, queue: Queue, hours: tuple[int, int]) -> None:
        for hour in hours:
            await queue.due(WEB, stores.now() + hour * HOUR)

        stores.advance(HOUR)

        assert await keys_claimed(queue) == [WEB]

    async def test_an_event_beats_a_later_time(self, stores: Stores, queue: Queue) -> None:
        await queue.due(WEB, stores.now() + HOUR)
        await queue.accept("delivery-1", [WEB])

        assert await keys_claimed(queue) == [WEB]

    async def test_an_event_during_a_run_beats_its_answer(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        await queue.accept("delivery-2", [WEB])

        await queue.finish(lease, again_at=stores.now() + HOUR)

        assert await keys_claimed(queue) == [WEB]

    async def test_a_run_is_owed_again_at_its_answer(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        await queue.finish(await claim_one(queue), again_at=stores.now() + HOUR)
        assert await queue.claim(10) == ()

        stores.advance(HOUR)

        assert await keys_claimed(queue) == [WEB]

    async def test_those_owed_longest_come_first(self, stores: Stores, queue: Queue) -> None:
        await queue.due("c", stores.now() + SECOND)
        await queue.due("b", stores.now() + 2 * SECOND)
        await queue.due("a", stores.now() + 3 * SECOND)
        stores.advance(HOUR)

        assert await keys_claimed(queue, limit=2) == ["c", "b"]
        assert await keys_claimed(queue, limit=2) == ["a"]

    async def test_times_are_kept_to_the_microsecond(self, stores: Stores, queue: Queue) -> None:
        at = stores.now() + timedelta(days=400, microseconds=1)

        await queue.due(WEB, at)

        assert [row.due for row in await queue.snapshot()] == [at]

    async def test_a_time_without_a_zone_is_refused(self, stores: Stores, queue: Queue) -> None:
        naive = stores.now().replace(tzinfo=None)
        await queue.accept(None, [WEB])
        lease = await claim_one(queue)

        with pytest.raises(ValueError, match="no time zone"):
            await queue.due(WEB, naive)
        with pytest.raises(ValueError, match="no time zone"):
            await queue.finish(lease, again_at=naive)
        with pytest.raises(ValueError, match="no time zone"):
            await queue.fail(lease, error="boom", again_at=naive)


class TestLeases:
    async def test_a_key_that_runs_is_given_to_nobody_else(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB])
        await claim_one(queue)
        await other.accept("delivery-2", [WEB])

        assert await other.claim(10) == ()
        assert await queue.claim(10) == ()

    async def test_a_lapsed_lease_is_taken_over_and_the_run_counts_as_failed(
        self, stores: Stores, queue: Queue
    ) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB])
        await claim_one(queue)
        stores.advance(PAST_LEASE)

        lease = await claim_one(other)

        assert (lease.key, lease.attempts) == (WEB, 1)
        (row,) = await other.snapshot()
        assert row.last_error is not None

    async def test_a_run_that_lost_its_lease_can_change_nothing(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB])
        overtaken = await claim_one(queue)
        stores.advance(PAST_LEASE)
        lease = await claim_one(other)
        before = await other.snapshot()

        with pytest.raises(LeaseLost, match=WEB):
            await overtaken.confirm()
        assert await queue.hold(overtaken) is False
        assert await queue.finish(overtaken, again_at=None) is False
        assert await queue.fail(overtaken, error="late", again_at=stores.now()) is False
        assert await queue.release(overtaken) is False

        assert await other.snapshot() == before
        await lease.confirm()

    async def test_a_run_that_ended_cannot_end_the_next_one(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        first = await claim_one(queue)
        await queue.release(first)
        second = await claim_one(queue)

        assert await queue.finish(first, again_at=None) is False

        await second.confirm()

    async def test_confirming_extends_a_lease_by_its_whole_length(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        stores.advance(LEASE - SECOND)
        await lease.confirm()

        stores.advance(LEASE - SECOND)

        assert await other.claim(10) == ()

    async def test_a_late_confirmation_counts_if_no_other_run_took_over(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        stores.advance(HOUR)

        await lease.confirm()

        assert await other.claim(10) == ()

    async def test_renewing_extends_every_lease_of_this_process(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept("delivery-1", [WEB, API])
        await queue.claim(10)
        stores.advance(LEASE - SECOND)
        await queue.renew()

        stores.advance(LEASE - SECOND)

        assert await other.claim(10) == ()

    async def test_a_clock_that_jumps_takes_no_key_from_its_own_process(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        stores.advance(HOUR)

        assert (await queue.depth()).due == 0
        assert await queue.claim(10) == ()

        assert await queue.finish(lease, again_at=None) is True

    async def test_a_claim_that_nobody_waits_for_is_given_back(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        claiming = asyncio.ensure_future(queue.claim(10))
        await asyncio.sleep(0)
        claiming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await claiming

        assert await asyncio.wait_for(_first_claim(queue), timeout=5) == (WEB, 0)


async def _first_claim(queue: Queue) -> tuple[str, int]:
    while not (leases := await queue.claim(10)):
        await queue.more()
    return leases[0].key, leases[0].attempts


class TestWrongClocks:
    async def test_a_key_that_is_due_later_than_any_pass_asks_for_is_due_now(
        self, stores: Stores, queue: Queue
    ) -> None:
        await queue.due(WEB, stores.now() + timedelta(days=400))
        await queue.due(API, stores.now() + LONGEST_WAIT)
        assert timedelta(hours=2) == LONGEST_WAIT

        assert await keys_claimed(queue) == [WEB]

    async def test_a_lease_that_ends_later_than_any_lasts_is_shortened(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.accept(None, [WEB])
        stores.advance(timedelta(days=400))
        await claim_one(queue)
        stores.advance(-timedelta(days=400))
        assert await other.claim(10) == ()

        stores.advance(PAST_LEASE)

        assert await keys_claimed(other) == [WEB]

    async def test_looking_again_makes_every_key_due_that_nobody_runs(self, stores: Stores, queue: Queue) -> None:
        await queue.accept(None, [WEB])
        lease = await claim_one(queue)
        await queue.due(API, stores.now() + HOUR)

        await queue.look_again()

        assert await keys_claimed(queue) == [API]
        assert await queue.finish(lease, again_at=None) is True


class TestChecks:
    async def test_a_store_that_works_says_so_and_is_as_before(self, queue: Queue) -> None:
        await queue.check()
        await queue.check()

        assert await queue.snapshot() == ()
        assert await queue.accept("delivery-1", [WEB]) is True


class TestFailures:
    async def test_failures_are_counted_and_shown_until_a_run_succeeds(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        for attempts in range(3):
            lease = await claim_one(queue)
            assert lease.attempts == attempts
            assert await queue.fail(lease, error=f"boom {attempts}", again_at=stores.now()) is True
        assert [(row.attempts, row.last_error) for row in await queue.snapshot()] == [(3, "boom 2")]

        await queue.finish(await claim_one(queue), again_at=stores.now() + HOUR)

        assert [(row.attempts, row.last_error) for row in await queue.snapshot()] == [(0, None)]

    async def test_any_error_text_can_be_stored(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])

        await queue.fail(await claim_one(queue), error="half a character:\n\ud800", again_at=stores.now())

        assert [row.last_error for row in await queue.snapshot()] == ["half a character:\n?"]

    async def test_a_failed_key_waits_for_its_retry_unless_an_event_comes(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        await queue.fail(await claim_one(queue), error="boom", again_at=stores.now() + HOUR)
        assert await queue.claim(10) == ()

        await queue.accept("delivery-2", [WEB])

        assert await keys_claimed(queue) == [WEB]

    async def test_an_event_during_a_run_that_fails_is_not_delayed(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        await queue.accept("delivery-2", [WEB])

        await queue.fail(lease, error="boom", again_at=stores.now() + HOUR)

        assert await keys_claimed(queue) == [WEB]

    async def test_a_released_key_counts_no_failure(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        await queue.fail(await claim_one(queue), error="boom", again_at=stores.now())

        assert await queue.release(await claim_one(queue)) is True

        assert (await claim_one(queue)).attempts == 1


class TestRestart:
    async def test_a_process_that_starts_takes_what_the_killed_one_ran(self, stores: Stores) -> None:
        killed = await stores.open()
        await killed.accept("delivery-1", [WEB])
        await claim_one(killed)
        await stores.kill(killed)
        if not stores.frees_at_start:
            stores.advance(PAST_LEASE)

        restarted = await stores.open()

        lease = await claim_one(restarted)
        assert (lease.key, lease.attempts) == (WEB, 1)

    async def test_a_process_that_starts_beside_another_waits_for_leases(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)

        other = await stores.open()

        assert await other.claim(10) == ()
        await lease.confirm()

    async def test_an_orderly_stop_counts_no_failure(self, stores: Stores) -> None:
        first = await stores.open()
        await first.accept("delivery-1", [WEB])
        await first.release(await claim_one(first))
        await stores.close()

        assert (await claim_one(await stores.open())).attempts == 0


class TestMore:
    """`more` ends when a claim may give something new; that it would otherwise wait is shown by its still waiting."""

    async def test_returns_for_an_event(self, queue: Queue) -> None:
        await queue.claim(1)
        waiting = asyncio.ensure_future(queue.more())
        await asyncio.sleep(0.02)
        assert not waiting.done()

        await queue.accept("delivery-1", [WEB])

        await asyncio.wait_for(waiting, timeout=5)

    async def test_returns_for_an_event_between_claim_and_wait(self, queue: Queue) -> None:
        await queue.claim(1)
        await queue.accept("delivery-1", [WEB])

        await asyncio.wait_for(queue.more(), timeout=5)

    async def test_returns_when_a_time_has_come(self, stores: Stores, queue: Queue) -> None:
        await queue.due(WEB, stores.now() + timedelta(milliseconds=30))
        await queue.claim(1)

        await asyncio.wait_for(queue.more(), timeout=5)

    async def test_returns_when_the_clock_jumped(self, stores: Stores, queue: Queue) -> None:
        await queue.due(WEB, stores.now() + HOUR)
        await queue.claim(1)
        waiting = asyncio.ensure_future(queue.more())
        await asyncio.sleep(0.02)
        assert not waiting.done()

        stores.advance(HOUR)

        await asyncio.wait_for(waiting, timeout=5)
        assert await keys_claimed(queue) == [WEB]

    async def test_returns_when_a_run_ends_that_is_owed_again(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        lease = await claim_one(queue)
        waiting = asyncio.ensure_future(queue.more())

        await queue.finish(lease, again_at=stores.now())

        await asyncio.wait_for(waiting, timeout=5)


class TestCauses:
    """The id of what made a key due reaches whoever runs it."""

    async def test_another_process_gets_it_with_the_key(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.subscribe("acme/deploy", frozenset({("image web", API)}))
        await queue.accept("delivery-1", [WEB], ["image web"], cause="one")

        assert {lease.key: lease.cause for lease in await other.claim(10)} == {WEB: "one", API: "one"}

    async def test_the_latest_counts_and_none_leaves_an_earlier_one(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB], cause="one")
        await queue.accept("delivery-2", [WEB], cause="two")
        await queue.accept(None, [WEB])

        assert (await claim_one(queue)).cause == "two"

    async def test_it_stays_until_a_run_succeeds(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB], cause="one")
        await queue.fail(await claim_one(queue), error="boom", again_at=stores.now())
        lease = await claim_one(queue)
        assert lease.cause == "one"

        await queue.finish(lease, again_at=stores.now())
        assert (await claim_one(queue)).cause == ""

    async def test_what_comes_during_a_run_is_for_the_next_one(self, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB], cause="one")
        lease = await claim_one(queue)
        await queue.accept("delivery-2", [WEB], cause="two")
        await queue.finish(lease, again_at=None)

        assert (await claim_one(queue)).cause == "two"


class TestNotes:
    """Texts that processes share; only whoever saw the present one may replace it."""

    async def test_there_is_none_at_first(self, queue: Queue) -> None:
        assert await queue.note("budget acme") == (0, "")

    async def test_the_first_writer_wins(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()

        written = await asyncio.gather(
            queue.write_note("budget acme", "one", seen=0), other.write_note("budget acme", "two", seen=0)
        )

        assert sorted(written) == [False, True]
        assert (await queue.note("budget acme"))[0] == 1

    async def test_only_what_was_seen_is_replaced(self, queue: Queue) -> None:
        await queue.write_note("budget acme", "one", seen=0)

        assert await queue.write_note("budget acme", "two", seen=1) is True
        assert await queue.write_note("budget acme", "three", seen=1) is False
        assert await queue.note("budget acme") == (2, "two")
        assert await queue.note("budget other") == (0, "")

    async def test_they_are_listed_by_how_their_names_begin(self, queue: Queue) -> None:
        for name in ("status a/b#web", "status a/b#api", "status a/b_#web", "status a/bc#web", "status a/%#web", "zz"):
            await queue.write_note(name, f"of {name}", seen=0)

        assert await queue.notes("status a/b#") == {
            "status a/b#api": "of status a/b#api",
            "status a/b#web": "of status a/b#web",
        }
        assert list(await queue.notes("status a/b_")) == ["status a/b_#web"]
        assert list(await queue.notes("status a/%")) == ["status a/%#web"]
        assert len(await queue.notes("status ")) == 5
        assert await queue.notes("nothing") == {}

    async def test_they_are_dropped_by_name(self, stores: Stores, queue: Queue) -> None:
        other = await stores.open()
        await queue.write_note("status a/b#web", "one", seen=0)
        await queue.write_note("status a/b#api", "two", seen=0)

        await other.drop_notes(["status a/b#web", "never written"])

        assert await queue.notes("status") == {"status a/b#api": "two"}
        assert await queue.note("status a/b#web") == (0, "")


class TestStatus:
    async def test_shows_each_key_and_counts_them(self, stores: Stores, queue: Queue) -> None:
        start = stores.now()
        await queue.accept("delivery-1", ["failing"])
        await queue.fail(await claim_one(queue), error="boom", again_at=start + HOUR)
        await queue.accept("delivery-2", ["running"])
        await claim_one(queue)
        stores.advance(SECOND)
        await queue.accept("delivery-3", ["due"])
        stores.advance(SECOND)
        await queue.due("later", stores.now() + HOUR)

        assert await queue.snapshot() == (
            Row(key="due", due=start + SECOND, running_since=None, attempts=0, last_error=None),
            Row(key="failing", due=start + HOUR, running_since=None, attempts=1, last_error="boom"),
            Row(key="later", due=start + HOUR + 2 * SECOND, running_since=None, attempts=0, last_error=None),
            Row(key="running", due=None, running_since=start, attempts=0, last_error=None),
        )
        assert await queue.depth() == Depth(due=1, waiting=2, running=1, failing=1, oldest_due=start + SECOND)

    async def test_of_nothing(self, queue: Queue) -> None:
        assert await queue.snapshot() == ()
        assert await queue.depth() == Depth(due=0, waiting=0, running=0, failing=0, oldest_due=None)

    async def test_a_key_whose_runner_died_counts_as_due(self, stores: Stores, queue: Queue) -> None:
        await queue.accept("delivery-1", [WEB])
        await claim_one(queue)
        other = await stores.open()
        lapsed_at = stores.now() + LEASE
        stores.advance(PAST_LEASE)

        assert await other.depth() == Depth(due=1, waiting=0, running=0, failing=0, oldest_due=lapsed_at)
