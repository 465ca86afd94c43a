"""The read half of the Distribution API: manifests by content negotiation, blobs, and pages of tags."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlencode

from aiohttp import web

from bot.simulator.registry.notifications import RegistryEvent
from bot.simulator.registry.store import LISTS, Manifest, MediaType, RegistryError, Store


class Paging(Enum):
    """How the list of tags is paged. The specification allows all of these, and registries differ."""

    RELATIVE = "Link with a path"
    ABSOLUTE = "Link with a whole URL"
    IGNORED = "everything at once, in no order, whatever was asked: Distribution 2.8.2"


@dataclass(slots=True)
class Pull:
    """The handlers. tag_page: the most tags on one page.

    blob_base: the base URL of an object store to which blobs are redirected, '' for one on the same host; None to serve
    them.
    """

    store: Store
    tell: Callable[[web.Request, RegistryEvent], None]
    paging: Paging = Paging.RELATIVE
    tag_page: int = 1000
    blob_base: str | None = None

    async def base(self, _: web.Request) -> web.Response:
        return web.json_response({})

    async def catalog(self, _: web.Request) -> web.Response:
        return web.json_response({"repositories": sorted(self.store.repositories)})

    async def tags(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        tags = list(self.store.repository(name).tags)
        if self.paging is Paging.IGNORED:
            # 2.8.2 answers null without tags: a nil slice of Go.
            return web.json_response({"name": name, "tags": tags or None})
        last, size = request.query.get("last", ""), min(int(request.query.get("n", self.tag_page)), self.tag_page)
        rest = sorted(tag for tag in tags if tag > last)
        page = rest[:size]
        headers = {}
        if len(rest) > size:
            origin = "" if self.paging is Paging.RELATIVE else f"{request.scheme}://{request.host}"
            query = urlencode({"last": page[-1], "n": size})
            headers["Link"] = f'<{origin}/v2/{name}/tags/list?{query}>; rel="next"'
        return web.json_response({"name": name, "tags": page}, headers=headers)

    async def manifest(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        manifest = self._acceptable(request, name)
        about = RegistryEvent("pull", name, manifest.digest, manifest.media_type, len(manifest.body))
        self.tell(request, about)
        headers = {
            "Content-Type": manifest.media_type,
            "Docker-Content-Digest": manifest.digest,
            "ETag": f'"{manifest.digest}"',
        }
        # aiohttp sends the length and omits the body for HEAD.
        return web.Response(body=manifest.body, headers=headers)

    async def blob(self, request: web.Request) -> web.Response:
        name, digest = request.match_info["name"], request.match_info["digest"]
        body = self.store.blob(name, digest)
        if self.blob_base is not None and request.method == "GET":
            raise web.HTTPTemporaryRedirect(f"{self.blob_base}/storage/{name}/{digest}")
        self.tell(request, RegistryEvent("pull", name, digest, "application/octet-stream", len(body)))
        headers = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
        return web.Response(body=body, headers=headers)

    async def storage(self, request: web.Request) -> web.Response:
        """Serve the object store behind the registry. It needs no login, because its URLs are signed."""
        if "Authorization" in request.headers:
            # As S3 answers when a client forwards the registry's token to it.
            raise web.HTTPBadRequest(text="Only one auth mechanism allowed")
        return web.Response(body=self.store.blob(request.match_info["name"], request.match_info["digest"]))

    def _acceptable(self, request: web.Request, name: str) -> Manifest:
        """Return the manifest in a form that the client accepts, by 2.8.2's rules: wildcards do not match OCI types."""
        manifest = self.store.manifest(name, request.match_info["reference"])
        accepted = {
            part.split(";")[0].strip() for line in request.headers.getall("Accept", []) for part in line.split(",")
        }
        if manifest.media_type in accepted:
            return manifest
        if manifest.media_type == MediaType.DOCKER_LIST:
            return self._default_child(name, manifest)
        kind = "OCI index" if manifest.media_type in LISTS else "manifest"
        raise RegistryError(404, "MANIFEST_UNKNOWN", f"{kind} found, but accept header does not support it")

    def _default_child(self, name: str, manifest: Manifest) -> Manifest:
        """Return the linux/amd64 image for clients that predate manifest lists."""
        for child in json.loads(manifest.body)["manifests"]:
            if (child["platform"]["os"], child["platform"]["architecture"]) == ("linux", "amd64"):
                return self.store.manifest(name, child["digest"])
        raise RegistryError(404, "MANIFEST_UNKNOWN", "manifest list has no linux/amd64")
