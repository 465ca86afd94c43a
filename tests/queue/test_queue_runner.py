"""The runner, on a virtual loop over the real store: seconds and hours pass at once, and every time can be named."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.values.errors import LeaseLost, Temporary
from bot.core.values.permit import Permit, Priority
from bot.queue.protocol import LEASE, Lease, Room
from bot.queue.runner import Handler, Outcome, Pace, Runner
from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import Runtime
from bot.service import service
from tests.queue.clocks import START, VirtualLoop, play, runtime_with

WEB = "acme/deploy#web"
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
GRACE = timedelta(seconds=30)


class Passes:
    """A handler that notes when each key ran, and ends each run as the test says."""

    def __init__(
        self, now: Callable[[], datetime], behave: Callable[[str, Permit, int], Awaitable[datetime | None]]
    ) -> None:
        self._now = now
        self._behave = behave
        self.begun: list[tuple[str, timedelta]] = []

    async def __call__(self, key: str, permit: Permit) -> datetime | None:
        self.begun.append((key, self._now() - START))
        return await self._behave(key, permit, len(self.begun))

    def seconds(self) -> list[int]:
        return [round(after.total_seconds()) for _, after in self.begun]


@asynccontextmanager
async def working(
    path: Path, handler: Handler, *, runtime: Runtime, pace: Pace | None = None
) -> AsyncIterator[tuple[SqliteQueue, Runner]]:
    """A process: its queue and its runner, ended in order."""
    queue = await SqliteQueue.open(path, runtime=runtime)
    runner = Runner(queue=queue, handler=handler, runtime=runtime, pace=pace)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            try:
                yield queue, runner
            finally:
                await runner.stop(grace=GRACE)
    finally:
        await queue.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


def test_runs_what_is_due_and_settles(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def done(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(1)

        passes = Passes(loop.now, done)
        async with working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept("delivery-1", ["a", "b", "c"])
            await runner.settled()

            assert sorted(key for key, _ in passes.begun) == ["a", "b", "c"]
            assert await queue.snapshot() == ()
            assert runner.outcomes[Outcome.DONE] == 3
            await runner.settled()

    play(story)


def test_a_fresh_event_during_a_run_gives_exactly_one_further_run(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def slow(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(5)

        passes = Passes(loop.now, slow)
        async with working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await asyncio.sleep(1)
            for number in range(20):
                await queue.accept(f"delivery-{number}", [WEB])
            await runner.settled()

        assert passes.seconds() == [0, 5]

    play(story)


def test_one_run_per_key_and_no_more_than_the_slots_at_once(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        at_once: set[str] = set()
        most = 0

        async def slow(key: str, _permit: Permit, _run: int) -> None:
            nonlocal most
            assert key not in at_once
            at_once.add(key)
            most = max(most, len(at_once))
            await asyncio.sleep(1)
            at_once.remove(key)

        passes = Passes(loop.now, slow)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(slots=3)) as (queue, runner):
            for _ in range(5):
                await queue.accept(None, [f"key-{number}" for number in range(10)])
                await asyncio.sleep(0.4)
            await runner.settled()
            assert runner.outcomes[Outcome.FAILED] == 0

        assert most == 3

    play(story)


class TestSlots:
    """Whoever hangs keeps nobody else waiting."""

    def begun(self, path: Path, keys: list[str], *, awaited: tuple[str, ...] = (), pace: Pace) -> list[str]:
        """The keys that begin to run, where none ever ends. awaited: those that people wait for."""

        async def story(loop: VirtualLoop) -> list[str]:
            async def hang(_key: str, _permit: Permit, _run: int) -> None:
                await asyncio.Event().wait()

            passes = Passes(loop.now, hang)
            async with working(path, passes, runtime=runtime_with(loop.now), pace=pace) as (queue, runner):
                for key in keys:
                    priority = Priority.PEOPLE if key in awaited else Priority.EVENT
                    await queue.accept(None, [key], priority=priority)
                    await asyncio.sleep(0.01)
                await asyncio.sleep(1)
                begun = [key for key, _ in passes.begun]
                await runner.stop(grace=SECOND)
            return begun

        return play(story)

    def test_people_have_slots_beside_hanging_keys(self, path: Path) -> None:
        """Sixty applications on a registry that never answers: `/hold all` is the repository's key."""
        applications = [f"acme/deploy#{number}" for number in range(60)]
        awaited = ("acme/deploy", "acme/deploy#59")

        begun = self.begun(
            path, [*applications[:-1], *awaited], awaited=awaited, pace=Pace(slots=5, reserved=2, share=5)
        )

        assert begun == [*applications[:5], *awaited]

    def test_everything_else_has_slots_beside_hanging_answers(self, path: Path) -> None:
        repositories = tuple(f"acme/{number}" for number in range(60))

        begun = self.begun(path, [*repositories, WEB], awaited=repositories, pace=Pace(slots=5, reserved=2, share=5))

        assert begun == [*repositories[:5], WEB]

    def test_people_who_wait_for_one_repository_leave_slots_for_others(self, path: Path) -> None:
        applications = tuple(f"acme/deploy#{number}" for number in range(60))

        begun = self.begun(
            path,
            [*applications, "other/deploy"],
            awaited=(*applications, "other/deploy"),
            pace=Pace(slots=5, reserved=2, share=4),
        )

        assert begun == [*applications[:4], "other/deploy"]

    def test_the_applications_of_one_repository_have_a_share(self, path: Path) -> None:
        applications = [f"acme/deploy#{number}" for number in range(60)]

        begun = self.begun(path, [*applications, "other/deploy#web"], pace=Pace(slots=10, share=7))

        assert begun == [*applications[:7], "other/deploy#web"]

    def test_a_burst_of_one_repository_gets_no_more_than_its_share(self, path: Path) -> None:
        async def story(loop: VirtualLoop) -> tuple[set[str], float]:
            async def slow(_key: str, _permit: Permit, _run: int) -> None:
                await asyncio.sleep(1)

            passes = Passes(loop.now, slow)
            async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(slots=10, share=7)) as (
                queue,
                runner,
            ):
                keys = [f"{owner}/deploy#{number}" for owner in ("acme", "other") for number in range(20)]
                await queue.accept(None, keys)
                await asyncio.sleep(0.5)
                begun = {key for key, _ in passes.begun}
                await runner.settled()
                assert len(passes.begun) == 40
            return begun, loop.time()

        begun, took = play(story)
        assert sorted(key.partition("/")[0] for key in begun) == ["acme"] * 5 + ["other"] * 5
        assert took < 6

    def test_repositories_come_first(self, path: Path) -> None:
        async def story(loop: VirtualLoop) -> None:
            queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
            await queue.accept(None, ["a/b#c"])
            await asyncio.sleep(1)
            await queue.accept(None, ["a/b", "a/b#d"])

            assert [lease.key for lease in await queue.claim(2)] == ["a/b", "a/b#c"]
            await queue.close()

        play(story)


