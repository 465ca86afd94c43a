"""What is counted and timed, for Prometheus. `docs/operating.md` says what to watch.

Names of repositories, applications and people are no labels: anyone who may read the metrics would see them, and strangers
could add any number. Names of environments are, up to a limit.
"""

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# The time at which a counter began says nothing that Prometheus does not find out by itself.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

MOST_NAMES = 200
"""Names of one label; further ones are counted as `other`."""
OTHER = "other"

_MINUTES = (60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 259_200, 604_800)
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Names:
    """Limits how many values a label takes."""

    def __init__(self, most: int = MOST_NAMES) -> None:
        self._seen: set[str] = set()
        self._most = most

    def of(self, name: str) -> str:
        """Return the name, or `other` if too many are in use."""
        if name not in self._seen and len(self._seen) < self._most:
            self._seen.add(name)
        return name if name in self._seen else OTHER


class Metrics:
    """The counters and histograms of one server. registry: what `/metrics` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self.environments = Names()
        counter, histogram, gauge = self._counter, self._histogram, self._gauge
        self.webhooks = counter("webhooks", "Webhooks received, by result.", "source", "event", "result")
        self.pass_seconds = histogram("pass_seconds", "How long a pass took.", _SECONDS, "kind")
        self.promotions = counter(
            "promotions", "Promotions that were opened, and how they ended.", "environment", "outcome"
        )
        self.promotion_seconds = histogram(
            "promotion_seconds", "From the opening of a promotion to its merge.", _MINUTES, "environment"
        )
        self.lead_seconds = histogram(
            "lead_seconds",
            "From the moment a version first ran in any environment, or was first proposed, to its merge here.",
            _MINUTES,
            "environment",
        )
        self.gate_seconds = histogram(
            "gate_wait_seconds", "How long a gate kept a promotion waiting, until it passed.", _MINUTES, "gate"
        )
        self.github_requests = counter(
            "github_requests", "Requests to GitHub, by what they were for and how they ended.", "operation", "result"
        )
        self.github_points = counter("github_points", "Points that GraphQL documents cost.", "operation")
        self.github_limits = counter("github_limits", "Times that GitHub named a limit and when to come back.", "api")
        self.github_left = gauge(
            "github_left_ratio",
            "The smallest part of an hour's requests or points that is left to any account, as its last answer said.",
            "api",
        )
        self.registry_requests = counter("registry_requests", "Requests to registries.", "host", "result")
        self.registry_polls = counter(
            "registry_polls", "Images that were polled, by what that found.", "host", "result"
        )
        self.registry_paused = gauge(
            "registry_paused", "1 while a registry is asked nothing, because it is silent or busy.", "host"
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"gitops_bot_{name}", says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"gitops_bot_{name}", says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"gitops_bot_{name}", says, labels, buckets=buckets, registry=self.registry)
