"""The telemetry of the bot that is running: it follows the context, as a logger follows its name.

A server has one. Several may run in one process, as they do in tests: each is used by the tasks that begin after
`use_telemetry`.
"""

from contextvars import ContextVar
from dataclasses import dataclass, field

from bot.telemetry.metrics import Metrics
from bot.telemetry.tracing import NO_TRACING, Tracing


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Where to count, where to send spans, and which webhook the passes follow from."""

    metrics: Metrics = field(default_factory=Metrics)
    tracing: Tracing = NO_TRACING


_NOBODY_READS = Telemetry()
_current: ContextVar[Telemetry] = ContextVar("telemetry", default=_NOBODY_READS)


def telemetry() -> Telemetry:
    """Return the telemetry of the bot that this task belongs to. Without one, nobody reads what is counted."""
    return _current.get()


def use_telemetry(used: Telemetry) -> None:
    """Use it for this task and for those that it starts from now on."""
    _current.set(used)
