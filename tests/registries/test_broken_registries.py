"""Registries that do not answer, or not as registries do: always a value that says what was seen, never an exception."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.registries.breakers import FIRST_PAUSE
from bot.registries.limits import Limits
from bot.simulator.registry import Fault, Registry
from tests.registries.kit import IMAGE, LIMITS, NOW, Clock, authority_of, client, serving

# For a registry from which nothing comes; the others are given time, because a busy machine is slow as well.
IMPATIENT = replace(LIMITS, request=0.75)


def limits_for(fault: Fault) -> Limits:
    return IMPATIENT if fault is Fault.SLOW else replace(LIMITS, document=20_000, page=20_000)


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (Fault.REFUSE, "closed the connection without an answer"),
        (Fault.SERVER_ERROR, "answered 500"),
        (Fault.SLOW, "did not answer within 0.75 seconds (`REGISTRY_TIMEOUT`)"),
        (Fault.GARBAGE, "is not a list of tags"),
        (Fault.ENDLESS, "sent more than the 20,000 bytes"),
    ],
)
async def test_tags_of_a_broken_registry(fault: Fault, seen: str, session: aiohttp.ClientSession) -> None:
    registry = Registry(now=Clock().now)
    registry.push_image("acme/web", "v1")
    registry.faults.add(fault)
    async with registry.serve() as url:
        found = await client(session, url, limits=limits_for(fault)).tags(IMAGE)
        assert isinstance(found, Unanswered)
        assert (found.image, found.tag) == (IMAGE, None)
        assert found.again_at == (NOW + FIRST_PAUSE if fault is Fault.SLOW else None)
        assert seen in found.reason
        assert authority_of(url) in found.reason


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.SERVER_ERROR, Fault.SLOW, Fault.GARBAGE])
@pytest.mark.parametrize("path", ["/manifests/v1$", "/manifests/sha256", "/blobs/"])
async def test_an_artifact_of_a_broken_registry(
    fault: Fault, path: str, session: aiohttp.ClientSession, clock: Clock
) -> None:
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    registry.faults.add(fault, path=path)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock, limits=limits_for(fault))
        found = await asked.artifact(IMAGE, "v1")
        assert isinstance(found, Unanswered)
        assert found.tag == "v1"
        # And what could not be read was not remembered, beyond the pause of a host that was silent.
        registry.faults.clear()
        clock.advance(seconds=FIRST_PAUSE.total_seconds())
        assert isinstance(await asked.artifact(IMAGE, "v1"), Artifact)


@pytest.mark.parametrize("fault", [Fault.TOO_MANY_REQUESTS, Fault.UNAVAILABLE])
async def test_a_busy_registry_is_left_alone(fault: Fault, session: aiohttp.ClientSession, clock: Clock) -> None:
    registry = Registry(now=clock.now)
    registry.push_image("acme/web", "v1")
    registry.faults.add(fault, times=1, retry_after=90)
    async with registry.serve() as url:
        asked = client(session, url, clock=clock)
        for _ in range(3):
            found = await asked.tags(IMAGE)
            assert isinstance(found, Unanswered)
            assert found.again_at == NOW + timedelta(seconds=90)
        assert len(registry.requests) == 1
        clock.advance(seconds=90)
        assert await asked.tags(IMAGE) == Tags(IMAGE, ("v1",))


@pytest.mark.parametrize(
    ("retry_after", "waits"),
    [
        ("5", timedelta(seconds=5)),
        ("0", timedelta(seconds=1)),
        ("999999999999999", timedelta(hours=1)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(days=2), usegmt=True), timedelta(seconds=1)),
        ("soon", FIRST_PAUSE),
        ("-5", FIRST_PAUSE),
        ("²", FIRST_PAUSE),
    ],
)
async def test_retry_after_in_all_its_forms(retry_after: str, waits: timedelta, session: aiohttp.ClientSession) -> None:
    async def tired(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": retry_after})

    async with serving(web.get("/v2/acme/web/tags/list", tired)) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert found.again_at == NOW + waits


async def test_a_host_that_is_not_there(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    found = await client(session, f"http://127.0.0.1:{unused_tcp_port}").tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "cannot be reached" in found.reason


async def test_a_host_that_does_not_speak_tls(session: aiohttp.ClientSession) -> None:
    async with serving() as url:
        found = await client(session, url.replace("http:", "https:")).tags(IMAGE)
    assert isinstance(found, Unanswered)


async def test_a_host_that_does_not_speak_http(session: aiohttp.ClientSession) -> None:
    async def mumble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.com ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(mumble, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await client(session, f"http://127.0.0.1:{port}").tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "something other than HTTP" in found.reason


@pytest.mark.parametrize("image", ["quay.io/acme/web", "10.0.0.1/acme/web", "localhost:9/acme/web", "web"])
async def test_only_allowed_registries_are_asked(image: str, session: aiohttp.ClientSession) -> None:
    found = await client(session, "http://127.0.0.1:1").artifact(image, "v1")
    assert isinstance(found, Unanswered)
    assert "this server may not contact" in found.reason
    assert "only ghcr.io; its operator can allow it in `REGISTRY_ALLOW`" in found.reason


async def test_an_invalid_image_name_is_reported(session: aiohttp.ClientSession) -> None:
    found = await client(session, "http://127.0.0.1:1").tags("ghcr.io/Acme/../web")
    assert isinstance(found, Unanswered)
    assert "is not an image" in found.reason


async def test_a_deadline_ends_a_long_list(session: aiohttp.ClientSession) -> None:
    async def slowly(request: web.Request) -> web.Response:
        await asyncio.sleep(0.1)
        number = int(request.query.get("last", "0")) + 1
        link = f'</v2/acme/web/tags/list?last={number}>; rel="next"'
        return web.json_response({"tags": [f"v{number}"]}, headers={"Link": link})

    async with serving(web.get("/v2/acme/web/tags/list", slowly)) as url:
        found = await client(session, url, limits=replace(LIMITS, deadline=0.35)).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "tags of `ghcr.io/acme/web` were read within 0.35 seconds (`REGISTRY_DEADLINE`)" in found.reason
    assert 1 <= found.read <= 3


def _circle(request: web.Request) -> str:
    return f"<{request.path}?n=1>"


def _without_end(request: web.Request) -> str:
    return f"<{request.path}?last={int(request.query.get('last', '0')) + 1}>"


@pytest.mark.parametrize("link", [_circle, _without_end])
async def test_endless_pages(link: Callable[[web.Request], str], session: aiohttp.ClientSession) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.json_response({"tags": ["v1"]}, headers={"Link": f'{link(request)}; rel="next"'})

    async with serving(web.get("/v2/acme/web/tags/list", page)) as url:
        found = await client(session, url, limits=replace(LIMITS, barren_pages=5)).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "1 were read, and there may be more" in found.reason


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/v2/acme/web/tags/list", "//elsewhere.example/", "http://[broken"])
async def test_pages_elsewhere_are_not_followed(link: str, session: aiohttp.ClientSession) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.json_response({"tags": ["v1"]}, headers={"Link": f'<{link}>; rel="next"'})

    async with serving(web.get("/v2/acme/web/tags/list", page)) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Unanswered)


async def test_a_404_without_a_registrys_error_does_not_mean_absent(session: aiohttp.ClientSession) -> None:
    async with serving() as url:
        asked = client(session, url)
        for found in (await asked.tags(IMAGE), await asked.artifact(IMAGE, "v1")):
            assert isinstance(found, Unanswered)
            assert "answered 404" in found.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"manifests": [], "config": {"digest": "sha256:00"}}',
        b'{"manifests": [{"digest": "../../x", "platform": {"os": "linux", "architecture": "amd64"}}]}',
        b'{"config": {"digest": 7}}',
        b"[" * 10_000,
    ],
)
async def test_invalid_manifests_are_unanswered(body: bytes, session: aiohttp.ClientSession) -> None:
    async def manifest(_: web.Request) -> web.Response:
        return web.Response(body=body)

    async with serving(web.get("/v2/acme/web/manifests/{reference}", manifest)) as url:
        found = await client(session, url).artifact(IMAGE, "v1")
    assert isinstance(found, Unanswered)
    assert "manifest" in found.reason or "digest" in found.reason


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "sha256:short", "md5:" + "0" * 32])
async def test_bytes_that_do_not_match_their_digest(digest: str, session: aiohttp.ClientSession) -> None:
    async def manifest(_: web.Request) -> web.Response:
        return web.json_response({"manifests": []}, headers={"Docker-Content-Digest": digest})

    async with serving(web.get("/v2/acme/web/manifests/{reference}", manifest)) as url:
        found = await client(session, url).artifact(IMAGE, "v1")
    assert isinstance(found, Unanswered)
    assert "does not match the digest that it names" in found.reason


async def test_messages_of_a_registry_are_shown_without_markup(session: aiohttp.ClientSession) -> None:
    async def refuse(_: web.Request) -> web.Response:
        errors = [{"code": "DENIED", "message": "no\n`@everyone`\x1b[31m " + "x" * 999}, {"code": "", "message": None}]
        return web.Response(status=403, text=json.dumps({"errors": errors}))

    async with serving(web.get("/v2/acme/web/tags/list", refuse)) as url:
        found = await client(session, url).tags(IMAGE)
    assert isinstance(found, Unanswered)
    assert "answered 403 (DENIED: no@everyone[31m xxx" in found.reason
    assert len(found.reason) < 400


async def test_one_broken_tag_does_not_affect_the_others(session: aiohttp.ClientSession) -> None:
    registry = Registry(now=Clock().now)
    registry.push_image("acme/web", "v1")
    registry.faults.add(Fault.SERVER_ERROR, path="/v2$")
    async with registry.serve() as url:
        found = await client(session, url).artifacts(IMAGE, ["v1", "v2", "v3"])
    assert [type(one) for one in found] == [Artifact, Unanswered, Missing]
