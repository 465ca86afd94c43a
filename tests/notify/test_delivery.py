"""The delivery: one worker per sink, in order, again after failures, and never in anybody's way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.values.notice import Dropped, Occasion
from bot.notify import delivery
from bot.notify.delivery import Delivery
from bot.notify.notifier import Notifier
from bot.notify.sink import Memory, News, Sink, UndeliveredError
from bot.queue.outbox import GATHERED, UNDELIVERED
from bot.queue.sqlite.store import SqliteQueue
from tests.notify.notices import notice
from tests.queue.clocks import HandClock, runtime_with

MERGED = notice(Occasion.MERGED)


@dataclass
class FakeSink:
    """Takes what it is given, unless `act` does something else first."""

    name: str = "releases"
    most: int = 20
    told: list[tuple[str, ...]] = field(default_factory=list)
    act: Callable[[tuple[News, ...]], Awaitable[None]] | None = None

    async def deliver(self, news: tuple[News, ...], _memory: Memory, /) -> None:
        if self.act is not None:
            await self.act(news)
        self.told.append(tuple(each.link for each in news))


@dataclass
class Post:
    """An outbox on a file, and a clock that the test moves."""

    queue: SqliteQueue
    clock: HandClock

    @asynccontextmanager
    async def delivering(self, *sinks: Sink) -> AsyncIterator[Notifier]:
        runtime = runtime_with(self.clock.now, name="delivery")
        work = Delivery(self.queue.outbox, sinks, web="https://github.com/", runtime=runtime)
        names = frozenset(sink.name for sink in sinks)
        running = asyncio.create_task(work.run())
        try:
            yield Notifier(self.queue.outbox, work, open_to=lambda _: names)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    """The delays of the loop are short; those of the outbox are the clock's."""
    monkeypatch.setattr(delivery, "LOOK", timedelta(milliseconds=20))
    monkeypatch.setattr(delivery, "NOBODY", timedelta(milliseconds=20))
    monkeypatch.setattr(delivery, "FIRST_DELAY", timedelta(milliseconds=20))
    monkeypatch.setattr(delivery, "LONGEST_DELAY", timedelta(milliseconds=20))
    clock = HandClock()
    queue = await SqliteQueue.open(tmp_path / "queue.sqlite3", runtime=runtime_with(clock.now, name="store"))
    yield Post(queue, clock)
    await queue.close()


async def until(happened: Callable[[], bool]) -> None:
    """Wait for the workers."""
    for _ in range(2_000):
        if happened():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen")


async def dropped_in_the_end(notifier: Notifier) -> tuple[Dropped, ...]:
    """Wait until something was dropped."""
    for _ in range(1_000):
        if dropped := await notifier.dropped("acme/deploy"):
            return dropped
        await asyncio.sleep(0.01)
    raise AssertionError("nothing was dropped")


def links(*numbers: int) -> tuple[str, ...]:
    return tuple(f"https://github.com/acme/deploy/pull/{number}" for number in numbers)


async def test_a_notice_reaches_its_sink_with_the_link_to_its_page(post: Post) -> None:
    sink = FakeSink()
    async with post.delivering(sink) as notifier:
        await notifier.post([MERGED])
        await until(lambda: bool(sink.told))

    assert sink.told == [links(3)]
    assert await post.queue.outbox.waiting() == {}


async def test_what_happened_to_several_at_once_is_one_message_up_to_what_it_holds(post: Post) -> None:
    sink = FakeSink(most=2)
    async with post.delivering(sink) as notifier:
        await notifier.post([notice(number=number) for number in (1, 2, 3)])
        await notifier.post([notice(number=9, environment="dev")])
        post.clock.advance(GATHERED)
        await until(lambda: len(sink.told) == 3)

    assert sink.told == [links(1, 2), links(3), links(9)]


