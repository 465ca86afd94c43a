"""Counters and gauges in Prometheus' text format:
https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.queue.protocol import Depth

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Sample:
    """A value. labels: name → value, in the order in which they are shown."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """The samples of one name. help: one line."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def render(families: Iterable[Family]) -> str:
    """Return the page that Prometheus reads."""
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
        yield f"{family.name}{{{labels}}} {sample.value:.16g}" if labels else f"{family.name} {sample.value:.16g}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class Result(StrEnum):
    """The result of a request to a webhook endpoint."""

    ACCEPTED = "accepted"  # stored: keys were made due
    REPEATED = "repeated"  # this delivery was accepted before
    IGNORED = "ignored"  # no key: an unknown event, or one outside this server's repositories
    UNREADABLE = "unreadable"  # authentic, but not in the expected form
    REJECTED = "rejected"  # not authentic, too large or not JSON: nothing stored
    UNAVAILABLE = "unavailable"  # the store failed: nothing stored, the sender has to send again


class Received:
    """Counts webhooks. event: '' for rejected ones, so that strangers cannot add names."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Result]] = Counter()

    def count(self, source: str, event: str, result: Result) -> None:
        self._counts[source, event, result] += 1

    def family(self) -> Family:
        samples = (
            Sample({"source": source, "event": event, "result": result}, value)
            for (source, event, result), value in sorted(self._counts.items())
        )
        help_ = "Webhooks received, by result."
        return Family("gitops_bot_webhooks_total", Kind.COUNTER, help_, tuple(samples))


def queue_families(depth: Depth, *, now: datetime) -> tuple[Family, ...]:
    states = {"due": depth.due, "waiting": depth.waiting, "running": depth.running}
    oldest = 0.0 if depth.oldest_due is None else max(0.0, (now - depth.oldest_due).total_seconds())
    return (
        Family(
            "gitops_bot_queue_keys",
            Kind.GAUGE,
            "Keys in the queue: due now, due later, running.",
            tuple(Sample({"state": state}, value) for state, value in states.items()),
        ),
        Family(
            "gitops_bot_queue_failing_keys", Kind.GAUGE, "Keys whose last pass failed.", (Sample({}, depth.failing),)
        ),
        Family(
            "gitops_bot_queue_oldest_due_seconds",
            Kind.GAUGE,
            "How long the oldest due key has been waiting for a pass.",
            (Sample({}, oldest),),
        ),
    )


def passes_family(outcomes: Mapping[str, int]) -> Family:
    samples = tuple(Sample({"outcome": outcome}, count) for outcome, count in outcomes.items())
    return Family("gitops_bot_passes_total", Kind.COUNTER, "Passes that ended, by outcome.", samples)
