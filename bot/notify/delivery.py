"""Delivers notices: one worker for each sink, so that a sink that hangs delays neither passes nor other sinks.

A sink that fails is left alone for as long as it asks, else for growing times. Its notices wait, and are dropped after a day.
Notices for a sink that the settings no longer name wait in the same way.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta

from bot.notify.sink import News, Sink, UndeliveredError
from bot.queue.outbox import Outbox, Pending
from bot.runtime import Runtime

_log = logging.getLogger(__name__)

AT_ONCE = 50
"""Notices that are handed out together."""

LOOK = timedelta(seconds=5)
"""How often the outbox is looked into: another replica may have put something in, and waits end."""

LONGEST_DELIVERY = timedelta(seconds=60)
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=5), timedelta(minutes=15)
NOBODY = timedelta(hours=1)
"""How often notices for sinks that are gone are looked for."""


class Delivery:
    """The workers of one process. web: the address of GitHub's pages, such as `https://github.com`."""

    def __init__(self, outbox: Outbox, sinks: Iterable[Sink], *, web: str, runtime: Runtime) -> None:
        self._outbox = outbox
        self._sinks = {sink.name: sink for sink in sinks}
        self._web = web.rstrip("/")
        self._runtime = runtime
        self._news = {name: asyncio.Event() for name in self._sinks}

    def tell(self, sinks: Iterable[str]) -> None:
        """Look into the outbox now: something was put in for these."""
        for name in sinks:
            self._news[name].set()

    async def run(self) -> None:
        """Deliver until it is cancelled. What is under way is then delivered again by the next process."""
        async with asyncio.TaskGroup() as group:
            for sink in self._sinks.values():
                group.create_task(self._work(sink))
            group.create_task(self._give_up_on_the_missing())

    async def _work(self, sink: Sink) -> None:
        failures = 0
        while True:
            try:
                self._news[sink.name].clear()
                pause = await self._round(sink, failures)
            except Exception:  # noqa: BLE001 -- a worker outlives any error of the store
                _log.exception("the outbox did not answer; trying again")
                pause = LOOK
            if pause is None:
                failures = 0
                await self._until_news(sink.name)
            else:
                failures += 1
                await asyncio.sleep(pause.total_seconds())

    async def _until_news(self, name: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK.total_seconds()):
                await self._news[name].wait()

    async def _round(self, sink: Sink, failures: int) -> timedelta | None:
        """Deliver what is due. Return how long to leave the sink alone if it failed, None if nothing is left."""
        while handed := await self._outbox.hand_out(sink.name, AT_ONCE):
            batches = _batches(handed, sink.most)
            for position, batch in enumerate(batches):
                trouble = await self._deliver(sink, batch)
                if trouble is None:
                    await self._outbox.delivered([each.number for each in batch])
                    continue
                late = (batch,) if trouble.message_alone else batches[position:]
                wait = trouble.wait or self._delay(batch[0].attempts if trouble.message_alone else failures)
                _log.warning("notices for %s wait %s: it %s", sink.name, wait, trouble)
                numbers = [each.number for one in late for each in one]
                await self._outbox.failed(numbers, wait=wait, error=f"it {trouble}")
                if not trouble.message_alone:
                    return wait
        return None

    async def _deliver(self, sink: Sink, batch: tuple[Pending, ...]) -> UndeliveredError | None:
        news = tuple(News(each.notice, self._link(each)) for each in batch)
        try:
            async with asyncio.timeout(LONGEST_DELIVERY.total_seconds()):
                await sink.deliver(news, _SinkMemory(self._outbox, sink.name))
        except UndeliveredError as trouble:
            return trouble
        except TimeoutError:
            return UndeliveredError(f"took longer than {LONGEST_DELIVERY.total_seconds():.0f} seconds")
        except Exception as error:  # noqa: BLE001 -- a bug in one kind of sink must not stop its worker
            _log.exception("the sink %s failed", sink.name)
            return UndeliveredError(f"failed with {type(error).__name__}; the server's log has more")
        return None

    def _link(self, pending: Pending) -> str:
        return f"{self._web}/{pending.notice.repository}/pull/{pending.notice.number}"

    def _delay(self, failures: int) -> timedelta:
        return min(FIRST_DELAY * (1 << min(failures, 20)), LONGEST_DELAY) * (0.5 + self._runtime.random() / 2)

    async def _give_up_on_the_missing(self) -> None:
        """Have notices for sinks that the settings do not name dropped in a day."""
        while True:
            try:
                for name, count in (await self._outbox.waiting()).items():
                    if name not in self._sinks:
                        _log.warning("%d notices wait for %s, which the settings do not name", count, name)
                        await self._fail_all(name)
            except Exception:  # noqa: BLE001 -- as in `_work`
                _log.exception("the outbox did not answer; trying again")
            await asyncio.sleep(NOBODY.total_seconds())

    async def _fail_all(self, name: str) -> None:
        while handed := await self._outbox.hand_out(name, AT_ONCE):
            numbers = [each.number for each in handed]
            await self._outbox.failed(numbers, wait=NOBODY, error="the server's settings name it no longer")


class _SinkMemory:
    """What one sink keeps in the outbox."""

    def __init__(self, outbox: Outbox, sink: str) -> None:
        self._outbox = outbox
        self._sink = sink

    async def read(self, names: Iterable[str]) -> Mapping[str, str]:
        return await self._outbox.messages(self._sink, names)

    async def keep(self, kept: Mapping[str, str]) -> None:
        await self._outbox.keep(self._sink, kept)


def _batches(handed: tuple[Pending, ...], most: int) -> tuple[tuple[Pending, ...], ...]:
    """Return what one message may tell together: the same occasion in one environment of one repository."""
    groups: dict[tuple[str, ...], list[Pending]] = {}
    for each in handed:
        notice = each.notice
        groups.setdefault((notice.occasion, notice.repository, notice.environment), []).append(each)
    return tuple(
        tuple(group[start : start + most]) for group in groups.values() for start in range(0, len(group), most)
    )