async def test_a_sink_that_hangs_keeps_no_other_waiting(post: Post) -> None:
    async def hang(_news: tuple[News, ...]) -> None:
        await asyncio.Event().wait()

    hanging, other = FakeSink("hanging", act=hang), FakeSink("other")
    async with post.delivering(hanging, other) as notifier:
        await notifier.post([replace(MERGED, sink="hanging"), replace(MERGED, sink="other")])
        await until(lambda: bool(other.told))

    assert hanging.told == []


async def test_a_failing_sink_gets_everything_later_in_the_same_order(post: Post) -> None:
    broken = True

    async def fail(_news: tuple[News, ...]) -> None:
        if broken:
            raise UndeliveredError("answered 500")

    sink = FakeSink(most=1, act=fail)
    async with post.delivering(sink) as notifier:
        await notifier.post([notice(Occasion.WAITS, mark="first"), notice(Occasion.MERGED, mark="second", number=3)])
        await notifier.post([notice(Occasion.MERGED, number=4)])
        for _ in range(5):
            post.clock.advance(timedelta(minutes=1))
            await asyncio.sleep(0.05)
        broken = False
        while len(sink.told) < 3:
            post.clock.advance(timedelta(minutes=1))
            await asyncio.sleep(0.02)

    assert sorted(sink.told) == [links(3), links(3), links(4)]
    assert await post.queue.outbox.waiting() == {}


async def test_a_message_that_a_sink_never_takes_holds_up_no_others(post: Post) -> None:
    async def refuse(news: tuple[News, ...]) -> None:
        if news[0].notice.number == 3:
            raise UndeliveredError("answered 400", message_alone=True)

    sink = FakeSink(act=refuse)
    async with post.delivering(sink) as notifier:
        await notifier.post([MERGED, notice(Occasion.MERGED, number=4, environment="dev")])
        await until(lambda: bool(sink.told))

    assert sink.told == [links(4)]


async def test_a_bug_in_a_sink_is_a_failure_like_others(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    async def crash(_news: tuple[News, ...]) -> None:
        raise ZeroDivisionError

    async with post.delivering(FakeSink(act=crash)) as notifier:
        await notifier.post([MERGED])
        await until(lambda: "the sink releases failed" in caplog.text)

    assert await post.queue.outbox.waiting() == {"releases": 1}


async def test_after_a_day_of_failures_the_repository_can_say_what_was_dropped(post: Post) -> None:
    async def fail(_news: tuple[News, ...]) -> None:
        raise UndeliveredError("answered 429: too many messages")

    async with post.delivering(FakeSink(act=fail)) as notifier:
        await notifier.post([MERGED])
        post.clock.advance(UNDELIVERED + timedelta(seconds=1))
        dropped = await dropped_in_the_end(notifier)

    assert [(each.sink, each.count, each.error) for each in dropped] == [
        ("releases", 1, "it answered 429: too many messages")
    ]


async def test_notices_for_a_sink_that_the_settings_no_longer_name_are_given_up(post: Post) -> None:
    await post.queue.outbox.post([replace(MERGED, sink="gone")])
    post.clock.advance(UNDELIVERED + timedelta(seconds=1))

    async with post.delivering(FakeSink()) as notifier:
        dropped = await dropped_in_the_end(notifier)

    assert dropped[0].error == "the server's settings name it no longer"


async def test_a_sink_that_the_repository_may_not_use_gets_nothing(post: Post) -> None:
    async with post.delivering(FakeSink()) as notifier:
        await notifier.post([replace(MERGED, sink="other-teams")])

    assert await post.queue.outbox.waiting() == {}


async def test_a_store_that_fails_for_a_moment_stops_no_worker(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    sink = FakeSink()
    post.queue._connection.execute("ALTER TABLE notice RENAME TO lost")
    async with post.delivering(sink) as notifier:
        await until(lambda: "the outbox did not answer" in caplog.text)
        post.queue._connection.execute("ALTER TABLE lost RENAME TO notice")
        await notifier.post([MERGED])
        await until(lambda: bool(sink.told))
