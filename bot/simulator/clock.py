"""The clock of the simulated world.

It starts at a given time and stands still until it is advanced, or follows a source of elapsed time (an event loop's
`time`, or the machine's monotonic clock). It never runs backwards, because GitHub's clock does not either.
"""

import time  # noqa: TID251 - the demo's clock runs in real time; the rest of the simulator must not read it
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Listener = Callable[[datetime], None]

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday morning


class Clock:
    """Aware UTC time that can be advanced. Listeners are called with the new time after every jump."""

    def __init__(self, start: datetime = START, *, elapsed: Callable[[], float] | None = None) -> None:
        """Set the clock. `elapsed` returns growing seconds, such as `loop.time`; without it the clock is frozen."""
        if start.tzinfo is None:
            raise ValueError(f"the clock was started at {start.isoformat()}, which has no time zone; add one")
        self._base = start.astimezone(UTC)
        self._elapsed = elapsed
        self._read_at = elapsed() if elapsed else 0.0
        self._listeners: list[Listener] = []

    @classmethod
    def ticking(cls, start: datetime = START) -> "Clock":
        """Return a clock that runs at the speed of the machine's."""
        return cls(start, elapsed=time.monotonic)

    def now(self) -> datetime:
        """Return the present time, aware and in UTC."""
        if self._elapsed is None:
            return self._base
        return self._base + timedelta(seconds=self._elapsed() - self._read_at)

    def advance(self, step: timedelta) -> datetime:
        """Jump ahead by `step` and return the new time; raise ValueError for a negative step."""
        if step < timedelta(0):
            raise ValueError(f"the clock was asked to go back by {-step}; time only moves forward")
        return self._jump(self.now() + step)

    def set(self, moment: datetime) -> datetime:
        """Jump to `moment`; raise ValueError if it is before the present."""
        if moment < self.now():
            raise ValueError(f"the clock stands at {self.now().isoformat()} and cannot go back to {moment.isoformat()}")
        return self._jump(moment.astimezone(UTC))

    def on_jump(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each jump. Call the returned function to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _jump(self, moment: datetime) -> datetime:
        self._base = moment
        self._read_at = self._elapsed() if self._elapsed else 0.0
        for listener in tuple(self._listeners):
            listener(moment)
        return moment
