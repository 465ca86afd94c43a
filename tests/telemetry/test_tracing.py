"""Spans, as a collector of OTLP over HTTP receives them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from bot.telemetry.fields import about, trace_id
from bot.telemetry.otlp import OtlpTracing
from bot.telemetry.tracing import NO_TRACING, Lifetime

TRACE = trace_id("a delivery")


@dataclass
class Collector:
    """The receiver that OpenTelemetry's protocol describes. service: what the spans say who sent them."""

    spans: dict[str, Span] = field(default_factory=dict)
    service: dict[str, str] = field(default_factory=dict)

    async def receive(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-protobuf"
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            self.service = {each.key: each.value.string_value for each in resource.resource.attributes}
            self.spans |= {span.name: span for scope in resource.scope_spans for span in scope.spans}
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )


@asynccontextmanager
async def collecting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Collector, OtlpTracing]]:
    """A collector, and tracing that sends to it. Leaving sends what is left."""
    collector, application = Collector(), web.Application()
    application.add_routes([web.post("/v1/traces", collector.receive)])
    async with TestServer(application) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", str(server.make_url("/")).rstrip("/"))
        tracing = OtlpTracing(version="1.2.3")
        yield collector, tracing
        await asyncio.get_running_loop().run_in_executor(None, tracing.close)


def attributes(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


async def test_a_pass_is_part_of_its_webhooks_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    async with collecting(monkeypatch) as (collector, tracing):
        with tracing.begin("webhook github", {"event": "push"}, trace=TRACE):
            pass
        with about(key="acme/deploy#web"), tracing.join("pass", trace=TRACE), tracing.span("decide") as span:
            span.set_attributes({"verdicts": "soak"})

    webhook, work, decide = (collector.spans[name] for name in ("webhook github", "pass", "decide"))
    assert {span.trace_id.hex() for span in (webhook, work, decide)} == {TRACE}
    assert webhook.parent_span_id == b""
    assert (work.parent_span_id, decide.parent_span_id) == (webhook.span_id, work.span_id)
    assert attributes(webhook) == {"event": "push"}
    assert attributes(decide) == {"key": "acme/deploy#web", "verdicts": "soak"}
    assert collector.service["service.name"] == "gitops-bot"
    assert collector.service["service.version"] == "1.2.3"


async def test_a_look_at_a_promotion_is_in_its_trace_and_links_to_the_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    promotion = trace_id("a promotion")
    began = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    async with collecting(monkeypatch) as (collector, tracing):
        with tracing.join("pass", trace=TRACE), tracing.join("look", trace=promotion):
            pass
        lifetime = Lifetime("promotion prod", promotion, began, began + timedelta(hours=2))
        tracing.lived(lifetime, {"outcome": "merged"})

    work, look, whole = (collector.spans[name] for name in ("pass", "look", "promotion prod"))
    assert [link.span_id for link in look.links] == [work.span_id]
    assert (look.trace_id.hex(), look.parent_span_id) == (promotion, whole.span_id)
    assert whole.end_time_unix_nano - whole.start_time_unix_nano == 2 * 60 * 60 * 1_000_000_000


async def test_an_error_is_told_on_its_span(monkeypatch: pytest.MonkeyPatch) -> None:
    async with collecting(monkeypatch) as (collector, tracing):
        with pytest.raises(ValueError, match="broken"), tracing.span("decide"):
            raise ValueError("broken")

    assert collector.spans["decide"].status.message == "ValueError: broken"


async def test_a_collector_that_is_not_there_delays_nothing(
    monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{unused_tcp_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    tracing = OtlpTracing(version="1")
    with tracing.span("decide"):
        pass
    await asyncio.get_running_loop().run_in_executor(None, tracing.close)

    assert "Connection refused" in caplog.text or "Failed to export" in caplog.text


def test_without_a_collector_no_span_is_made() -> None:
    with NO_TRACING.span("a") as one, NO_TRACING.begin("b", trace=TRACE) as other, NO_TRACING.join("c", trace=TRACE):
        one.set_attributes({"x": 1})

    assert one is other
    assert not NO_TRACING.is_on
