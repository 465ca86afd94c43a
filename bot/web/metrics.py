"""What `/metrics` shows: what was counted, and how long the queue is.

In OpenMetrics' format where the reader asks for it, else in Prometheus': https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.queue.protocol import Depth


class Result(StrEnum):
    """The result of a request to a webhook endpoint."""

    ACCEPTED = "accepted"  # stored: keys were made due
    REPEATED = "repeated"  # this delivery was accepted before
    IGNORED = "ignored"  # no key: an unknown event, or one outside this server's repositories
    UNREADABLE = "unreadable"  # authentic, but not in the expected form
    REJECTED = "rejected"  # not authentic, too large or not JSON: nothing stored
    UNAVAILABLE = "unavailable"  # the store failed: nothing stored, the sender has to send again


class _Families(Collector):
    """Families that were made for one page."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def render(counted: CollectorRegistry, families: Iterable[Metric], *, accept: str) -> tuple[bytes, str]:
    """Return the page that Prometheus reads, and its content type. accept: the request's `Accept` header."""
    encode, content_type = choose_encoder(accept)
    page = CollectorRegistry(auto_describe=False)
    page.register(_Families((*counted.collect(), *families)))
    return encode(page), content_type


def queue_families(depth: Depth, *, now: datetime) -> tuple[Metric, ...]:
    oldest = 0.0 if depth.oldest_due is None else max(0.0, (now - depth.oldest_due).total_seconds())
    keys = GaugeMetricFamily(
        "gitops_bot_queue_keys", "Keys in the queue: due now, due later, running.", labels=["state"]
    )
    for state, count in (("due", depth.due), ("waiting", depth.waiting), ("running", depth.running)):
        keys.add_metric([state], count)
    return (
        keys,
        GaugeMetricFamily("gitops_bot_queue_failing_keys", "Keys whose last pass failed.", depth.failing),
        GaugeMetricFamily(
            "gitops_bot_queue_oldest_due_seconds", "How long the oldest due key has been waiting for a pass.", oldest
        ),
    )


def passes_family(outcomes: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily("gitops_bot_passes", "Passes that ended, by outcome.", labels=["outcome"])
    for outcome, count in outcomes.items():
        family.add_metric([outcome], count)
    return family
