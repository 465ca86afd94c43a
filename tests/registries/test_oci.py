"""Tags and artifacts of a registry that answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.registries.oci import Registries
from bot.simulator.registry import Fault, Manifest, Mark, MediaType, Paging, Registry
from tests.registries.kit import COMMIT, IMAGE, LIMITS, NOW, Clock, client, serving

BUILT = datetime(2026, 11, 20, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def registry(clock: Clock) -> Registry:
    return Registry(now=clock.now, public_host="ghcr.io", tag_page=2)


@pytest.fixture
async def asked(registry: Registry, session: aiohttp.ClientSession) -> AsyncIterator[Registries]:
    async with registry.serve() as url:
        yield client(session, url)


def paths(registry: Registry) -> list[str]:
    return [f"{request.method} {request.path}" for request in registry.requests]


@pytest.mark.parametrize("paging", list(Paging))
async def test_tags_are_read_page_by_page(paging: Paging, registry: Registry, asked: Registries) -> None:
    registry.pulls.paging = paging
    tags = [f"v1.{number}.0" for number in range(5)]
    for tag in tags:
        registry.push_image("acme/web", tag)
    found = await asked.tags(IMAGE)
    assert isinstance(found, Tags)
    assert sorted(found.tags) == tags
    assert len(registry.requests) == (1 if paging is Paging.IGNORED else 3)


async def test_a_repository_without_tags_has_none(registry: Registry, asked: Registries) -> None:
    registry.pulls.paging = Paging.IGNORED
    registry.push_image("acme/web", "v1")
    registry.delete_tag("acme/web", "v1")
    assert await asked.tags(IMAGE) == Tags(IMAGE, ())


async def test_an_image_that_was_never_pushed_is_missing(asked: Registries) -> None:
    assert await asked.tags(IMAGE) == Missing(IMAGE, None)
    assert await asked.artifact(IMAGE, "v1") == Missing(IMAGE, "v1")


@pytest.mark.parametrize("mark", list(Mark))
async def test_an_index_tells_platforms_revision_and_date(mark: Mark, registry: Registry, asked: Registries) -> None:
    digest = registry.push_image(
        "acme/web", "v1.5.0", platforms=("linux/arm64", "linux/amd64"), revision=COMMIT, created=BUILT, mark=mark
    )
    found = await asked.artifact(IMAGE, "v1.5.0")
    assert found == Artifact(IMAGE, "v1.5.0", digest, ("linux/amd64", "linux/arm64"), COMMIT, BUILT)
    # An index that says all itself costs one document; else one image of it is asked too.
    assert len(registry.requests) == {Mark.INDEX: 2, Mark.MANIFEST: 4, Mark.LABEL: 4}[mark]


@pytest.mark.parametrize("mark", [Mark.LABEL, Mark.MANIFEST])
async def test_a_single_manifest_tells_its_platform(mark: Mark, registry: Registry, asked: Registries) -> None:
    digest = registry.push_image(
        "acme/web", "v1", platforms=("linux/arm/v7",), revision=COMMIT, created=BUILT, mark=mark
    )
    found = await asked.artifact(IMAGE, "v1")
    assert found == Artifact(IMAGE, "v1", digest, ("linux/arm/v7",), COMMIT, BUILT)


async def test_attestations_do_not_count_as_platforms(registry: Registry, asked: Registries) -> None:
    child = registry.push_image("acme/web", "amd64", platforms=("linux/amd64",), created=BUILT)
    size = len(registry.store.manifest("acme/web", child).body)
    entry = {"mediaType": MediaType.OCI_MANIFEST, "digest": child, "size": size}
    index = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_INDEX,
        "manifests": [
            entry | {"platform": {"os": "unknown", "architecture": "unknown"}},
            entry | {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            entry,
        ],
    }
    registry.push_manifest("acme/web", "v1", Manifest(MediaType.OCI_INDEX, json.dumps(index).encode()))
    found = await asked.artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    # The last entry names no platform, and the config of its image does.
    assert found.platforms == ("linux/amd64", "linux/arm64")


async def test_platforms_missing_from_an_index_are_read_from_its_images(registry: Registry, asked: Registries) -> None:
    """Then `platforms` of a policy could never be met (skopeo#901)."""
    entries = []
    for platform in ("linux/arm64", "linux/amd64"):
        tag = platform.replace("/", "-")
        child = registry.push_image("acme/web", tag, platforms=(platform,), revision=COMMIT, created=BUILT)
        entries.append({"mediaType": MediaType.OCI_MANIFEST, "digest": child, "size": 7})
    entries.append(entries[0] | {"digest": _push_chart(registry, "sbom")})
    index = {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": entries}
    digest = registry.push_manifest("acme/web", "v1", Manifest(MediaType.OCI_INDEX, json.dumps(index).encode()))
    expected = Artifact(IMAGE, "v1", digest, ("linux/amd64", "linux/arm64"), COMMIT, BUILT)
    assert await asked.artifact(IMAGE, "v1") == expected
    before = len(registry.requests)
    assert await asked.artifact(IMAGE, "v1") == expected
    assert len(registry.requests) == before + 1, "the images are looked at once"


async def test_nested_indexes_are_skipped_and_large_ones_are_read_in_part(
    registry: Registry, session: aiohttp.ClientSession
) -> None:
    empty = json.dumps({"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": []}).encode()
    inner = registry.push_manifest("acme/web", "inner", Manifest(MediaType.OCI_INDEX, empty))
    children = [registry.push_image("acme/web", f"c{number}", platforms=(f"linux/{number}",)) for number in range(4)]
    entries = [{"mediaType": MediaType.OCI_MANIFEST, "digest": each, "size": 7} for each in (inner, *children)]
    index = {"schemaVersion": 2, "mediaType": MediaType.OCI_INDEX, "manifests": entries}
    registry.push_manifest("acme/web", "v1", Manifest(MediaType.OCI_INDEX, json.dumps(index).encode()))
    async with registry.serve() as url:
        found = await client(session, url, limits=replace(LIMITS, children=3)).artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.platforms == ("linux/0", "linux/1")


async def test_dockers_own_formats_are_read(registry: Registry, asked: Registries) -> None:
    registry.push_image("acme/web", "oci", platforms=("linux/amd64",), revision=COMMIT, created=BUILT)
    document = json.loads(registry.store.manifest("acme/web", "oci").body)
    document["mediaType"] = MediaType.DOCKER_MANIFEST
    document["config"]["mediaType"] = MediaType.DOCKER_CONFIG
    body = json.dumps(document).encode()
    digest = registry.push_manifest("acme/web", "v2", Manifest(MediaType.DOCKER_MANIFEST, body))
    assert await asked.artifact(IMAGE, "v2") == Artifact(IMAGE, "v2", digest, ("linux/amd64",), COMMIT, BUILT)
    platform = {"os": "linux", "architecture": "amd64"}
    entry = {"mediaType": MediaType.DOCKER_MANIFEST, "digest": digest, "size": len(body), "platform": platform}
    listed = json.dumps({"schemaVersion": 2, "mediaType": MediaType.DOCKER_LIST, "manifests": [entry]}).encode()
    digest = registry.push_manifest("acme/web", "list", Manifest(MediaType.DOCKER_LIST, listed))
    assert await asked.artifact(IMAGE, "list") == Artifact(IMAGE, "list", digest, ("linux/amd64",), COMMIT, BUILT)


async def test_a_chart_runs_nowhere(registry: Registry, asked: Registries) -> None:
    digest = _push_chart(registry, "1.0.0")
    assert await asked.artifact(IMAGE, "1.0.0") == Artifact(IMAGE, "1.0.0", digest, (), None, BUILT)


def _push_chart(registry: Registry, tag: str) -> str:
    config = registry.store.put_blob("acme/web", b'{"name": "web"}')
    document = {
        "schemaVersion": 2,
        "mediaType": MediaType.OCI_MANIFEST,
        "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": config, "size": 15},
        "layers": [],
        "annotations": {"org.opencontainers.image.created": "2026-11-20T12:00:05Z"},
    }
    return registry.push_manifest("acme/web", tag, Manifest(MediaType.OCI_MANIFEST, json.dumps(document).encode()))


async def test_charts_are_distinguished_from_images(registry: Registry, asked: Registries) -> None:
    """`104.1.2_up57.0.3` (helm-controller#1099) is `104.1.2+up57.0.3` of a chart, and nothing of an image."""
    _push_chart(registry, "104.1.2_up57.0.3")
    found = await asked.tags(IMAGE)
    assert found == Tags(IMAGE, ("104.1.2_up57.0.3",), charts=True)
    before = len(registry.requests)
    assert await asked.tags(IMAGE) == found
    assert len(registry.requests) == before + 1, "what a repository holds is asked once"
    registry.push_image("acme/api", "1.2.3_amd64")
    assert await asked.tags("ghcr.io/acme/api") == Tags("ghcr.io/acme/api", ("1.2.3_amd64",), charts=False)


async def test_tags_without_build_metadata_cost_no_request(registry: Registry, asked: Registries) -> None:
    _push_chart(registry, "104.1.2")
    registry.push_image("acme/web", "sha_1234567")
    await asked.tags(IMAGE)
    assert len(registry.requests) == 1


async def test_a_repository_that_cannot_be_examined_does_not_count_as_charts(
    registry: Registry, asked: Registries
) -> None:
    _push_chart(registry, "104.1.2_up57.0.3")
    registry.faults.add(Fault.SERVER_ERROR, path="/manifests/", times=1)
    assert await asked.tags(IMAGE) == Tags(IMAGE, ("104.1.2_up57.0.3",), charts=False)
    assert await asked.tags(IMAGE) == Tags(IMAGE, ("104.1.2_up57.0.3",), charts=True)


async def test_a_tag_is_asked_afresh_and_a_digest_once(registry: Registry, asked: Registries) -> None:
    first = registry.push_image("acme/web", "v1", created=BUILT)
    await asked.artifact(IMAGE, "v1")
    registry.requests.clear()
    again = await asked.artifact(IMAGE, "v1")
    assert isinstance(again, Artifact)
    assert again.digest == first
    assert paths(registry) == ["HEAD /v2/acme/web/manifests/v1"]

    second = registry.push_image("acme/web", "v2", created=NOW)
    registry.move_tag("acme/web", "v1", second)
    moved = await asked.artifact(IMAGE, "v1")
    assert isinstance(moved, Artifact)
    assert (moved.digest, moved.created) == (second, NOW)

    registry.delete_tag("acme/web", "v1")
    assert await asked.artifact(IMAGE, "v1") == Missing(IMAGE, "v1")


async def test_a_tag_whose_manifest_vanished_is_unanswered(registry: Registry, asked: Registries) -> None:
    digest = registry.push_image("acme/web", "v1", created=BUILT)
    child = json.loads(registry.store.manifest("acme/web", digest).body)["manifests"][0]["digest"]
    registry.store.delete_manifest("acme/web", child)
    found = await asked.artifact(IMAGE, "v1")
    assert isinstance(found, Unanswered)
    assert "but does not have it" in found.reason


async def test_many_images_are_asked_for_in_order(registry: Registry, asked: Registries) -> None:
    registry.push_image("acme/web", "v1")
    registry.push_image("acme/api", "v1")
    found = await asked.observe({IMAGE: frozenset({"v2", "v1"}), "ghcr.io/acme/api": frozenset({"v1"})})
    assert [(type(one), one.image, one.tag) for one in found] == [
        (Artifact, "ghcr.io/acme/api", "v1"),
        (Artifact, IMAGE, "v1"),
        (Missing, IMAGE, "v2"),
    ]


async def test_config_blobs_may_come_from_the_registrys_own_store(registry: Registry, asked: Registries) -> None:
    # A path on the registry's own host; other hosts are in test_registry_hosts.py.
    registry.pulls.blob_base = ""
    registry.push_image("acme/web", "v1", revision=COMMIT, created=BUILT)
    found = await asked.artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.revision == COMMIT
    assert any(request.path.startswith("/storage/") for request in registry.requests)


async def test_a_registry_without_content_digest_is_asked_for_the_bytes(session: aiohttp.ClientSession) -> None:
    store = Registry(now=Clock().now)
    digest = store.push_image("acme/web", "v1", created=BUILT, mark=Mark.INDEX, revision=COMMIT)

    async def manifest(request: web.Request) -> web.Response:
        found = store.store.manifest("acme/web", request.match_info["reference"])
        return web.Response(body=found.body, content_type=found.media_type)

    async with serving(web.get("/v2/acme/web/manifests/{reference}", manifest)) as url:
        found = await client(session, url).artifact(IMAGE, "v1")
    assert isinstance(found, Artifact)
    assert found.digest == digest


async def test_a_mirrors_path_precedes_the_repository(session: aiohttp.ClientSession, clock: Clock) -> None:
    registry = Registry(now=clock.now)
    registry.push_image("cache/acme/web", "v1", created=BUILT)
    async with registry.serve() as url:
        found = await client(session, f"{url}/cache/").tags(IMAGE)
    assert found == Tags(IMAGE, ("v1",))


async def test_concurrent_requests_to_one_host_are_limited(session: aiohttp.ClientSession) -> None:
    running = most = 0

    async def head(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return web.json_response({"errors": [{"code": "MANIFEST_UNKNOWN"}]}, status=404)

    async with serving(web.get("/v2/acme/web/manifests/{reference}", head)) as url:
        asked = client(session, url, limits=replace(LIMITS, parallel=3))
        found = await asked.artifacts(IMAGE, [f"v{number}" for number in range(12)])
    assert found == tuple(Missing(IMAGE, f"v{number}") for number in range(12))
    assert most == 3


@pytest.mark.parametrize("tag", ["", "a/b", "v1?x=1", "-rc", "ü"])
async def test_invalid_tags_are_not_requested(tag: str, registry: Registry, asked: Registries) -> None:
    found = await asked.artifact(IMAGE, tag)
    assert isinstance(found, Unanswered)
    assert "cannot be a tag" in found.reason
    assert registry.requests == []


async def test_a_digest_can_be_requested_like_a_tag(registry: Registry, asked: Registries) -> None:
    digest = registry.push_image("acme/web", "v1", revision=COMMIT)
    registry.push_image("acme/web", "v1", revision=COMMIT, labels={"again": "yes"})
    found = await asked.artifact(IMAGE, digest)
    assert isinstance(found, Artifact)
    assert (found.tag, found.digest, found.revision) == (digest, digest, COMMIT)
    absent = f"sha256:{'0' * 64}"
    assert await asked.artifact(IMAGE, absent) == Missing(IMAGE, absent)


async def test_an_answer_with_another_digest_is_rejected(session: aiohttp.ClientSession) -> None:
    wanted, other = f"sha256:{'0' * 64}", f"sha256:{'1' * 64}"

    async def manifest(_: web.Request) -> web.Response:
        return web.Response(headers={"Docker-Content-Digest": other})

    async with serving(web.get(f"/v2/acme/web/manifests/{wanted}", manifest)) as url:
        found = await client(session, url).artifact(IMAGE, wanted)
    assert isinstance(found, Unanswered)
    assert "with a different digest" in found.reason


async def test_a_known_digest_for_other_bytes_is_rejected(session: aiohttp.ClientSession) -> None:
    """What stands behind the digest was looked at before, so these bytes are checked here or nowhere."""
    store = Registry(now=Clock().now)
    honest = store.push_image("acme/web", "v1", created=BUILT, mark=Mark.INDEX, revision=COMMIT)
    store.push_image("acme/web", "v2", created=NOW, mark=Mark.INDEX, revision=COMMIT)

    async def manifest(request: web.Request) -> web.Response:
        found = store.store.manifest("acme/web", request.match_info["reference"])
        headers = {"Docker-Content-Digest": honest} if request.method == "GET" else {}
        return web.Response(body=found.body, content_type=found.media_type, headers=headers)

    async with serving(web.get("/v2/acme/web/manifests/{reference}", manifest)) as url:
        asked = client(session, url)
        assert isinstance(await asked.artifact(IMAGE, "v1"), Artifact)
        lie = await asked.artifact(IMAGE, "v2")
    assert isinstance(lie, Unanswered)
    assert "does not match the digest that it names" in lie.reason


async def test_other_bytes_behind_the_digest_of_a_tag_are_rejected(session: aiohttp.ClientSession) -> None:
    """A HEAD names a digest, and a GET of that digest brings other bytes."""
    store = Registry(now=Clock().now)
    store.push_image("acme/web", "v1", created=BUILT)
    other = store.push_image("acme/web", "v2", created=NOW)

    async def manifest(_: web.Request) -> web.Response:
        found = store.store.manifest("acme/web", "v1")
        return web.Response(body=found.body, content_type=found.media_type, headers={"Docker-Content-Digest": other})

    async with serving(web.get("/v2/acme/web/manifests/{reference}", manifest)) as url:
        found = await client(session, url).artifact(IMAGE, "v1")
    assert isinstance(found, Unanswered)
    assert "does not match the digest that it names" in found.reason


async def test_build_times_are_read_once_for_every_image(registry: Registry, asked: Registries) -> None:
    """What a tag said is remembered; what was not there is asked again."""
    worker = "ghcr.io/acme/worker"
    registry.push_image("acme/web", "v1", created=BUILT)
    registry.push_image("acme/worker", "v1", created=BUILT.replace(hour=13))
    registry.push_image("acme/web", "v2", created=BUILT)
    wanted = {IMAGE: frozenset({"v1", "v2"}), worker: frozenset({"v1", "v2"})}
    assert _times(await asked.built(wanted)) == {"web:v1": 12, "worker:v1": 13, "web:v2": 12}
    registry.push_image("acme/worker", "v2", created=BUILT)
    before = len(registry.requests)
    assert _times(await asked.built(wanted)) == {"web:v1": 12, "worker:v1": 13, "web:v2": 12, "worker:v2": 12}
    assert {path.rpartition("/")[2] for path in paths(registry)[before:] if "HEAD" in path} == {"v2"}
    assert not any("/web/" in path for path in paths(registry)[before:])


def _times(seen: tuple[Artifact | Missing | Unanswered, ...]) -> dict[str, int]:
    """The hour at which each was built."""
    found = [each for each in seen if isinstance(each, Artifact) and each.created]
    return {f"{each.image.rpartition('/')[2]}:{each.tag}": each.created.hour for each in found if each.created}
