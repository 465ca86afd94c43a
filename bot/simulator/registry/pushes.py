"""The write half of the Distribution API: all forms of blob uploads, manifests, deletions."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.simulator.registry.notifications import RegistryEvent
from bot.simulator.registry.store import MANIFESTS, RegistryError, Store, digest_of


@dataclass(slots=True)
class Push:
    """The handlers. An upload is kept by its number until it is complete."""

    store: Store
    tell: Callable[[web.Request, RegistryEvent], None]
    _uploads: dict[str, bytearray] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def start(self, request: web.Request) -> web.Response:
        """POST: mount from another repository, upload in one request, or open an upload."""
        name = request.match_info["name"]
        self.store.opened(name)
        if mounted := self._mount(request, name):
            return mounted
        if digest := request.query.get("digest"):
            return self._complete(request, name, digest, await request.read())
        number = str(next(self._numbers))
        self._uploads[number] = bytearray()
        return self._progress(name, number, 202)

    async def append(self, request: web.Request) -> web.Response:
        """PATCH: append a chunk. Chunks must come in order, which a Content-Range states."""
        name, number, upload = self._upload(request)
        start = request.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        if start and int(start) != len(upload):
            raise RegistryError(416, "BLOB_UPLOAD_INVALID", "blob upload invalid: out of order")
        upload += await request.read()
        return self._progress(name, number, 202)

    async def status(self, request: web.Request) -> web.Response:
        """GET: the progress."""
        name, number, _ = self._upload(request)
        return self._progress(name, number, 204)

    async def finish(self, request: web.Request) -> web.Response:
        """PUT: an optional last chunk, and the digest of the whole."""
        name, number, upload = self._upload(request)
        answer = self._complete(request, name, request.query.get("digest", ""), bytes(upload) + await request.read())
        del self._uploads[number]
        return answer

    async def cancel(self, request: web.Request) -> web.Response:
        """DELETE: drop the upload."""
        _, number, _ = self._upload(request)
        del self._uploads[number]
        return web.Response(status=204)

    async def manifest(self, request: web.Request) -> web.Response:
        name, reference = request.match_info["name"], request.match_info["reference"]
        if request.content_type not in MANIFESTS:
            raise RegistryError(400, "MANIFEST_INVALID", f"unknown media type {request.content_type}")
        manifest = self.store.put_manifest(name, reference, request.content_type, await request.read())
        tag = None if ":" in reference else reference
        self.tell(
            request,
            RegistryEvent("push", name, manifest.digest, manifest.media_type, len(manifest.body), tag, method="PUT"),
        )
        location = f"/v2/{name}/manifests/{manifest.digest}"
        return web.Response(status=201, headers={"Location": location, "Docker-Content-Digest": manifest.digest})

    async def delete_manifest(self, request: web.Request) -> web.Response:
        name, reference = request.match_info["name"], request.match_info["reference"]
        if ":" not in reference:
            raise RegistryError(405, "UNSUPPORTED", "the operation is unsupported: delete by digest")
        for tag in self.store.delete_manifest(name, reference):
            self.tell(request, RegistryEvent("delete", name, "", tag=tag, method="DELETE"))
        self.tell(request, RegistryEvent("delete", name, reference, method="DELETE"))
        return web.Response(status=202)

    def _mount(self, request: web.Request, name: str) -> web.Response | None:
        digest, source = request.query.get("mount", ""), request.query.get("from", "")
        if digest not in self.store.opened(source or name).blobs:
            return None
        return self._complete(request, name, digest, self.store.blob(source or name, digest))

    def _upload(self, request: web.Request) -> tuple[str, str, bytearray]:
        name, number = request.match_info["name"], request.match_info["upload"]
        if number not in self._uploads:
            raise RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
        return name, number, self._uploads[number]

    def _progress(self, name: str, number: str, status: int) -> web.Response:
        end = max(len(self._uploads[number]) - 1, 0)
        headers = {"Location": f"/v2/{name}/blobs/uploads/{number}", "Range": f"0-{end}", "Docker-Upload-UUID": number}
        return web.Response(status=status, headers=headers)

    def _complete(self, request: web.Request, name: str, digest: str, body: bytes) -> web.Response:
        if digest_of(body) != digest:
            raise RegistryError(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        self.store.put_blob(name, body)
        self.tell(request, RegistryEvent("push", name, digest, "application/octet-stream", len(body), method="PUT"))
        headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
        return web.Response(status=201, headers=headers)
