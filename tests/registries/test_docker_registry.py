"""The same client and the same hook against Debian's docker-registry, filled by skopeo and over HTTP.

And the simulated registry beside it: what skopeo does to one it does to the other, and both answer alike.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.registries.hooks.hook import Hint
from bot.registries.hosts import Hosts
from bot.registries.keychain import Keychain
from bot.registries.oci import Registries
from bot.simulator.registry import Access, Challenge, Manifest, Mark, MediaType, Paging, Registry
from tests.registries.docker_registry import LOGIN, PASSWORD, USER, DockerRegistry, docker_registry, run
from tests.registries.hook_calls import route
from tests.registries.kit import COMMIT, LIMITS, Clock, authority_of, serving

pytestmark = pytest.mark.registry

SECRET = "correct horse"
BUILT = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)
PLATFORMS = ("linux/amd64", "linux/arm64")


@dataclass(slots=True)
class Receiver:
    """Takes notifications as our server would. refusals: how many to answer with 500 first."""

    refusals: int = 0
    events: list[dict[str, object]] = field(default_factory=list)
    refused: list[object] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    hinted: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        events = json.loads(body)["events"]
        if self.refusals:
            self.refusals -= 1
            self.refused += [event["id"] for event in events]
            return web.Response(status=500)
        found = await route("distribution", request.headers, body, {"distribution": SECRET})
        assert isinstance(found, tuple), found
        self.events += events
        self.hints += found
        if found:
            self.hinted.set()
        return web.Response(status=202)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def real(receiver: Receiver, tmp_path: Path) -> AsyncIterator[DockerRegistry]:
    async with (
        serving(web.post("/hooks/distribution", receiver.receive)) as url,
        docker_registry(tmp_path, f"{url}/hooks/distribution", SECRET) as started,
    ):
        yield started


@pytest.fixture
def built() -> Registry:
    """Images to push: `v1.5.0` for two platforms, `v1.4.0` for one."""
    registry = Registry(now=Clock().now)
    registry.push_image("acme/web", "v1.5.0", platforms=PLATFORMS, revision=COMMIT, created=BUILT)
    registry.push_image(
        "acme/web", "v1.4.0", platforms=("linux/amd64",), revision=COMMIT, created=BUILT, mark=Mark.MANIFEST
    )
    return registry


@pytest.fixture
def asked(real: DockerRegistry, session: aiohttp.ClientSession, tmp_path: Path) -> Registries:
    return asking(real, session, tmp_path, PASSWORD)


def asking(real: DockerRegistry, session: aiohttp.ClientSession, folder: Path, password: str) -> Registries:
    login = {"auth": base64.b64encode(f"{USER}:{password}".encode()).decode()}
    config = folder / "docker-config.json"
    config.write_text(json.dumps({"auths": {real.host: login}}))
    hosts = Hosts(allow=frozenset({real.host}))
    return Registries(session, hosts=hosts, keychain=Keychain(config), runtime=Clock().runtime(), limits=LIMITS)


async def test_tags_and_artifacts(
    real: DockerRegistry, built: Registry, asked: Registries, session: aiohttp.ClientSession
) -> None:
    image = f"{real.host}/acme/web"
    assert await asked.tags(image) == Missing(image, None)
    index = await real.push(session, built.store, "acme/web", "v1.5.0")
    single = await real.push(session, built.store, "acme/web", "v1.4.0")
    found = await asked.tags(image)
    assert isinstance(found, Tags)
    assert sorted(found.tags) == ["v1.4.0", "v1.5.0"]
    assert await asked.artifacts(image, ["v1.5.0", "v1.4.0", "v9"]) == (
        Artifact(image, "v1.5.0", index, PLATFORMS, COMMIT, BUILT),
        Artifact(image, "v1.4.0", single, ("linux/amd64",), COMMIT, BUILT),
        Missing(image, "v9"),
    )
    await real.delete(session, "acme/web", index)
    assert await asked.artifact(image, "v1.5.0") == Missing(image, "v1.5.0")


async def test_a_hundred_tags(
    real: DockerRegistry, built: Registry, asked: Registries, session: aiohttp.ClientSession
) -> None:
    await real.push(session, built.store, "acme/web", "v1.4.0")
    body = built.store.manifest("acme/web", "v1.4.0").body
    for number in range(100):
        url = f"http://{real.host}/v2/acme/web/manifests/build-{number}"
        headers = {"Content-Type": str(MediaType.OCI_MANIFEST), "Authorization": LOGIN}
        async with session.put(url, data=body, headers=headers) as answer:
            assert answer.status == 201
    found = await asked.tags(f"{real.host}/acme/web")
    assert isinstance(found, Tags)
    assert set(found.tags) == {"v1.4.0", *(f"build-{number}" for number in range(100))}


async def test_a_wrong_password(real: DockerRegistry, session: aiohttp.ClientSession, tmp_path: Path) -> None:
    found = await asking(real, session, tmp_path, "hunter2").tags(f"{real.host}/acme/web")
    assert isinstance(found, Unanswered)
    assert "answered 401 (UNAUTHORIZED: authentication required)" in found.reason


async def test_notifications_name_the_image_once_the_tag_is_there(
    real: DockerRegistry, built: Registry, receiver: Receiver, session: aiohttp.ClientSession
) -> None:
    receiver.refusals = 2
    await real.push(session, built.store, "acme/web", "v1.5.0")
    async with asyncio.timeout(20):
        await receiver.hinted.wait()
    assert receiver.hints == [Hint(f"{real.host}/acme/web")]
    # What was refused came again, under the same id; blobs and the children came without making a hint.
    assert len(receiver.refused) == 2
    assert set(receiver.refused) <= {event["id"] for event in receiver.events}
    assert len(receiver.events) > 3


@pytest.mark.parametrize("challenge", list(Challenge))
async def test_skopeo_carries_an_image_between_the_two(
    challenge: Challenge,
    real: DockerRegistry,
    built: Registry,
    asked: Registries,
    session: aiohttp.ClientSession,
) -> None:
    """Simulator → docker-registry → simulator: the digest survives, so every byte did."""
    access = Access(challenge=challenge, users={USER: PASSWORD})
    simulated = Registry(now=Clock().now, access=access)
    digest = simulated.push_image("acme/web", "v1.5.0", platforms=PLATFORMS, revision=COMMIT, created=BUILT)
    login = f"{USER}:{PASSWORD}"
    plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
    async with simulated.serve() as url:
        host = authority_of(url)
        source = f"docker://{host}/acme/web:v1.5.0"
        there, back = f"docker://{real.host}/acme/web:v1.5.0", f"docker://{host}/acme/copy:v1.5.0"
        simulated_login = [] if challenge is Challenge.NONE else [login]
        from_simulated = [f"--src-creds={one}" for one in simulated_login]
        to_simulated = [f"--dest-creds={one}" for one in simulated_login]
        await run("skopeo", "copy", "--all", *plain, *from_simulated, f"--dest-creds={login}", source, there)
        await run("skopeo", "copy", "--all", *plain, f"--src-creds={login}", *to_simulated, there, back)
    assert simulated.store.manifest("acme/copy", "v1.5.0").digest == digest
    image = f"{real.host}/acme/web"
    assert await asked.artifact(image, "v1.5.0") == Artifact(image, "v1.5.0", digest, PLATFORMS, COMMIT, BUILT)


OCI_INDEX, OCI_MANIFEST = str(MediaType.OCI_INDEX), str(MediaType.OCI_MANIFEST)
DOCKER_LIST, DOCKER_MANIFEST = str(MediaType.DOCKER_LIST), str(MediaType.DOCKER_MANIFEST)


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/v2/", ""),
        ("GET", "/v2/acme/web/tags/list", ""),
        ("GET", "/v2/acme/none/tags/list", ""),
        ("HEAD", "/v2/acme/web/manifests/v1.5.0", OCI_INDEX),
        ("GET", "/v2/acme/web/manifests/v1.5.0", f"{OCI_MANIFEST}, {OCI_INDEX};q=0.5"),
        ("GET", "/v2/acme/web/manifests/v1.5.0", OCI_MANIFEST),
        ("GET", "/v2/acme/web/manifests/v1.5.0", "*/*"),
        ("HEAD", "/v2/acme/web/manifests/v1.5.0", ""),
        ("GET", "/v2/acme/web/manifests/v1.4.0", OCI_MANIFEST),
        ("GET", "/v2/acme/web/manifests/v1.4.0", OCI_INDEX),
        ("GET", "/v2/acme/web/manifests/list", DOCKER_LIST),
        ("GET", "/v2/acme/web/manifests/list", DOCKER_MANIFEST),
        ("GET", "/v2/acme/web/manifests/v9", OCI_INDEX),
        ("GET", f"/v2/acme/web/manifests/sha256:{'0' * 64}", OCI_INDEX),
        ("GET", f"/v2/acme/web/blobs/sha256:{'0' * 64}", ""),
        ("DELETE", f"/v2/acme/web/manifests/sha256:{'0' * 64}", ""),
        ("PUT", "/v2/acme/web/manifests/broken", ""),
    ],
)
async def test_both_answer_alike(
    method: str, path: str, accept: str, real: DockerRegistry, session: aiohttp.ClientSession
) -> None:
    simulated = Registry(
        now=Clock().now, paging=Paging.IGNORED, access=Access(challenge=Challenge.BASIC, users={USER: PASSWORD})
    )
    simulated.push_image("acme/web", "v1.5.0", platforms=PLATFORMS, created=BUILT)
    simulated.push_image("acme/web", "v1.4.0", platforms=("linux/amd64",), created=BUILT)
    push_docker_list(simulated)
    for tag in ("v1.5.0", "v1.4.0", "docker", "list"):
        await real.push(session, simulated.store, "acme/web", tag)

    async def answer(base: str, login: dict[str, str]) -> tuple[object, ...]:
        headers = login | {"Accept": accept or "application/json"}
        content = {"Content-Type": OCI_MANIFEST} if method == "PUT" else {}
        sent = b'{"schemaVersion": 2' if method == "PUT" else None
        async with session.request(method, base + path, headers=headers | content, data=sent) as got:
            return shape(got.status, got.headers, await got.read())

    async with simulated.serve() as url:
        for login in ({"Authorization": LOGIN}, {}):
            assert await answer(url, login) == await answer(f"http://{real.host}", login)


def push_docker_list(simulated: Registry) -> None:
    """A Docker manifest list over one Docker manifest, as `list`."""
    document = json.loads(simulated.store.manifest("acme/web", "v1.4.0").body)
    document["mediaType"] = DOCKER_MANIFEST
    document["config"]["mediaType"] = str(MediaType.DOCKER_CONFIG)
    document["layers"][0]["mediaType"] = str(MediaType.DOCKER_LAYER)
    body = json.dumps(document).encode()
    digest = simulated.push_manifest("acme/web", "docker", Manifest(DOCKER_MANIFEST, body))
    entry = {
        "mediaType": DOCKER_MANIFEST,
        "digest": digest,
        "size": len(body),
        "platform": {"os": "linux", "architecture": "amd64"},
    }
    listed = json.dumps({"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": [entry]}).encode()
    simulated.push_manifest("acme/web", "list", Manifest(DOCKER_LIST, listed))


def shape(status: int, headers: Mapping[str, str], body: bytes) -> tuple[object, ...]:
    """What must agree: the status, the headers that the specification names, and the content or its error code."""
    named = tuple(headers.get(name) for name in ("Docker-Content-Digest", "WWW-Authenticate", "Content-Length"))
    if status >= 400:
        named = named[:2]
        content: object = json.loads(body)["errors"][0]["code"] if body else None
    elif b'"tags"' in body:
        named, content = named[:2], sorted(json.loads(body)["tags"])
    else:
        content = body
    return status, named, content
