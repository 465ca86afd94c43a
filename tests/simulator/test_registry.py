"""The simulated registry by itself, over HTTP. That it answers as a real one does: tests/registries/test_docker_registry.py."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web

from bot.simulator.registry import (
    Access,
    Challenge,
    Endpoint,
    Events,
    Fault,
    Manifest,
    MediaType,
    Pulls,
    Registry,
    Request,
)
from bot.simulator.registry.store import RegistryError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ACCEPT = {"Accept": f"{MediaType.OCI_INDEX}, {MediaType.OCI_MANIFEST}"}
HELLO = b"hello"
DIGEST = f"sha256:{hashlib.sha256(HELLO).hexdigest()}"


def new_registry(**options: object) -> Registry:
    return Registry(now=lambda: NOW, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def talking_to(registry: Registry) -> AsyncIterator[aiohttp.ClientSession]:
    async with registry.serve() as url, aiohttp.ClientSession(url) as session:
        yield session


@dataclass(slots=True)
class Receiver:
    """Takes notifications; the first ones are refused with these statuses."""

    refusals: list[int] = field(default_factory=list)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        (event,) = json.loads(await request.read())["events"]
        self.ids.append(event["id"])
        self.headers.append(request.headers["Authorization"])
        if self.refusals:
            return web.Response(status=self.refusals.pop(0))
        target = event["target"]
        self.events.append(event)
        self.seen.append((event["action"], target["mediaType"].rpartition(".")[2], target.get("tag")))
        return web.Response(status=202)

    @asynccontextmanager
    async def listening(self, registry: Registry, events: Events = Events.MANIFESTS) -> AsyncIterator[None]:
        application = web.Application()
        application.router.add_post("/hook", self.receive)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        url, secret = f"http://{host}:{port}/hook", {"Authorization": "Bearer secret"}
        registry.notify(Endpoint(url, secret, events, backoff=0.01))
        try:
            yield
        finally:
            await runner.cleanup()


def test_images_are_made_of_real_parts_and_always_the_same() -> None:
    first, second = new_registry(), new_registry()
    for registry in (first, second):
        registry.push_image("acme/web", "v1", platforms=("linux/amd64", "linux/arm/v7"), revision="5f3c2a1")
    assert first.store.repositories == second.store.repositories
    index = json.loads(first.store.manifest("acme/web", "v1").body)
    assert [child["platform"] for child in index["manifests"]] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm", "variant": "v7"},
    ]
    child = json.loads(first.store.manifest("acme/web", index["manifests"][0]["digest"]).body)
    config = json.loads(first.store.blob("acme/web", child["config"]["digest"]))
    assert config["config"]["Labels"] == {
        "org.opencontainers.image.revision": "5f3c2a1",
        "org.opencontainers.image.created": "2026-11-23T09:00:00Z",
    }


def test_tags_move_and_go() -> None:
    registry = new_registry()
    first = registry.push_image("acme/web", "v1", revision="a")
    second = registry.push_image("acme/web", "v2", revision="b")
    registry.move_tag("acme/web", "v1", second)
    assert registry.store.manifest("acme/web", "v1").digest == second != first
    registry.delete_tag("acme/web", "v1")
    with pytest.raises(RegistryError, match="MANIFEST_UNKNOWN"):
        registry.store.manifest("acme/web", "v1")
    with pytest.raises(RegistryError, match="NAME_UNKNOWN"):
        registry.delete_tag("acme/none", "v1")


@pytest.mark.parametrize(
    ("repository", "reference", "body", "code"),
    [
        ("Acme/web", "v1", b"{}", "NAME_INVALID"),
        ("acme/web", "-v1", b"{}", "TAG_INVALID"),
        ("acme/web", f"sha256:{'0' * 64}", b"{}", "DIGEST_INVALID"),
        ("acme/web", "v1", b"[]", "MANIFEST_INVALID"),
        ("acme/web", "v1", b'{"manifests": [{"digest": "sha256:0"}]}', "MANIFEST_UNKNOWN"),
        ("acme/web", "v1", b'{"config": {"digest": "sha256:0"}}', "MANIFEST_BLOB_UNKNOWN"),
    ],
)
def test_invalid_pushes_are_refused(repository: str, reference: str, body: bytes, code: str) -> None:
    with pytest.raises(RegistryError, match=code):
        new_registry().push_manifest(repository, reference, Manifest(MediaType.OCI_MANIFEST, body))


async def test_blobs_are_uploaded_in_every_way() -> None:
    registry = new_registry()
    uploads = "/v2/acme/web/blobs/uploads/"
    async with talking_to(registry) as session:
        async with session.post(f"{uploads}?digest={DIGEST}", data=HELLO) as answer:
            assert (answer.status, answer.headers["Docker-Content-Digest"]) == (201, DIGEST)

        async with session.post(uploads.replace("web", "api")) as answer:
            location = answer.headers["Location"]
        async with session.patch(location, data=HELLO[:2], headers={"Content-Range": "0-1"}) as answer:
            assert (answer.status, answer.headers["Range"]) == (202, "0-1")
        async with session.patch(location, data=HELLO[2:], headers={"Content-Range": "7-9"}) as answer:
            assert answer.status == 416
        async with session.get(location) as answer:
            assert (answer.status, answer.headers["Range"]) == (204, "0-1")
        async with session.put(f"{location}?digest={DIGEST}", data=b"wrong") as answer:
            assert (answer.status, await code_of(answer)) == (400, "DIGEST_INVALID")
        async with session.put(f"{location}?digest={DIGEST}", data=HELLO[2:]) as answer:
            assert answer.status == 201
        async with session.get(location) as answer:
            assert (answer.status, await code_of(answer)) == (404, "BLOB_UPLOAD_UNKNOWN")

        mounted = f"/v2/acme/other/blobs/uploads/?mount={DIGEST}&from=acme/web"
        async with session.post(mounted) as answer:
            assert answer.status == 201
        async with session.post(mounted.replace("acme/web", "acme/none")) as answer:
            assert answer.status == 202
            location = answer.headers["Location"]
        async with session.delete(location) as answer:
            assert answer.status == 204

        async with session.get(f"/v2/acme/other/blobs/{DIGEST}") as answer:
            assert await answer.read() == HELLO
        async with session.head(f"/v2/acme/other/blobs/{DIGEST}") as answer:
            assert answer.headers["Content-Length"] == "5"


async def test_manifests_are_pushed_and_the_oldest_clients_get_their_platform() -> None:
    built = new_registry()
    digest = built.push_image("acme/web", "v1", platforms=("linux/amd64",))
    child = built.store.manifest("acme/web", digest)
    described = {"mediaType": child.media_type, "digest": digest, "size": len(child.body)}
    platforms = [{"os": "linux", "architecture": "arm64"}, {"os": "linux", "architecture": "amd64"}]
    children = [described | {"platform": platform} for platform in platforms]
    listed = {"schemaVersion": 2, "manifests": children}
    manifests = "/v2/acme/web/manifests"
    async with talking_to(built) as session:

        async def put(reference: str, media_type: str, document: object) -> int:
            headers = {"Content-Type": media_type}
            async with session.put(f"{manifests}/{reference}", json=document, headers=headers) as answer:
                return answer.status

        assert await put("list", MediaType.DOCKER_LIST, listed) == 201
        assert await put("list", "application/json", listed) == 400
        async with session.get(f"{manifests}/list") as answer:
            assert answer.headers["Docker-Content-Digest"] == digest
        assert await put("arm", MediaType.DOCKER_LIST, listed | {"manifests": children[:1]}) == 201
        async with session.get(f"{manifests}/arm") as answer:
            assert (answer.status, await code_of(answer)) == (404, "MANIFEST_UNKNOWN")
        async with session.get(f"/v2/acme/web/blobs/{DIGEST}") as answer:
            assert (answer.status, await code_of(answer)) == (404, "BLOB_UNKNOWN")


async def code_of(answer: aiohttp.ClientResponse) -> str:
    return str((await answer.json())["errors"][0]["code"])


async def test_manifests_are_read_by_what_the_client_accepts() -> None:
    registry = new_registry()
    digest = registry.push_image("acme/web", "v1")
    async with talking_to(registry) as session:
        async with session.head("/v2/acme/web/manifests/v1", headers=ACCEPT) as answer:
            assert (answer.status, answer.headers["Docker-Content-Digest"]) == (200, digest)
            assert answer.headers["Content-Type"] == MediaType.OCI_INDEX
        async with session.get(f"/v2/acme/web/manifests/{digest}", headers=ACCEPT) as answer:
            assert hashlib.sha256(await answer.read()).hexdigest() == digest.removeprefix("sha256:")
        async with session.get("/v2/acme/web/manifests/v1", headers={"Accept": "*/*"}) as answer:
            assert (answer.status, await code_of(answer)) == (404, "MANIFEST_UNKNOWN")
        async with session.delete("/v2/acme/web/manifests/v1") as answer:
            assert (answer.status, await code_of(answer)) == (405, "UNSUPPORTED")
        async with session.delete(f"/v2/acme/web/manifests/{digest}") as answer:
            assert answer.status == 202
        async with session.get("/v2/acme/web/manifests/v1", headers=ACCEPT) as answer:
            assert answer.status == 404


async def test_tags_are_paged() -> None:
    registry = new_registry(tag_page=2)
    for tag in ("c", "a", "b"):
        registry.push_image("acme/web", tag)
    async with talking_to(registry) as session:
        async with session.get("/v2/acme/web/tags/list?n=100") as answer:
            assert await answer.json() == {"name": "acme/web", "tags": ["a", "b"]}
            assert answer.headers["Link"] == '</v2/acme/web/tags/list?last=b&n=2>; rel="next"'
        async with session.get("/v2/acme/web/tags/list?last=b&n=2") as answer:
            assert (await answer.json())["tags"] == ["c"]
            assert "Link" not in answer.headers
        async with session.get("/v2/_catalog") as answer:
            assert await answer.json() == {"repositories": ["acme/web"]}


USERS = {"bot": "s3cret"}


async def test_passwords_are_asked_for() -> None:
    registry = new_registry(access=Access(challenge=Challenge.BASIC, users=USERS))
    registry.push_image("acme/web", "v1")
    async with talking_to(registry) as session:
        async with session.get("/v2/acme/web/tags/list") as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Basic realm="basic-realm"')
        for password, status in [("s3cret", 200), ("wrong", 401)]:
            login = {"Authorization": aiohttp.encode_basic_auth("bot", password)}
            async with session.get("/v2/acme/web/tags/list", headers=login) as answer:
                assert answer.status == status
        async with session.get("/v2/", headers={"Authorization": "Basic ###"}) as answer:
            assert answer.status == 401


async def test_tokens_open_what_they_were_asked_for() -> None:
    access = Access(challenge=Challenge.TOKEN, pulls=Pulls.ANYONE, users=USERS, refresh_tokens={"again": "bot"})
    registry = new_registry(access=access)
    registry.push_image("acme/web", "v1")
    async with talking_to(registry) as session:

        async def token(scope: str, **headers: str) -> str:
            async with session.get("/token", params={"scope": scope}, headers=headers) as answer:
                return str((await answer.json())["token"])

        async def status(method: str, path: str, bearer: str) -> int:
            headers = {"Authorization": f"Bearer {bearer}"}
            async with session.request(method, path, headers=headers) as answer:
                return answer.status

        pull = "repository:acme/web:pull"
        async with session.get("/v2/acme/web/tags/list") as answer:
            assert answer.headers["WWW-Authenticate"].endswith(f'/token",service="registry",scope="{pull}"')
        anonymous = await token(f"{pull},push")
        assert await status("GET", "/v2/acme/web/tags/list", anonymous) == 200
        assert await status("GET", "/v2/acme/api/tags/list", anonymous) == 401
        assert await status("POST", "/v2/acme/web/blobs/uploads/", anonymous) == 401
        known = await token(f"{pull},push", Authorization=aiohttp.encode_basic_auth("bot", "s3cret"))
        assert await status("POST", "/v2/acme/web/blobs/uploads/", known) == 202
        assert await status("GET", "/v2/", known) == 200
        registry.authenticator.revoke_tokens()
        assert await status("GET", "/v2/", known) == 401

        login = {"Authorization": aiohttp.encode_basic_auth("bot", "wrong")}
        async with session.get("/token", headers=login) as answer:
            assert answer.status == 401
        form = {"grant_type": "refresh_token", "refresh_token": "again", "scope": pull}
        async with session.post("/token", data=form) as answer:
            assert await status("GET", "/v2/acme/web/tags/list", (await answer.json())["access_token"]) == 200
        async with session.post("/token", data=form | {"refresh_token": "wrong"}) as answer:
            assert answer.status == 401


async def test_notifications_name_each_child_and_the_tag_last() -> None:
    registry, receiver = new_registry(public_host="ghcr.io"), Receiver()
    async with talking_to(registry), receiver.listening(registry):
        digest = registry.push_image("acme/web", "v1")
        registry.delete_tag("acme/web", "v1")
        await registry.notified()
    assert receiver.seen == [
        ("push", "v1+json", None),
        ("push", "v1+json", None),
        ("push", "v1+json", "v1"),
        ("delete", "", "v1"),
    ]
    target = receiver.events[2]["target"]
    assert isinstance(target, dict)
    assert target["url"] == f"http://ghcr.io/v2/acme/web/manifests/{digest}"
    assert set(receiver.headers) == {"Bearer secret"}


async def test_a_refused_notification_comes_again_under_its_id() -> None:
    registry, receiver = new_registry(), Receiver(refusals=[500, 404])
    async with talking_to(registry), receiver.listening(registry):
        registry.push_image("acme/web", "v1", platforms=("linux/amd64",))
        await registry.notified()
    assert len(receiver.ids) == 3
    assert len(set(receiver.ids)) == 1
    assert receiver.seen == [("push", "v1+json", "v1")]


async def test_undelivered_notifications_are_lost_when_the_registry_stops(unused_tcp_port: int) -> None:
    registry = new_registry()
    registry.notify(Endpoint(f"http://127.0.0.1:{unused_tcp_port}/hook", backoff=0.01))
    async with talking_to(registry):
        registry.push_image("acme/web", "v1")
        await asyncio.sleep(0.05)
    await registry.notified()


async def test_an_endpoint_can_receive_all_events() -> None:
    access = Access(challenge=Challenge.BASIC, users=USERS)
    registry, receiver = new_registry(access=access), Receiver()
    login = {"Authorization": aiohttp.encode_basic_auth("bot", "s3cret")}
    async with talking_to(registry) as session, receiver.listening(registry, Events.ALL):
        await session.post(f"/v2/acme/web/blobs/uploads/?digest={DIGEST}", data=HELLO, headers=login)
        await session.get(f"/v2/acme/web/blobs/{DIGEST}", headers=login)
        await registry.notified()
    assert [action for action, _, _ in receiver.seen] == ["push", "pull"]
    assert receiver.events[0]["actor"] == {"name": "bot"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.TOO_MANY_REQUESTS, 429),
        (Fault.SERVER_ERROR, 500),
        (Fault.UNAVAILABLE, 503),
        (Fault.GARBAGE, 200),
    ],
)
async def test_faults_apply_as_often_as_set(fault: Fault, status: int) -> None:
    registry = new_registry()
    registry.push_image("acme/web", "v1")
    registry.faults.add(fault, path="/tags/", times=2)
    async with talking_to(registry) as session:
        for expected in (status, status, 200):
            async with session.get("/v2/acme/web/tags/list") as answer:
                assert answer.status == expected
        async with session.get("/v2/") as answer:
            assert answer.status == 200
    assert registry.requests[0] == Request("GET", "/v2/acme/web/tags/list", "", status)


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.SLOW, Fault.ENDLESS])
async def test_faults_that_never_answer(fault: Fault) -> None:
    registry = new_registry()
    registry.faults.add(fault)
    async with talking_to(registry) as session:
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            async with asyncio.timeout(0.2), session.get("/v2/") as answer:
                await answer.read()
        registry.faults.clear()
        async with session.get("/v2/") as answer:
            assert answer.status == 200


async def test_blobs_may_be_in_an_object_store() -> None:
    registry = new_registry()
    registry.store.put_blob("acme/web", HELLO)
    registry.pulls.blob_base = ""
    async with talking_to(registry) as session:
        async with session.get(f"/v2/acme/web/blobs/{DIGEST}") as answer:
            assert (await answer.read(), answer.url.path) == (HELLO, f"/storage/acme/web/{DIGEST}")
        async with session.get(f"/storage/acme/web/{DIGEST}", headers={"Authorization": "Bearer x"}) as answer:
            assert answer.status == 400
