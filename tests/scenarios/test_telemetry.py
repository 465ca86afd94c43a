"""What operators see of the bot's work: metrics and log lines, without the names of repositories and people."""

import logging
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from bot.telemetry.fields import fields
from tests.scenarios.test_the_main_job import SOAK, to_staging
from tests.scenarios.world import World, a_world
from tests.telemetry.test_tracing import Collector

OPEN_METRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
"""How Prometheus asks where it stores exemplars: https://prometheus.io/docs/prometheus/latest/feature_flags/"""


async def page(world: World) -> str:
    """What `/metrics` shows."""
    async with ClientSession() as session, session.get(f"{world.stage.service.url}/metrics") as answer:
        return await answer.text()


def value(page: str, sample: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.rpartition(" ")[0] == sample)


async def test_a_promotion_is_counted_when_it_opens_and_when_it_merges() -> None:
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        world.news()
        seen = await page(world)

    assert value(seen, 'gitops_bot_promotions_total{environment="dev",outcome="opened"}') == 1
    assert value(seen, 'gitops_bot_promotions_total{environment="dev",outcome="merged"}') == 1
    assert value(seen, 'gitops_bot_promotion_seconds_count{environment="staging"}') == 1
    assert value(seen, 'gitops_bot_lead_seconds_sum{environment="staging"}') >= SOAK.total_seconds()
    assert value(seen, 'gitops_bot_gate_wait_seconds_count{gate="soak"}') == 1
    assert value(seen, 'gitops_bot_gate_wait_seconds_sum{gate="soak"}') >= SOAK.total_seconds()
    assert value(seen, 'gitops_bot_pass_seconds_count{kind="application"}') > 1


async def test_a_rejected_promotion_is_counted_as_one() -> None:
    async with a_world() as world:
        await world.release("v1.5.0")
        world.pull("dev").close(by=world.stage.person("dana"))
        await world.settle()
        world.news()
        seen = await page(world)

    assert value(seen, 'gitops_bot_promotions_total{environment="dev",outcome="rejected"}') == 1


async def test_metrics_name_no_repository_application_or_person() -> None:
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        world.news()
        seen = await page(world)

    assert not [name for name in ("acme", "web", "dana", "v1.5.0") if f'"{name}' in seen or f"/{name}" in seen]


async def test_every_write_is_logged_with_its_key_and_trace(caplog: pytest.LogCaptureFixture) -> None:
    said: list[dict[str, str]] = []

    def hear(record: logging.LogRecord) -> bool:
        said.append({"message": record.getMessage(), **fields()})
        return True

    caplog.set_level(logging.INFO, "bot")
    caplog.handler.addFilter(hear)
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        world.news()

    (opening,) = [line for line in said if "open the pull request from gitops/dev" in line["message"]]
    assert opening["key"] == "acme/manifests#web"
    (merging,) = [line for line in said if "merge #1" in line["message"]]
    hooks = [line for line in said if line["message"].startswith("accepted check_")]
    assert merging["trace_id"] in {hook["trace_id"] for hook in hooks}, "from hook to write it is one trace"


@pytest.mark.story
async def test_the_time_of_a_promotion_leads_to_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the whole server: an exemplar beside the bucket names the trace that the collector got."""
    collector, application = Collector(), web.Application()
    application.add_routes([web.post("/v1/traces", collector.receive)])
    async with TestServer(application) as server, a_world() as world:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", str(server.make_url("/")).rstrip("/"))
        world.stage.settings = replace(world.stage.settings, traces=True)
        await world.restart()
        await to_staging(world, "v1.5.0")
        world.news()
        async with ClientSession() as session:
            answer = await session.get(f"{world.stage.service.url}/metrics", headers=OPEN_METRICS)
            text = await answer.text()
        told = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
        await world.stage.stop()  # sends what is left

    beside = {
        sample.labels["environment"]: sample.exemplar.labels["trace_id"]
        for family in told
        if family.name in {"gitops_bot_promotion_seconds", "gitops_bot_lead_seconds"}
        for sample in family.samples
        if sample.exemplar
    }
    assert {f"promotion {name}": trace for name, trace in beside.items()} == {
        name: span.trace_id.hex() for name, span in collector.spans.items() if name.startswith("promotion ")
    }
    assert set(beside) == {"dev", "staging"}
