"""Whether an image has changed since the last poll, with as little as the registry allows."""

import aiohttp
import pytest
from aiohttp import web

from bot.core.values.artifacts import News
from bot.registries.oci import Registries
from tests.registries.kit import IMAGE, client, serving

DIGESTS = {number: f"sha256:{number * 64}" for number in "12"}


class Server:
    """A registry that sends an ETag, if it is told to. asked: the conditions and statuses of all requests."""

    def __init__(self, *tags: str, etags: bool = True) -> None:
        self.tags = [*tags]
        self.etags = etags
        self.digest = DIGESTS["1"]
        self.asked: list[tuple[str, int]] = []
        self.status = 200

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v2/acme/web/tags/list", self.list),
            web.head("/v2/acme/web/manifests/main", self.head),
        ]

    async def list(self, request: web.Request) -> web.Response:
        etag, wanted = f'"{"-".join(self.tags[:3])}"', request.headers.get("If-None-Match", "")
        status = 304 if self.etags and wanted == etag and self.status == 200 else self.status
        self.asked.append((wanted, status))
        headers = {"ETag": etag} if self.etags else {}
        if status == 304:
            return web.Response(status=304, headers=headers)
        if status == 404:
            error = {"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known"}]}
            return web.json_response(error, status=404)
        size, last = int(request.query["n"]), request.query.get("last", "")
        page = [tag for tag in sorted(self.tags) if tag > last][:size]
        if sorted(self.tags)[-1:] != page[-1:]:
            headers["Link"] = f'</v2/acme/web/tags/list?n={size}&last={page[-1]}>; rel="next"'
        return web.json_response({"name": "acme/web", "tags": page}, status=status, headers=headers)

    async def head(self, _request: web.Request) -> web.Response:
        return web.Response(status=self.status, headers={"Docker-Content-Digest": self.digest})


async def polls(registries: Registries, tag: str | None = None) -> News:
    return await registries.poll(IMAGE, tag)


async def test_a_registry_with_etags_is_asked_for_changes_only(session: aiohttp.ClientSession) -> None:
    server = Server("v1")
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        assert [await polls(registries) for _ in range(3)] == [News.FIRST, News.SAME, News.SAME]
        server.tags.append("v2")
        assert [await polls(registries) for _ in range(2)] == [News.CHANGED, News.SAME]
    assert server.asked == [("", 200), ('"v1"', 304), ('"v1"', 304), ('"v1"', 200), ('"v1-v2"', 304)]


async def test_without_etags_the_list_is_compared(session: aiohttp.ClientSession) -> None:
    server = Server("v1", "v2", etags=False)
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        assert await polls(registries) is News.FIRST
        server.tags.reverse()
        assert await polls(registries) is News.SAME
        server.tags = ["v1", "v3"]
        assert await polls(registries) is News.CHANGED
    assert all(wanted == "" for wanted, _ in server.asked)


async def test_a_list_of_several_pages_is_read_to_its_end(session: aiohttp.ClientSession) -> None:
    """Its first page may be unchanged, and so its ETag."""
    server = Server(*(f"v{number:05}" for number in range(1500)))
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        assert await polls(registries) is News.FIRST
        assert await polls(registries) is News.SAME
        server.tags.append("v99999")
        assert await polls(registries) is News.CHANGED
    assert all(wanted == "" for wanted, _ in server.asked)


async def test_an_image_that_appears_or_disappears_is_news(session: aiohttp.ClientSession) -> None:
    server = Server("v1")
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        server.status = 404
        assert await polls(registries) is News.FIRST
        server.status = 200
        assert await polls(registries) is News.CHANGED
        server.status = 404
        assert await polls(registries) is News.CHANGED


@pytest.mark.parametrize("tag", [None, "main"])
async def test_silence_is_no_news_and_forgets_nothing(session: aiohttp.ClientSession, tag: str | None) -> None:
    server = Server("v1")
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        assert await polls(registries, tag) is News.FIRST
        server.status = 500
        assert await polls(registries, tag) is News.SILENT
        server.status = 200
        assert await polls(registries, tag) is News.SAME
    assert await client(session, "http://127.0.0.1:1", allow=frozenset({"quay.io"})).poll(IMAGE, tag) is News.SILENT


async def test_a_followed_tag_that_points_elsewhere_is_news(session: aiohttp.ClientSession) -> None:
    server = Server("main")
    async with serving(*server.routes()) as url:
        registries = client(session, url)
        assert [await polls(registries, "main") for _ in range(2)] == [News.FIRST, News.SAME]
        server.digest = DIGESTS["2"]
        assert [await polls(registries, "main") for _ in range(2)] == [News.CHANGED, News.SAME]
    assert server.asked == []
