"""Health, readiness and metrics, as probes and Prometheus read them."""

from datetime import timedelta

import pytest
from prometheus_client.openmetrics import parser as openmetrics

from bot.queue.protocol import Depth
from bot.web.metrics import queue_families
from tests.web.server import START, Served, pushed


async def test_a_live_process_is_healthy_even_if_it_is_not_ready(server: Served) -> None:
    server.missing.append("GitHub has not been reached yet")

    assert (await server.client.get("/healthz")).status == 200


async def test_readiness_names_everything_that_is_missing(server: Served) -> None:
    server.missing += ["GitHub has not been reached yet", "the first sweep is under way"]

    answer = await server.client.get("/readyz")

    assert answer.status == 503
    assert (
        await answer.text() == "not ready: GitHub has not been reached yet\nnot ready: the first sweep is under way\n"
    )

    server.missing.clear()
    assert (await server.client.get("/readyz")).status == 200


async def test_with_a_failing_store_it_is_not_ready_and_the_other_metrics_remain(server: Served) -> None:
    server.queue._connection.execute("ALTER TABLE work RENAME TO lost")

    answer = await server.client.get("/readyz")

    assert answer.status == 503
    assert "store does not answer" in await answer.text()
    assert await server.metrics() == {
        'gitops_bot_passes_total{outcome="done"}': 3,
        'gitops_bot_passes_total{outcome="failed"}': 1,
    }


async def test_metrics_count_the_queue(server: Served) -> None:
    now = server.queue._runtime.now()
    await server.queue.accept(None, ["a", "b"])
    (lease,) = await server.queue.claim(1)
    await server.queue.fail(lease, error="boom", again_at=now + timedelta(hours=1))

    answer = await server.client.get("/metrics")

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    metrics = await server.metrics()
    assert 0 <= metrics.pop("gitops_bot_queue_oldest_due_seconds") < 60
    assert metrics == {
        'gitops_bot_passes_total{outcome="done"}': 3,
        'gitops_bot_passes_total{outcome="failed"}': 1,
        'gitops_bot_queue_keys{state="due"}': 1,
        'gitops_bot_queue_keys{state="waiting"}': 1,
        'gitops_bot_queue_keys{state="running"}': 0,
        "gitops_bot_queue_failing_keys": 1,
    }


async def test_a_reader_of_openmetrics_gets_it_and_can_parse_it(server: Served) -> None:
    await server.push(pushed())

    answer = await server.client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    read = openmetrics.text_string_to_metric_families(await answer.text())  # type: ignore[no-untyped-call]
    families = {family.name: family for family in read}
    assert families["gitops_bot_webhooks"].samples[0].labels == {
        "source": "github",
        "event": "push",
        "result": "accepted",
    }


@pytest.mark.parametrize(("owed_for", "seconds"), [(None, 0), (timedelta(seconds=90), 90), (timedelta(seconds=-5), 0)])
def test_the_age_of_the_oldest_due_key_is_in_seconds(owed_for: timedelta | None, seconds: float) -> None:
    oldest = None if owed_for is None else START - owed_for
    depth = Depth(due=1, waiting=0, running=0, failing=0, oldest_due=oldest)

    assert [sample.value for sample in queue_families(depth, now=START)[-1].samples] == [seconds]
