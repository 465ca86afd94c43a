"""Prometheus' text format, as much of it as counters and gauges need:
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
    """One value; labels: name → value, in the order in which they are shown."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one name. help: one line."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def render(families: Iterable[Family]) -> str:
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
    """What became of one request to a webhook endpoint."""

    ACCEPTED = "accepted"  # stored: keys were made due
    REPEATED = "repeated"  # this delivery was accepted before
    IGNORED = "ignored"  # it concerns nothing of ours, or is an event we do not know
    UNREADABLE = "unreadable"  # authentic, and not of the form that we know
    REJECTED = "rejected"  # not authentic, too large, or no JSON: nothing stored
    UNAVAILABLE = "unavailable"  # the store did not answer: nothing stored, to be sent again


class Received:
    """Counts webhooks. event is empty for what was rejected, so that a stranger cannot make up names here."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Result]] = Counter()

    def count(self, source: str, event: str, result: Result) -> None:
        self._counts[source, event, result] += 1

    def family(self) -> Family:
        samples = (
            Sample({"source": source, "event": event, "result": result}, value)
            for (source, event, result), value in sorted(self._counts.items())
        )
        help_ = "Webhooks received, by what became of them."
        return Family("gitops_bot_webhooks_total", Kind.COUNTER, help_, tuple(samples))


def queue_families(depth: Depth, *, now: datetime) -> tuple[Family, ...]:
    states = {"due": depth.due, "waiting": depth.waiting, "running": depth.running}
    oldest = 0.0 if depth.oldest_due is None else max(0.0, (now - depth.oldest_due).total_seconds())
    return (
        Family(
            "gitops_bot_queue_keys",
            Kind.GAUGE,
            "Keys in the queue: due now, waiting for their time, running.",
            tuple(Sample({"state": state}, value) for state, value in states.items()),
        ),
        Family(
            "gitops_bot_queue_failing_keys", Kind.GAUGE, "Keys whose last pass failed.", (Sample({}, depth.failing),)
        ),
        Family(
            "gitops_bot_queue_oldest_due_seconds",
            Kind.GAUGE,
            "How long the key that is due for longest has been waiting for a pass.",
            (Sample({}, oldest),),
        ),
    )


def passes_family(outcomes: Mapping[str, int]) -> Family:
    samples = tuple(Sample({"outcome": outcome}, count) for outcome, count in outcomes.items())
    return Family("gitops_bot_passes_total", Kind.COUNTER, "Passes that ended, by how.", samples)