def test_a_runner_without_free_slots_claims_nothing(path: Path) -> None:
    class Counting(SqliteQueue):
        claims = 0

        async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
            type(self).claims += 1
            return await super().claim(limit, room)

    async def story(loop: VirtualLoop) -> None:
        async def slow(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(100)

        runtime = runtime_with(loop.now)
        queue = await Counting.open(path, runtime=runtime)
        runner = Runner(queue=queue, handler=Passes(loop.now, slow), runtime=runtime, pace=Pace(slots=1, reserved=0))
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            await queue.accept(None, ["a", "b"])
            await asyncio.sleep(1)
            before = Counting.claims
            await asyncio.sleep(90)
            assert Counting.claims == before
            await runner.settled()
            await runner.stop(grace=GRACE)
        await queue.close()

    play(story)


def test_settling_waits_for_a_claim_that_is_running(path: Path) -> None:
    """The claim and the look that settling takes share a transaction, and settling hears of it first."""

    async def story(loop: VirtualLoop) -> None:
        jumped = timedelta(0)

        def now() -> datetime:
            return loop.now() + jumped

        async def done(_key: str, _permit: Permit, _run: int) -> None:
            return

        passes = Passes(now, done)
        async with working(path, passes, runtime=runtime_with(now)) as (queue, runner):
            await queue.due(WEB, START + HOUR)
            await runner.settled()
            jumped = HOUR
            under_way = asyncio.ensure_future(queue.snapshot())
            await asyncio.sleep(0)
            queue.wake()
            for _ in range(5):
                await asyncio.sleep(0)

            await runner.settled()

            assert [key for key, _ in passes.begun] == [WEB]
            await under_way

    play(story)


def test_a_key_runs_again_at_the_time_its_handler_returns(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def soaking(_key: str, _permit: Permit, run: int) -> datetime | None:
            return START + HOUR if run == 1 else None

        passes = Passes(loop.now, soaking)
        async with working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await runner.settled()
            assert passes.seconds() == [0]
            await asyncio.sleep(2 * 3600)

        assert passes.seconds() == [0, 3600]
        assert passes.begun[1][1] - HOUR < timedelta(milliseconds=10)

    play(story)


def test_a_clock_that_jumps_is_noticed_at_once(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        jumped = timedelta(0)

        def now() -> datetime:
            return loop.now() + jumped

        async def soaking(_key: str, _permit: Permit, run: int) -> datetime | None:
            return START + 4 * HOUR if run == 1 else None

        passes = Passes(now, soaking)
        async with working(path, passes, runtime=runtime_with(now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await runner.settled()

            jumped = 4 * HOUR
            await runner.settled()

            assert [key for key, _ in passes.begun] == [WEB, WEB]
            assert loop.time() < 1

    play(story)


@pytest.mark.parametrize("ahead", [timedelta(days=400), timedelta(minutes=40)])
def test_what_a_clock_planned_that_was_ahead_is_due_once_it_goes_back(
    path: Path, ahead: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    """For 18 seconds the clock is far ahead: the application must not sleep as long."""

    async def story(loop: VirtualLoop) -> None:
        jumped = timedelta(0)

        def now() -> datetime:
            return loop.now() + jumped

        async def polling(_key: str, _permit: Permit, _run: int) -> datetime | None:
            return now() + HOUR

        passes = Passes(now, polling)
        async with working(path, passes, runtime=runtime_with(now)) as (queue, runner):
            jumped = ahead
            await asyncio.sleep(6)
            await queue.accept(None, [WEB])
            await runner.settled()
            await asyncio.sleep(12)
            jumped = timedelta(0)
            await asyncio.sleep(20)

            assert len(passes.begun) == 2
            assert passes.begun[1][1] < timedelta(seconds=40)
            await asyncio.sleep(3600)
            assert len(passes.begun) == 3

    play(story)
    assert "the clock went back by" in caplog.text


def test_a_lease_of_another_process_is_taken_over_as_soon_as_it_ends(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        killed = await SqliteQueue.open(path, runtime=runtime_with(loop.now, name="killed"))
        await killed.accept(None, [WEB])
        other = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        await killed.claim(1)
        killed.abandon()
        await asyncio.sleep(10)
        assert await other.claim(1) == ()

        await other.more()

        assert LEASE.total_seconds() <= loop.time() < LEASE.total_seconds() + 0.1
        assert [lease.key for lease in await other.claim(1)] == [WEB]
        await other.close()

    play(story)


def test_a_clock_that_jumps_during_a_run_does_not_run_its_key_twice(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        jumped = timedelta(0)

        def now() -> datetime:
            return loop.now() + jumped

        async def slow(_key: str, permit: Permit, _run: int) -> None:
            await asyncio.sleep(3)
            await permit.confirm()

        passes = Passes(now, slow)
        async with working(path, passes, runtime=runtime_with(now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await asyncio.sleep(1)
            jumped = 4 * HOUR
            queue.wake()
            await runner.settled()

            assert len(passes.begun) == 1
            assert runner.outcomes[Outcome.DONE] == 1

    play(story)


def test_a_failing_key_gets_growing_delays_and_never_disappears(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def broken(_key: str, _permit: Permit, run: int) -> None:
            raise ZeroDivisionError(f"run {run}")

        passes = Passes(loop.now, broken)
        pace = Pace(first_delay=4 * SECOND, longest_delay=40 * SECOND)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=pace) as (queue, runner):
            await queue.accept(None, [WEB])
            await asyncio.sleep(130)

            (row,) = await queue.snapshot()
            assert (row.attempts, row.last_error) == (7, "ZeroDivisionError: run 7")
            assert runner.outcomes[Outcome.FAILED] == 7

        # Each is three quarters of 4, 8, 16, 32, 40, 40: the dice say one half.
        assert passes.seconds() == [0, 3, 9, 21, 45, 75, 105]

    play(story)
    records = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(records) == 7
    assert "ZeroDivisionError: run 1" in caplog.text
    assert all(record.exc_info for record in records)


def test_a_success_resets_the_count_of_failures(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def flaky(_key: str, _permit: Permit, run: int) -> datetime | None:
            if run < 3:
                raise OSError("not yet")
            return START + HOUR

        async with working(path, Passes(loop.now, flaky), runtime=runtime_with(loop.now)) as (queue, _):
            await queue.accept(None, [WEB])
            await asyncio.sleep(60)

            (row,) = await queue.snapshot()
            assert (row.due, row.attempts, row.last_error) == (START + HOUR, 0, None)

    play(story)


def test_a_temporary_error_is_retried_at_its_own_time(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def limited(_key: str, _permit: Permit, run: int) -> None:
            if run == 1:
                raise Temporary("GitHub asks for a minute", again_at=START + timedelta(minutes=1))

        passes = Passes(loop.now, limited)
        async with working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await runner.settled()
            (row,) = await queue.snapshot()
            assert (row.due, row.last_error) == (START + timedelta(minutes=1), "GitHub asks for a minute")
            await asyncio.sleep(120)
            assert runner.outcomes[Outcome.TEMPORARY] == 1

        assert passes.seconds() == [0, 60]

    play(story)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert not caplog.records[0].exc_info


@pytest.mark.parametrize("again_at", [None, START - HOUR])
def test_a_temporary_error_without_a_future_time_gets_growing_delays(path: Path, again_at: datetime | None) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def unreachable(_key: str, _permit: Permit, _run: int) -> None:
            raise Temporary("no answer", again_at=again_at)

        passes = Passes(loop.now, unreachable)
        pace = Pace(first_delay=4 * SECOND)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=pace) as (queue, _):
            await queue.accept(None, [WEB])
            await asyncio.sleep(22)

        assert passes.seconds() == [0, 3, 9, 21]

    play(story)


def test_a_lost_lease_is_not_logged_as_an_error(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A run learns before its next write that another process took over: here one whose clock runs ahead by a lease."""

    async def story(loop: VirtualLoop) -> None:
        taken_over = asyncio.Event()

        async def overtaken(_key: str, permit: Permit, _run: int) -> None:
            await taken_over.wait()
            await permit.confirm()
            raise AssertionError("it wrote after another runner took over")

        ahead = runtime_with(lambda: loop.now() + LEASE, name="ahead")
        async with working(path, Passes(loop.now, overtaken), runtime=runtime_with(loop.now)) as (queue, runner):
            other = await SqliteQueue.open(path, runtime=ahead)
            await queue.accept(None, [WEB])
            await asyncio.sleep(1)
            (lease,) = await other.claim(1)

            taken_over.set()
            await runner.settled()

            assert runner.outcomes[Outcome.LOST] == 1
            assert await other.finish(lease, again_at=None) is True
            assert await queue.snapshot() == ()
            await other.close()

    play(story)
    assert caplog.records == []


def test_a_key_whose_lease_was_not_lost_after_all_is_retried(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def mistaken(_key: str, _permit: Permit, run: int) -> None:
            if run == 1:
                raise LeaseLost("mistaken")

        passes = Passes(loop.now, mistaken)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(first_delay=4 * SECOND)) as (
            queue,
            _,
        ):
            await queue.accept(None, [WEB])
            await asyncio.sleep(10)

        assert passes.seconds() == [0, 3]

    play(story)


def test_a_heartbeat_keeps_long_runs(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def long(_key: str, permit: Permit, _run: int) -> None:
            await asyncio.sleep(10 * LEASE.total_seconds())
            await permit.confirm()

        passes = Passes(loop.now, long)
        async with (
            working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner),
            working(path, passes, runtime=runtime_with(loop.now, name="other")) as (_, other),
        ):
            await queue.accept(None, [WEB])
            await runner.settled()
            await other.settled()
            assert runner.outcomes[Outcome.DONE] + other.outcomes[Outcome.DONE] == 1

        assert len(passes.begun) == 1

    play(story)


def test_another_process_goes_on_when_one_is_killed(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def done(_key: str, _permit: Permit, _run: int) -> None:
            return

        killed = await SqliteQueue.open(path, runtime=runtime_with(loop.now, name="killed"))
        passes = Passes(loop.now, done)
        async with working(path, passes, runtime=runtime_with(loop.now)):
            await asyncio.sleep(1)
            await killed.accept(None, ["running", "waiting"])
            (lease,) = await killed.claim(1)
            killed.abandon()
            await asyncio.sleep(3 * LEASE.total_seconds())

        assert lease.key == "running"
        assert sorted(key for key, _ in passes.begun) == ["running", "waiting"]
        assert max(passes.seconds()) <= 2 * LEASE.total_seconds()

    play(story)


def test_a_run_that_hangs_has_failed(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def hanging(_key: str, _permit: Permit, run: int) -> None:
            if run == 1:
                await asyncio.Event().wait()

        passes = Passes(loop.now, hanging)
        pace = Pace(first_delay=4 * SECOND, longest_run=timedelta(minutes=2))
        async with working(path, passes, runtime=runtime_with(loop.now), pace=pace) as (queue, _):
            await queue.accept(None, [WEB])
            await asyncio.sleep(200)

        assert passes.seconds() == [0, 123]

    play(story)
    assert "took longer than 0:02:00" in caplog.text


@pytest.mark.parametrize("raised", [asyncio.CancelledError, TimeoutError])
def test_a_cancellation_or_timeout_out_of_the_handler_itself_is_a_failure(
    path: Path, raised: type[BaseException]
) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def broken(_key: str, _permit: Permit, run: int) -> None:
            if run == 1:
                raise raised

        passes = Passes(loop.now, broken)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(first_delay=4 * SECOND)) as (
            queue,
            runner,
        ):
            await queue.accept(None, [WEB])
            await asyncio.sleep(10)
            assert runner.outcomes[Outcome.FAILED] == 1

        assert passes.seconds() == [0, 3]

    play(story)


def test_an_answer_without_a_time_zone_is_a_failure(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def naive(_key: str, _permit: Permit, run: int) -> datetime | None:
            return START.replace(tzinfo=None) if run == 1 else None

        async with working(path, Passes(loop.now, naive), runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await runner.settled()
            assert runner.outcomes[Outcome.FAILED] == 1

    play(story)
    assert "has no time zone" in caplog.text


def test_stopping_lets_runs_end(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def slow(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(20)

        passes = Passes(loop.now, slow)
        async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(slots=1)) as (queue, runner):
            await queue.accept(None, ["a", "b"])
            await asyncio.sleep(1)
            await runner.stop(grace=GRACE)

            assert runner.outcomes[Outcome.DONE] == 1
            assert [row.key for row in await queue.snapshot()] == ["b"]

        assert [key for key, _ in passes.begun] == ["a"]

    play(story)


def test_stopping_releases_keys_that_take_too_long(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def endless(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(300)

        async with working(path, Passes(loop.now, endless), runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, [WEB])
            await asyncio.sleep(1)
            await runner.stop(grace=GRACE)

            assert loop.time() == pytest.approx(31, abs=0.1)
            assert runner.outcomes[Outcome.RELEASED] == 1
            (row,) = await queue.snapshot()
            assert (row.running_since, row.attempts) == (None, 0)

    play(story)


def test_a_key_claimed_while_stopping_is_released_unrun(path: Path) -> None:
    class SlowToClaim(SqliteQueue):
        async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
            claimed = await super().claim(limit, room)
            await asyncio.sleep(5)
            return claimed

    async def story(loop: VirtualLoop) -> None:
        async def done(_key: str, _permit: Permit, _run: int) -> None:
            return

        runtime = runtime_with(loop.now)
        queue = await SlowToClaim.open(path, runtime=runtime)
        passes = Passes(loop.now, done)
        runner = Runner(queue=queue, handler=passes, runtime=runtime)
        await queue.accept(None, [WEB])
        running = asyncio.ensure_future(runner.run())
        await asyncio.sleep(1)
        await runner.stop(grace=GRACE)
        await running

        assert passes.begun == []
        assert runner.outcomes == {**dict.fromkeys(Outcome, 0), Outcome.RELEASED: 1}
        assert [(row.running_since, row.attempts) for row in await queue.snapshot()] == [(None, 0)]
        await queue.close()


def test_stopping_under_load_takes_no_longer_than_the_grace_and_loses_nothing(path: Path) -> None:
    """SIGTERM while a thousand keys are due, of which some hang: a process manager kills after 30 seconds."""

    async def story(loop: VirtualLoop) -> None:
        keys = [f"owner-{number % 50}/deploy#{number}" for number in range(1_000)]
        ended: set[str] = set()

        async def work(key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(600 if key.endswith("7") else 0.5)
            ended.add(key)

        passes = Passes(loop.now, work)
        async with working(path, passes, runtime=runtime_with(loop.now)) as (queue, runner):
            await queue.accept(None, keys)
            await asyncio.sleep(5)
            began = loop.time()
            await runner.stop(grace=service.GRACE)
            assert loop.time() - began <= 25.5
            left = {row.key: row for row in await queue.snapshot()}
            assert set(left) | ended == set(keys)
            assert all(row.running_since is None and row.attempts == 0 for row in left.values())

    play(story)


def test_a_cancelled_runner_releases_its_keys(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def endless(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(300)

        runtime = runtime_with(loop.now)
        queue = await SqliteQueue.open(path, runtime=runtime)
        runner = Runner(queue=queue, handler=Passes(loop.now, endless), runtime=runtime)
        running = asyncio.ensure_future(runner.run())
        await queue.accept(None, ["a", "b"])
        await asyncio.sleep(1)

        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert [(row.running_since, row.attempts) for row in await queue.snapshot()] == [(None, 0), (None, 0)]
        await queue.close()

    play(story)


class FlakyQueue(SqliteQueue):
    """A store that is out of reach now and then: before it does a thing, and after it has done it."""

    failing_calls = 0

    async def _perhaps(self, answer: Awaitable[Any]) -> Any:
        type(self).failing_calls += 1
        if type(self).failing_calls % 3 == 1:
            asyncio.ensure_future(answer).cancel()
            raise OSError("out of reach before")
        result = await answer
        if type(self).failing_calls % 3 == 2:
            raise OSError("out of reach after")
        return result

    async def finish(self, lease: Lease, *, again_at: datetime | None) -> bool:
        return bool(await self._perhaps(super().finish(lease, again_at=again_at)))

    async def renew(self) -> None:
        await self._perhaps(super().renew())


def test_the_runner_outlives_a_store_that_fails_for_a_while(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(loop: VirtualLoop) -> None:
        async def slow(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(12)

        runtime = runtime_with(loop.now)
        queue = await FlakyQueue.open(path, runtime=runtime)
        runner = Runner(queue=queue, handler=Passes(loop.now, slow), runtime=runtime)
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            await queue.accept(None, ["a", "b", "c"])
            await runner.settled()
            assert await queue.snapshot() == ()
            assert runner.outcomes[Outcome.DONE] == 3
            await runner.stop(grace=GRACE)
        await queue.close()

    play(story)
    assert "the end of a pass could not be stored" in caplog.text
    assert "leases could not be renewed" in caplog.text


@pytest.mark.parametrize("end", ["stopped", "cancelled"])
def test_a_runner_stops_even_if_the_store_is_gone(path: Path, end: str, caplog: pytest.LogCaptureFixture) -> None:
    class Gone(SqliteQueue):
        async def release(self, lease: Lease) -> bool:
            raise OSError(f"out of reach for {lease.key}")

    async def story(loop: VirtualLoop) -> None:
        async def endless(_key: str, _permit: Permit, _run: int) -> None:
            await asyncio.sleep(1000)

        runtime = runtime_with(loop.now)
        queue = await Gone.open(path, runtime=runtime)
        runner = Runner(queue=queue, handler=Passes(loop.now, endless), runtime=runtime)
        running = asyncio.ensure_future(runner.run())
        await queue.accept(None, [WEB])
        await asyncio.sleep(1)
        if end == "stopped":
            await runner.stop(grace=SECOND)
            await running
        else:
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert loop.time() < 5
        assert [row.running_since is not None for row in await queue.snapshot()] == [True]
        await queue.close()

        restarted = await SqliteQueue.open(path, runtime=runtime)
        assert [lease.key for lease in await restarted.claim(1)] == [WEB]
        await restarted.close()

    play(story)
    assert f"out of reach for {WEB}" in caplog.text


def test_a_store_that_cannot_be_claimed_from_is_asked_again(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(SqliteQueue):
        refusals = 3

        async def claim(self, limit: int, room: Room | None = None) -> tuple[Lease, ...]:
            if type(self).refusals:
                type(self).refusals -= 1
                raise OSError("disk is full")
            return await super().claim(limit, room)

    async def story(loop: VirtualLoop) -> None:
        async def done(_key: str, _permit: Permit, _run: int) -> None:
            return

        runtime = runtime_with(loop.now)
        queue = await Refusing.open(path, runtime=runtime)
        passes = Passes(loop.now, done)
        runner = Runner(queue=queue, handler=passes, runtime=runtime)
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            await queue.accept(None, [WEB])
            await runner.settled()
            await runner.stop(grace=GRACE)
        await queue.close()

        assert passes.seconds() == [3]

    play(story)
    assert caplog.text.count("OSError: disk is full") == 3


@pytest.mark.parametrize(
    ("attempts", "chance", "expected"),
    [
        (1, 0.0, 1.0),
        (1, 0.5, 1.5),
        (2, 0.0, 2.0),
        (5, 0.5, 24.0),
        (9, 0.0, 256.0),
        (10, 0.0, 450.0),
        (10_000, 0.5, 675.0),
    ],
)
def test_delays_double_up_to_a_limit_and_are_spread(attempts: int, chance: float, expected: float) -> None:
    assert Pace().delay(attempts=attempts, chance=chance) == timedelta(seconds=expected)


class TestRoom:
    """How many keys a runner with work in hand still claims."""

    def test_a_repository_with_work_in_hand_gets_the_rest_of_its_share(self, path: Path) -> None:
        async def story(loop: VirtualLoop) -> list[str]:
            async def hang(_key: str, _permit: Permit, _run: int) -> None:
                await asyncio.Event().wait()

            passes = Passes(loop.now, hang)
            async with working(path, passes, runtime=runtime_with(loop.now), pace=Pace(slots=20, share=7)) as (
                queue,
                runner,
            ):
                await queue.accept(None, [f"acme/deploy#{number}" for number in range(5)])
                await asyncio.sleep(1)
                await queue.accept(None, [f"acme/deploy#{number}" for number in range(5, 40)])
                await asyncio.sleep(1)
                begun = [key for key, _ in passes.begun]
                await runner.stop(grace=SECOND)
            return begun

        assert len(play(story)) == 7
