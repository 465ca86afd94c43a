"""The bot's own server, as it runs, with hostile requests and with authentic ones that are wrong inside.

No answer is a server error, nothing is logged with a traceback, and no secret is in a log or an answer. Afterwards an image is
promoted, as if nothing had been.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from random import Random  # noqa: TID251 -- seeded: the requests are the same in every run
from typing import Any

import pytest

from bot.cli.demo.stage import REGISTRY_SECRET, WEBHOOK_SECRET
from bot.simulator.github.traffic.recording import RECORDERS, Exchange, GraphQLRequest, SentWebhook
from tests.fuzz.hostile_requests import Hostile
from tests.scenarios.world import World, a_world

REQUESTS = {"raw": 400, "webhook": 500, "notification": 200}
PATIENCE = 1.0
PUSHED = {
    "events": [
        {
            "id": "1",
            "timestamp": "2026-11-24T09:00:00Z",
            "action": "push",
            "target": {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": f"sha256:{'1' * 64}",
                "repository": "acme/web",
                "url": "https://registry.example.com/v2/acme/web/manifests/v1",
                "tag": "v1",
            },
            "request": {"host": "registry.example.com"},
        }
    ]
}

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(300)]


class Webhooks:
    """A recorder that keeps one webhook of each kind."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Any], Any] = {}

    def webhook(self, webhook: SentWebhook) -> None:
        """Keep it."""
        payload = json.loads(webhook.body)
        self.kept[webhook.headers["X-GitHub-Event"], payload.get("action")] = payload

    def exchange(self, exchange: Exchange) -> None:
        """Not of interest here."""

    def graphql(self, request: GraphQLRequest) -> None:
        """Not of interest here."""


@pytest.mark.parametrize("kind", ["raw", "webhook", "notification"])
async def test_no_request_harms_the_server(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    webhooks = Webhooks()
    RECORDERS.add(webhooks)
    async with a_world() as world:
        await world.release("v1.5.0")
        RECORDERS.remove(webhooks)
        caplog.clear()
        hostile = Hostile(
            chance=Random(kind),  # noqa: S311 -- no secret
            webhooks=[(event, payload) for (event, _), payload in webhooks.kept.items()],
            notifications=[PUSHED],
            github_secret=WEBHOOK_SECRET,
            registry_secret=REGISTRY_SECRET,
        )
        make = {"raw": hostile.raw, "webhook": hostile.webhook, "notification": hostile.notification}[kind]
        answers = [(request, await asked(world, request)) for request in (make() for _ in range(REQUESTS[kind]))]
        await world.settle()
        complaints = [*of_answers(answers), *of_logs(caplog.records)]

        await world.release("v1.5.1")
        assert "v1.5.1" in world.pull("dev").title
        world.news()
    assert not complaints, "\n".join(complaints[:20])
    assert any(answer.startswith(b"HTTP/1.1 2") for _, answer in answers), "not one request came through"


async def asked(world: World, request: bytes) -> bytes:
    """Send bytes on a connection of their own, and return the beginning of what comes back."""
    assert world.stage.service is not None
    reader, writer = await asyncio.open_connection("127.0.0.1", int(world.stage.service.url.rpartition(":")[2]))
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(20_000), timeout=PATIENCE)
    except (ConnectionError, TimeoutError):  # it waits for the rest of a body that never comes
        return b""
    finally:
        writer.close()


def of_answers(answers: list[tuple[bytes, bytes]]) -> Iterator[str]:
    """Complaints about answers: a server error, a traceback, a secret."""
    for request, answer in answers:
        status = answer.split(b" ", 2)[1:2]
        if status and status[0][:1] == b"5":
            yield f"{answer[:100]!r} to {request[:300]!r}"
        if b"Traceback" in answer or any(secret.encode() in answer for secret in (WEBHOOK_SECRET, REGISTRY_SECRET)):
            yield f"{answer[:300]!r} to {request[:300]!r}"


def of_logs(records: list[logging.LogRecord]) -> Iterator[str]:
    """Complaints about logs: a traceback, a secret."""
    for record in records:
        said = record.getMessage()
        if record.exc_info:
            yield f"logged with a traceback: {said}: {record.exc_info[1]!r}"
        if any(secret in said for secret in (WEBHOOK_SECRET, REGISTRY_SECRET, "BEGIN PRIVATE KEY", "ghs_")):
            yield f"logged a secret: {said}"
