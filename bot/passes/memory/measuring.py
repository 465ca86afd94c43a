"""Counts and times what passes do, and adds to the traces of promotions."""

from collections.abc import Mapping
from datetime import datetime

from cachetools import LRUCache

from bot.core.history.progress import Ended, Ending, ended, since_when
from bot.core.plan import Action, OpenPromotion, Plan, Severity
from bot.core.state import State
from bot.telemetry import telemetry
from bot.telemetry.fields import trace_id
from bot.telemetry.tracing import Lifetime

_PROMOTIONS = 5_000


class Measuring:
    """One instance per process. It remembers since when gates of open promotions have not passed."""

    def __init__(self) -> None:
        self._waiting: LRUCache[tuple[str, int], Mapping[str, datetime]] = LRUCache(_PROMOTIONS)

    def looked(self, before: State | None, state: State, plan: Plan, now: datetime) -> None:
        """Count what ended since the look before, and what gates say of what is open."""
        for each in ended(before, state):
            self._end(state, each)
        for name, here in state.environments.items():
            if here.promotion is not None:
                self._open(state, name, here.promotion.pull.number, plan, now)

    def carried_out(self, actions: tuple[Action, ...]) -> None:
        """Count what GitHub has accepted."""
        metrics = telemetry().metrics
        for action in actions:
            if isinstance(action, OpenPromotion):
                metrics.promotions.labels(metrics.environments.of(action.environment), "opened").inc()

    def _end(self, state: State, end: Ended) -> None:
        metrics, tracing = telemetry().metrics, telemetry().tracing
        environment = metrics.environments.of(end.environment)
        metrics.promotions.labels(environment, end.ending.value).inc()
        trace = _trace(state, end.number)
        self._waiting.pop((state.repository.node_id, end.number), None)
        if end.ending is Ending.MERGED:
            exemplar = {"trace_id": trace} if tracing.is_on else None
            took, lead = end.at - end.opened, end.at - end.proposed
            metrics.promotion_seconds.labels(environment).observe(took.total_seconds(), exemplar)
            metrics.lead_seconds.labels(environment).observe(lead.total_seconds(), exemplar)
        if tracing.is_on:
            lifetime = Lifetime(f"promotion {end.environment}", trace, end.opened, end.at)
            tracing.lived(lifetime, {**_about(state, end.environment, end.number), "outcome": end.ending.value})

    def _open(self, state: State, environment: str, number: int, plan: Plan, now: datetime) -> None:
        verdicts = plan.verdicts.get(environment, ())
        known = (state.repository.node_id, number)
        since, passed = since_when(self._waiting.get(known, {}), verdicts, now)
        self._waiting[known] = since
        for each in passed:
            telemetry().metrics.gate_seconds.labels(each.gate).observe(each.seconds)
        tracing = telemetry().tracing
        if tracing.is_on:
            attributes = _about(state, environment, number)
            with tracing.join("look", attributes, trace=_trace(state, number)) as span:
                closed = [
                    f"{verdict.gate}: {verdict.code}" for verdict in verdicts if verdict.severity is not Severity.PASSED
                ]
                span.set_attributes({"gates": ", ".join(closed) or "all pass"})


def _trace(state: State, number: int) -> str:
    return trace_id(f"{state.repository.node_id}#{number}")


def _about(state: State, environment: str, number: int) -> dict[str, str | int]:
    return {
        "repository": state.repository.name,
        "application": state.application,
        "environment": environment,
        "pull_request": number,
    }
