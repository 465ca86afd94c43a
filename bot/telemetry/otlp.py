"""Spans over OTLP by HTTP, with OpenTelemetry's SDK: https://opentelemetry.io/docs/specs/otlp/#otlphttp

The SDK reads its own settings from the environment (`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`,
`OTEL_TRACES_SAMPLER`, …). It sends from a thread of its own, so a collector that hangs delays no pass. What it cannot send
is dropped.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime

from opentelemetry import trace as opentelemetry
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from bot.telemetry.fields import fields
from bot.telemetry.tracing import NOTHING, Attributes, Lifetime, Span

_CHOSEN: ContextVar[str] = ContextVar("trace", default="")


class _Ids(RandomIdGenerator):
    """Random ids, unless the first span of a trace with a chosen id is made."""

    def generate_trace_id(self) -> int:
        chosen = _CHOSEN.get()
        return int(chosen, 16) if chosen else super().generate_trace_id()

    def generate_span_id(self) -> int:
        chosen = _CHOSEN.get()
        return _first_span(chosen) if chosen else super().generate_span_id()


class OtlpTracing:
    """Sends spans until it is closed."""

    is_on = True

    def __init__(self, *, version: str) -> None:
        resource = Resource.create({"service.name": "gitops-bot", "service.version": version})
        self._provider = TracerProvider(resource=resource, id_generator=_Ids(), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("gitops-bot", version)

    def span(self, name: str, attributes: Attributes = NOTHING) -> AbstractContextManager[Span]:
        return self._tracer.start_as_current_span(name, attributes={**fields(), **attributes})

    @contextmanager
    def begin(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> Iterator[Span]:
        span = self._first(name, {**fields(), **attributes}, trace=trace, start=None)
        with opentelemetry.use_span(span, end_on_exit=True):
            yield span

    def join(self, name: str, attributes: Attributes = NOTHING, *, trace: str) -> AbstractContextManager[Span]:
        first = opentelemetry.SpanContext(
            trace_id=int(trace, 16),
            span_id=_first_span(trace),
            is_remote=True,
            trace_flags=opentelemetry.TraceFlags(opentelemetry.TraceFlags.SAMPLED),
        )
        around = opentelemetry.get_current_span().get_span_context()
        return self._tracer.start_as_current_span(
            name,
            context=opentelemetry.set_span_in_context(opentelemetry.NonRecordingSpan(first)),
            attributes={**fields(), **attributes},
            links=[opentelemetry.Link(around)] if around.is_valid else [],
        )

    def lived(self, lifetime: Lifetime, attributes: Attributes = NOTHING) -> None:
        span = self._first(lifetime.name, attributes, trace=lifetime.trace, start=_nanoseconds(lifetime.began))
        span.end(_nanoseconds(lifetime.ended))

    def close(self) -> None:
        """Send what is left. Takes as long as the collector takes, at most the exporter's timeout."""
        self._provider.shutdown()

    def _first(self, name: str, attributes: Attributes, *, trace: str, start: int | None) -> opentelemetry.Span:
        token = _CHOSEN.set(trace)
        try:
            return self._tracer.start_span(
                name,
                context=opentelemetry.set_span_in_context(opentelemetry.INVALID_SPAN),
                attributes=attributes,
                start_time=start,
            )
        finally:
            _CHOSEN.reset(token)


def _first_span(trace: str) -> int:
    """Return the id of a trace's first span. It follows from the trace's, so that spans can name it before it is sent."""
    return int(trace[-16:], 16)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000_000)
