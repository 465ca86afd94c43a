"""`GET /api/v1/…`: what the bot knows, for scripts and portals. A token guards it, and without tokens it is off.

What it serves comes from the queue's store, where passes of any replica keep it, and never from GitHub: reading it costs
none of the App's points. A reader with a token sees every repository of this server, private ones included.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from bot import __version__
from bot.core.status import ApplicationStatus, notes
from bot.queue.protocol import Queue
from bot.web.api import listing
from bot.web.api.models import (
    ApplicationsPage,
    ApplicationsQuery,
    NoQuery,
    PageQuery,
    Problem,
    PromotionsPage,
    PromotionsQuery,
    QueueStatus,
    RegistriesStatus,
    RepositoriesPage,
    ServerStatus,
)
from bot.web.api.openapi import ROOT, Endpoint, document

_log = logging.getLogger(__name__)

_STORE_SECONDS = 5

Query = TypeVar("Query", bound=BaseModel)
T = TypeVar("T")
Answer = Callable[[web.Request, Any], Awaitable[Any]]
"""Answers a request whose parameters were read; None where there is no such thing."""


class Api:
    """The API of one server. tokens: of its readers, none for no API. repositories: of the App; None while unknown.

    missing: as in `Parts`. registries: how this process gets along with them.
    """

    def __init__(
        self,
        queue: Queue,
        *,
        tokens: Collection[str],
        repositories: Callable[[], Collection[str] | None],
        missing: Callable[[], Collection[str]],
        registries: Callable[[], RegistriesStatus],
    ) -> None:
        self._queue = queue
        self._tokens = tuple(token.encode() for token in tokens)
        self._repositories = repositories
        self._missing = missing
        self._registries = registries
        self._endpoints: Mapping[Endpoint, Answer] = {
            Endpoint(
                "/server", "getServer", "The server: version, readiness and queue.", NoQuery, TypeAdapter(ServerStatus)
            ): self._server,
            Endpoint(
                "/registries",
                "getRegistries",
                "When registries were polled, and which are left alone.",
                NoQuery,
                TypeAdapter(RegistriesStatus),
            ): self._list_registries,
            Endpoint(
                "/repositories",
                "listRepositories",
                "The manifests repositories in numbers.",
                PageQuery,
                TypeAdapter(RepositoriesPage),
            ): self._list_repositories,
            Endpoint(
                "/applications",
                "listApplications",
                "Applications with their environments.",
                ApplicationsQuery,
                TypeAdapter(ApplicationsPage),
            ): self._applications,
            Endpoint(
                "/applications/{owner}/{repository}/{application}",
                "getApplication",
                "One application with its environments.",
                NoQuery,
                TypeAdapter(ApplicationStatus),
                may_be_missing=True,
            ): self._application,
            Endpoint(
                "/promotions",
                "listPromotions",
                "Open promotions, with what every gate says.",
                PromotionsQuery,
                TypeAdapter(PromotionsPage),
            ): self._promotions,
        }
        self._document = to_json(document(self._endpoints))

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, and one for what is none."""
        answering = (
            web.get(f"{ROOT}{endpoint.path}", partial(self._guarded, partial(self._answer, endpoint, answer)))
            for endpoint, answer in self._endpoints.items()
        )
        return [
            *answering,
            web.get(f"{ROOT}/openapi.json", partial(self._guarded, self._describe)),
            web.get(f"{ROOT}{{rest:(/.*)?}}", partial(self._guarded, self._unknown)),
        ]

    async def _guarded(
        self, answer: Callable[[web.Request], Awaitable[web.Response]], request: web.Request
    ) -> web.Response:
        """Answer those who have a token."""
        if not self._tokens:
            return _problem(404, "the API is off", "Set API_TOKENS on the server to turn it on.")
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        token = given.strip().encode(errors="surrogateescape")
        # Each is compared, so that the time tells nothing about which one is nearly right.
        known = [hmac.compare_digest(token, each) for each in self._tokens]
        if scheme.lower() != "bearer" or not any(known):
            detail = "Expected `Authorization: Bearer TOKEN` with one of the server's API_TOKENS."
            return _problem(401, "the token is missing or wrong", detail, {hdrs.WWW_AUTHENTICATE: "Bearer"})
        return await answer(request)

    async def _answer(self, endpoint: Endpoint, answer: Answer, request: web.Request) -> web.Response:
        try:
            query = _read(endpoint.query, request)
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            return _problem(
                400, "the query cannot be used", f"{said}. Expected: {', '.join(endpoint.query.model_fields)}."
            )
        try:
            async with asyncio.timeout(_STORE_SECONDS):
                found = await answer(request, query)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with the store, the reader must learn to ask again
            _log.error("the API could not read the queue's store: %s", error or type(error).__name__)
            return _problem(
                503, "the server's store does not answer", "Ask again in a moment. The server's log says why."
            )
        if found is None:
            return _problem(
                404, "not found", "The bot has not seen such an application. Its policy may be new or invalid."
            )
        return _json(request, endpoint.answer.dump_json(found))

    async def _describe(self, request: web.Request) -> web.Response:
        return _json(request, self._document)

    async def _unknown(self, _request: web.Request) -> web.Response:
        known = ", ".join(f"{ROOT}{endpoint.path}" for endpoint in self._endpoints)
        return _problem(404, "no such path", f"The API has {known} and {ROOT}/openapi.json.")

    async def _server(self, _request: web.Request, _query: BaseModel) -> ServerStatus:
        depth, missing = await self._queue.depth(), tuple(self._missing())
        queue = QueueStatus(depth.due, depth.waiting, depth.running, depth.failing, depth.oldest_due)
        return ServerStatus(__version__, not missing, missing, queue, await self._queue.outbox.waiting())

    async def _list_registries(self, _request: web.Request, _query: BaseModel) -> RegistriesStatus:
        return self._registries()

    async def _list_repositories(self, _request: web.Request, query: PageQuery) -> RepositoriesPage:
        return await _elsewhere(listing.repositories, await self._notes(), query)

    async def _applications(self, _request: web.Request, query: ApplicationsQuery) -> ApplicationsPage:
        return await _elsewhere(listing.applications, await self._notes(query.repository), query)

    async def _promotions(self, _request: web.Request, query: PromotionsQuery) -> PromotionsPage:
        return await _elsewhere(listing.promotions, await self._notes(query.repository), query)

    async def _application(self, request: web.Request, _query: BaseModel) -> ApplicationStatus | None:
        named = request.match_info
        repository = f"{named['owner']}/{named['repository']}"
        if not self._is_ours(repository):
            return None
        _, text = await self._queue.note(notes.name(repository, named["application"]))
        return notes.read(text)

    async def _notes(self, repository: str = "") -> Mapping[str, str]:
        beginning = notes.name(repository) if repository else notes.BEGINNING
        found = await self._queue.notes(beginning)
        return {name: text for name, text in found.items() if self._is_ours(notes.key(name)[0])}

    def _is_ours(self, repository: str) -> bool:
        """Return whether the App is installed there, as far as GitHub was asked."""
        ours = self._repositories()
        return ours is None or repository in ours


async def _elsewhere(work: Callable[[Mapping[str, str], Query], T], found: Mapping[str, str], query: Query) -> T:
    """Work in another thread: the notes of thousands of applications take a while to read."""
    return await asyncio.get_running_loop().run_in_executor(None, work, found, query)


def _read(query: type[BaseModel], request: web.Request) -> BaseModel:
    """Return the parameters. Raises ValidationError; one that is given twice counts as a list, which none of them is."""
    given: dict[str, Any] = {}
    for name in request.query:
        values = request.query.getall(name)
        given[name] = values[0] if len(values) == 1 else values
    return query.model_validate(given)


def _json(request: web.Request, body: bytes) -> web.Response:
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {hdrs.ETAG: f'"{tag}"', hdrs.CACHE_CONTROL: "private, no-cache"}
    wanted = request.if_none_match or ()
    if any(each.value in (tag, "*") for each in wanted):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = TypeAdapter(Problem).dump_json(Problem(title, status, detail))
    return web.Response(status=status, body=body, content_type="application/problem+json", headers=headers)
