"""From a vendor's request over HTTP to the applications that become due, through the whole server and a real queue."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.core.needs.subscriptions import image_topic
from bot.core.values.errors import Temporary
from bot.registries.hooks import VENDORS
from bot.registries.hooks.hook import Proof
from bot.registries.hooks.proofs.issued import fetcher
from bot.service.hooks import RegistryHooks
from tests.registries import signing
from tests.registries.signing import Outside
from tests.registries.test_registry_hooks import BODIES, SECRET, ecr, shown
from tests.registries.test_signed_hooks import outside, reception
from tests.web.server import Served, serving

NAMED = "registry.example.com"


@asynccontextmanager
async def receiving(folder: Path, there: Outside) -> AsyncIterator[Served]:
    """Run a server with a secret for every vendor; Amazon's and Google's documents are those of `there`."""
    doors = reception(there, secrets=dict.fromkeys(VENDORS, SECRET))
    async with serving(folder, registries=RegistryHooks(doors)) as server:
        yield server


@pytest.mark.parametrize("vendor", sorted(VENDORS))
async def test_a_request_makes_the_applications_due_that_use_its_image(vendor: str, tmp_path: Path) -> None:
    """Once or again: of these vendors only Amazon signs a time, and a replay makes the same keys due."""
    body = BODIES[vendor]
    images = [hint.image for hint in VENDORS[vendor].parse(json.loads(body))]
    topics = {image_topic(image.replace("registry.invalid", NAMED)) for image in images}
    assert topics
    registry = f"?registry={NAMED}" if any("registry.invalid" in image for image in images) else ""
    proof = next(iter(VENDORS[vendor].proofs), None)
    headers, path = shown(body)[proof] if proof else (signing.token(), "")
    path = f"/{path}".replace(" ", "%20") if proof is Proof.PATH else ""
    async with receiving(tmp_path, outside()) as server:
        await server.queue.subscribe("acme/deploy", frozenset((topic, "acme/deploy#web") for topic in topics))
        await server.queue.subscribe("acme/other", frozenset({(image_topic("ghcr.io/acme/other"), "acme/other#other")}))

        for times in (1, 2):
            answer = await server.client.post(
                URL(f"/webhooks/registry/{vendor}{path}{registry}", encoded=True), data=body, headers=headers
            )
            assert (answer.status, await answer.text()) == (202, "accepted\n")
            assert await server.keys() == ["acme/deploy#web"]
            assert await server.webhooks("registry", vendor, "accepted") == times


async def test_a_message_of_sns_does_as_well_and_so_does_the_same_one_again(tmp_path: Path) -> None:
    message, image = signing.notification(ecr()), "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-repository-name"
    async with receiving(tmp_path, outside()) as server:
        await server.queue.subscribe("acme/deploy", frozenset({(image_topic(image), "acme/deploy#web")}))

        for _ in range(2):  # a replay costs a look at most
            headers = signing.sns_headers(message) | {"Content-Type": "text/plain; charset=UTF-8"}
            answer = await server.client.post("/webhooks/registry/ecr", data=json.dumps(message), headers=headers)
            assert answer.status == 202

        assert await server.keys() == ["acme/deploy#web"]


@pytest.mark.parametrize(
    ("vendor", "headers"),
    [
        ("ecr", {"X-Api-Key": "wrong"}),
        ("ecr", signing.sns_headers(signing.notification(ecr(), TopicArn="arn:aws:sns:us-west-2:666666666666:Theirs"))),
        ("artifact_registry", {"Authorization": f"Bearer {SECRET}"}),
        ("artifact_registry", signing.token("mallory", kid="google")),
    ],
)
async def test_a_stranger_makes_nothing_due(vendor: str, headers: Mapping[str, str], tmp_path: Path) -> None:
    async with receiving(tmp_path, outside()) as server:
        answer = await server.client.post(f"/webhooks/registry/{vendor}", data=BODIES[vendor], headers=headers)

        assert answer.status == 401
        assert SECRET not in await answer.text()
        assert await server.keys() == []
        assert await server.webhooks("registry", "", "rejected") == 1


async def test_ten_thousand_hints_leave_a_key_for_each_application(tmp_path: Path) -> None:
    """As many as one minute brings at worst: an authentic registry that says everything, and repeats itself."""
    async with receiving(tmp_path, outside()) as server:
        await server.queue.subscribe(
            "acme/deploy", frozenset((image_topic(f"ghcr.io/acme/app{n}"), f"acme/deploy#app{n}") for n in range(20))
        )

        async def send(first: int) -> set[int]:
            seen = set()
            for n in range(first, 10_000, 50):
                body = json.dumps({"events": [_event(f"acme/app{n % 40}")]}).encode()
                headers = {"Authorization": SECRET}
                answer = await server.client.post("/webhooks/registry/distribution", data=body, headers=headers)
                seen.add(answer.status)
            return seen

        assert set.union(*await asyncio.gather(*map(send, range(50)))) == {202}

        assert len(await server.keys()) == 20
        assert await server.webhooks("registry", "distribution", "accepted") == 10_000


def _event(repository: str) -> dict[str, object]:
    target = {"repository": repository, "tag": "v1", "url": f"https://ghcr.io/v2/{repository}/manifests/v1"}
    return {"id": "1", "action": "push", "target": target, "request": {}}


async def test_documents_are_fetched_whole_and_only_if_they_are_small_and_there() -> None:
    async def answer(request: web.Request) -> web.Response:
        match request.path:
            case "/there":
                return web.Response(body=b"x" * 100_000)
            case "/large":
                return web.Response(body=b"x" * 300_000)
            case "/moved":
                raise web.HTTPFound("/there")
        raise web.HTTPNotFound

    application = web.Application()
    application.router.add_get("/{path}", answer)
    async with TestServer(application) as server, ClientSession() as session:
        fetch = fetcher(session)
        assert await fetch(server.make_url("/there")) == b"x" * 100_000
        for path in ("/large", "/moved", "/gone"):
            with pytest.raises(Temporary, match="answered"):
                await fetch(server.make_url(path))
        closed = server.make_url("/there").with_port(1)
        with pytest.raises(Temporary, match="did not answer"):
            await fetch(closed)
