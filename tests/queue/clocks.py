"""A clock moved by hand, and an event loop on which waiting costs nothing."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from bot.runtime import Runtime

T = TypeVar("T")

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


def runtime_with(now: Callable[[], datetime], *, name: str = "run") -> Runtime:
    """A Runtime without chance: ids count up, and every throw of the dice is one half."""
    numbers = count(1)
    return Runtime(now=now, random=lambda: 0.5, new_id=lambda: f"{name}-{next(numbers)}")


class _Jumping(selectors.SelectSelector):
    """Instead of sleeping, moves the loop's time on."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everybody waits, and nothing will ever happen")
            self.passed += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when nobody is ready to run, and blocking calls run inline, without a thread."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self._jumping.passed)

    def run_in_executor(  # type: ignore[override]  # the base class is typed more loosely than it is used
        self,
        executor: Executor | None,  # noqa: ARG002 -- asked for, not needed
        func: Callable[..., T],
        *args: Any,
    ) -> asyncio.Future[T]:
        answer: asyncio.Future[T] = self.create_future()

        def call() -> None:
            try:
                answer.set_result(func(*args))
            except Exception as error:  # noqa: BLE001 -- handed on to whoever waits
                answer.set_exception(error)

        self.call_later(0.001, call)
        return answer


def play(story: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """Run one story on a virtual loop of its own."""
    loop = VirtualLoop()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(story(loop))
