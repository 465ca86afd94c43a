"""The registry: control by Python calls, and the HTTP application."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from bot.simulator.registry.access import Access, Authenticator, Challenge
from bot.simulator.registry.faults import Fault, Faults, Switch
from bot.simulator.registry.images import Build, Mark, index_of, store_image
from bot.simulator.registry.notifications import Endpoint, Notifier, RegistryEvent
from bot.simulator.registry.pulls import Paging, Pull
from bot.simulator.registry.pushes import Push
from bot.simulator.registry.store import Manifest, RegistryError, Store

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Request:
    """An entry of the request log. path: with its query. authorization: only the scheme's name, '' for none."""

    method: str
    path: str
    authorization: str
    status: int


class Registry:
    """One registry. public_host: its name in events; None: the request's host."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        public_host: str | None = None,
        access: Access | None = None,
        paging: Paging = Paging.RELATIVE,
        tag_page: int = 1000,
    ) -> None:
        self.store = Store()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.authenticator = Authenticator(access or Access(), now)
        self._now = now
        self._public_host = public_host
        self._host = public_host or "127.0.0.1"
        self._notifier = Notifier(now)
        self.pulls = Pull(self.store, self._tell_of_request, paging, tag_page)
        self._pushes = Push(self.store, self._tell_of_request)

    # Control, for tests and the demo.

    def push_image(
        self,
        repository: str,
        tag: str,
        *,
        platforms: Sequence[str] = ("linux/amd64", "linux/arm64"),
        revision: str | None = None,
        created: datetime | None = None,
        labels: Mapping[str, str] | None = None,
        mark: Mark = Mark.LABEL,
    ) -> str:
        """Push an image as a build does, and notify; return the digest of the tag.

        One platform makes a manifest; several make an index, with an event per child and the tag's last.
        """
        self.store.opened(repository)
        build = Build(repository, tag, revision, created or self._now(), mark, labels or {})
        images = [store_image(self.store, build, platform) for platform in platforms]
        if len(images) == 1:
            return self.push_manifest(repository, tag, images[0][0])
        for child, _ in images:
            self.push_manifest(repository, child.digest, child)
        return self.push_manifest(repository, tag, index_of(build, images))

    def push_manifest(self, repository: str, reference: str, manifest: Manifest) -> str:
        """Push a manifest or index whose parts exist, and notify; return its digest."""
        stored = self.store.put_manifest(repository, reference, manifest.media_type, manifest.body)
        tag = None if ":" in reference else reference
        self._tell(
            RegistryEvent("push", repository, stored.digest, stored.media_type, len(stored.body), tag, method="PUT")
        )
        return stored.digest

    def move_tag(self, repository: str, tag: str, digest: str) -> None:
        """Point a new or existing tag at an existing manifest."""
        self.push_manifest(repository, tag, self.store.manifest(repository, digest))

    def delete_tag(self, repository: str, tag: str) -> None:
        """Delete only the tag, as the web pages of registries do."""
        self.store.manifest(repository, tag)
        del self.store.repository(repository).tags[tag]
        self._tell(RegistryEvent("delete", repository, "", tag=tag, method="DELETE"))

    def notify(self, endpoint: Endpoint) -> None:
        """Notify this endpoint from now on."""
        self._notifier.add(endpoint)

    def mute(self) -> None:
        """Stop sending notifications."""
        self._notifier.forget()

    async def notified(self) -> None:
        """Wait until every endpoint has accepted everything."""
        await self._notifier.settled()

    # HTTP.

    def application(self) -> web.Application:
        """Return the HTTP application, which delivers notifications while it runs."""
        application = web.Application(middlewares=[self._log, self._answer_errors, self._misbehave, self._admit])
        application.client_max_size = 256 * 1024 * 1024
        name, pull, push = "/v2/{name:[a-z0-9._/-]+}", self.pulls, self._pushes
        application.add_routes(
            [
                web.get("/v2/", pull.base),
                web.get("/v2/_catalog", pull.catalog),
                web.get("/token", self._token),
                web.post("/token", self._token),
                web.get("/storage/{name:[a-z0-9._/-]+}/{digest}", pull.storage),
                web.get(f"{name}/tags/list", pull.tags),
                web.get(f"{name}/manifests/{{reference}}", pull.manifest),
                web.put(f"{name}/manifests/{{reference}}", push.manifest),
                web.delete(f"{name}/manifests/{{reference}}", push.delete_manifest),
                web.post(f"{name}/blobs/uploads/", push.start),
                web.get(f"{name}/blobs/uploads/{{upload}}", push.status),
                web.patch(f"{name}/blobs/uploads/{{upload}}", push.append),
                web.put(f"{name}/blobs/uploads/{{upload}}", push.finish),
                web.delete(f"{name}/blobs/uploads/{{upload}}", push.cancel),
                web.get(f"{name}/blobs/{{digest}}", pull.blob),
            ]
        )
        application.cleanup_ctx.append(self._deliver_while_running)
        return application

    @asynccontextmanager
    async def serve(self, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
        """Listen and yield the base URL. Requests in progress are cut at the end."""
        runner = web.AppRunner(self.application(), shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            address = "{}:{}".format(*runner.addresses[0][:2])
            self._host = self._public_host or address
            yield f"http://{address}"
        finally:
            await runner.cleanup()

    async def _deliver_while_running(self, _: web.Application) -> AsyncIterator[None]:
        await self._notifier.start()
        yield
        await self._notifier.stop()

    def _tell(self, event: RegistryEvent) -> None:
        self._notifier.tell(_placed(event, self._host, None))

    def _tell_of_request(self, request: web.Request, event: RegistryEvent) -> None:
        person = self.authenticator.person(request.headers.get("Authorization", ""))
        self._notifier.tell(_placed(event, self._public_host or request.host, person))

    # Middlewares, from the outside in.

    @web.middleware
    async def _log(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        status = 0
        try:
            answer = await handler(request)
            status = answer.status
            return answer
        finally:
            scheme = request.headers.get("Authorization", "").partition(" ")[0]
            self.requests.append(Request(request.method, request.path_qs, scheme, status))

    @web.middleware
    async def _answer_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except RegistryError as error:
            answer = _error(error.status, error.code, error.message)
        except web.HTTPException as redirect_or_error:
            answer = web.Response(
                status=redirect_or_error.status, headers=redirect_or_error.headers, text=redirect_or_error.text
            )
        if not answer.prepared:
            answer.headers["Docker-Distribution-Api-Version"] = "registry/2.0"
        return answer

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        switch = self.faults.take(request.path_qs)
        return await handler(request) if switch is None else await _faulty(request, switch)

    @web.middleware
    async def _admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/v2/"):
            return await handler(request)
        name = request.match_info.get("name", "")
        action = "pull" if request.method in {"GET", "HEAD"} else "push"
        problem = self.authenticator.admits(request.headers.get("Authorization", ""), name, action)
        if problem is None:
            return await handler(request)
        answer = _error(401, problem, "authentication required")
        answer.headers["WWW-Authenticate"] = self._challenge(request, name, action)
        return answer

    def _challenge(self, request: web.Request, name: str, action: str) -> str:
        if self.authenticator.access.challenge is Challenge.BASIC:
            return 'Basic realm="basic-realm"'
        actions = "pull" if action == "pull" else "pull,push"
        scope = f',scope="repository:{name}:{actions}"' if name else ""
        return f'Bearer realm="{request.scheme}://{request.host}/token",service="registry"{scope}'

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        authorization = request.headers.get("Authorization", "")
        refresh_token = str(form.get("refresh_token", ""))
        name = self.authenticator.access.refresh_tokens.get(refresh_token) or self.authenticator.user_of(authorization)
        if name is None and (authorization or form):
            return _error(401, "UNAUTHORIZED", "incorrect username or password")
        scopes = [str(scope) for scope in (*request.query.getall("scope", []), *form.getall("scope", []))]
        token = self.authenticator.issue(name, [part for scope in scopes for part in scope.split(" ")])
        lifetime = int(self.authenticator.access.token_lifetime.total_seconds())
        return web.json_response({"token": token, "access_token": token, "expires_in": lifetime})


def _placed(event: RegistryEvent, host: str, person: str | None) -> RegistryEvent:
    return replace(event, host=host, actor=person, method=event.method or "GET")


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"errors": [{"code": code, "message": message, "detail": None}]}, status=status)


async def _faulty(request: web.Request, switch: Switch) -> web.StreamResponse:
    match switch.fault:
        case Fault.REFUSE:
            if request.transport is not None:
                request.transport.abort()
        case Fault.SLOW:
            await asyncio.Event().wait()
        case Fault.TOO_MANY_REQUESTS:
            answer = _error(429, "TOOMANYREQUESTS", "too many requests")
            answer.headers["Retry-After"] = str(switch.retry_after)
            return answer
        case Fault.UNAVAILABLE:
            return web.Response(status=503, headers={"Retry-After": str(switch.retry_after)})
        case Fault.ENDLESS:
            return await _endless(request)
        case Fault.GARBAGE:
            return web.Response(text="<html><body>Please sign in to the guest network</body></html>")
        case Fault.SERVER_ERROR:
            pass
    return _error(500, "UNKNOWN", "unknown error")


async def _endless(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    await answer.prepare(request)
    while True:
        await answer.write(b" " * 65536)
