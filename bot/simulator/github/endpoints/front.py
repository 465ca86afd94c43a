"""The front door of REST, GraphQL and git: credentials, fault switches, rate limits, headers and the request log."""

import asyncio
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import format_datetime

from aiohttp import web

from bot.simulator.github import graphql_endpoint
from bot.simulator.github.access.auth import NOBODY, Caller, Tokens, Unauthorised
from bot.simulator.github.access.limits import CORE, GRAPHQL, Limits, RateLimit, account
from bot.simulator.github.endpoints import files, smart_http
from bot.simulator.github.graphql_endpoint import Asked, GraphQLEndpoint
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.rest import addresses
from bot.simulator.github.rest.call import Answer
from bot.simulator.github.rest.dispatch import NOT_SIMULATED, Api, Request, error
from bot.simulator.github.traffic.faults import (
    DOCUMENTATION,
    TOO_MANY_REQUESTS,
    Effect,
    Faults,
    HangUp,
    Moment,
    Partial,
    Refuse,
    Slow,
)
from bot.simulator.github.traffic.faults import Answer as Fault
from bot.simulator.github.traffic.recording import Exchange, GraphQLRequest, Recorder
from bot.simulator.github.traffic.request_limits import READING, READS, WRITING
from bot.simulator.github.traffic.request_log import LoggedRequest, RequestLog
from bot.simulator.github.views.links import Links

ENTERPRISE_ROOT = "/api/v3"
GRAPHQL_PATHS = frozenset({"/graphql", "/api/graphql"})
UNCOUNTED = frozenset({"/rate_limit"})
"""https://docs.github.com/en/rest/rate-limit/rate-limit"""

VERSION = "2022-11-28"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incoming:
    """A parsed request. `path` lacks the API's root; `asked` is set for GraphQL only."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    parameters: Mapping[str, str]
    body: bytes
    links: Links
    is_graphql: bool
    asked: Asked | None

    @property
    def is_file(self) -> bool:
        """Report whether it may address a file outside the API."""
        return self.method in {"GET", "HEAD"} and not self.is_graphql and self.links.api == self.links.html

    @property
    def points(self) -> int:
        """What it counts for the limit of a minute."""
        if self.is_graphql:
            reads = self.asked is None or graphql_endpoint.reads_only(self.asked.document)
        else:
            reads = self.method in READS
        return READING if reads else WRITING

    @property
    def operations(self) -> frozenset[str]:
        return graphql_endpoint.operations(self.asked.document) if self.asked else frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """Handles every request."""

    github: GitHub
    tokens: Tokens
    api: Api
    graphql: GraphQLEndpoint
    limits: Limits
    faults: Faults
    log: RequestLog
    recorders: Sequence[Recorder]
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or cut its connection if a fault switch says so."""
        incoming = await _read(request)
        effect = self.faults.effect_on(incoming.method, incoming.path, incoming.operations)
        if smart_http.split_path(incoming.path) is not None:
            if isinstance(effect, Slow):
                await asyncio.sleep(effect.seconds)
            return (
                self._cut(request, incoming) if effect == HangUp(Moment.BEFORE) else await self._git(incoming, effect)
            )
        if effect == HangUp(Moment.BEFORE):
            return self._cut(request, incoming)
        caller, response = await self._answer(incoming, effect)
        if effect == HangUp(Moment.AFTER):
            return self._cut(request, incoming)
        self._log(incoming, response.status, caller)
        return response

    # -- REST and GraphQL ------------------------------------------------------------------------------------------

    async def _answer(self, incoming: _Incoming, effect: Effect | None) -> tuple[Caller, web.Response]:
        """Answer within the limits on requests. What a switch makes slow keeps GitHub busy meanwhile."""
        limits, who, graphql = self.faults.request_limits, account(self._caller(incoming)), incoming.is_graphql
        with limits.under_way(who):
            admitted = isinstance(effect, Fault) or limits.admits(
                who, incoming.points, self.github.now(), graphql=graphql
            )
            if isinstance(effect, Slow):
                await asyncio.sleep(effect.seconds)
                limits.took(who, effect.seconds, self.github.now(), graphql=graphql)
            return self._respond(incoming, effect, admitted=admitted)

    def _caller(self, incoming: _Incoming) -> Caller:
        """Return who asks; nobody where the credentials are refused."""
        try:
            return self.tokens.caller(incoming.headers.get("Authorization"))
        except Unauthorised:
            return NOBODY

    def _respond(self, incoming: _Incoming, effect: Effect | None, *, admitted: bool) -> tuple[Caller, web.Response]:
        if isinstance(effect, Fault):
            return NOBODY, self._fault(effect)
        try:
            caller = self.tokens.caller(incoming.headers.get("Authorization"))
        except Unauthorised as refused:
            return NOBODY, self._finished(incoming, error(refused.status, refused.message), NOBODY, None)
        resource = GRAPHQL if incoming.is_graphql else CORE
        limit = self.limits.of(caller, resource)
        if not admitted:
            return caller, self._finished(incoming, _too_many(self._request_id()), caller, limit)
        if limit.remaining <= 0 and not incoming.is_graphql and incoming.path not in UNCOUNTED:
            return caller, self._finished(incoming, _exhausted(caller), caller, limit)
        if incoming.is_file:
            found = files.answer(self.github, caller, incoming.path)
            if found is not None:
                return caller, self._file(found)
        answer = self._graphql(incoming, caller, effect) if incoming.is_graphql else self._rest(incoming, caller)
        return caller, self._finished(incoming, answer, caller, self.limits.of(caller, resource))

    def _rest(self, incoming: _Incoming, caller: Caller) -> Answer:
        return self.api.answer(
            Request(
                method=incoming.method,
                path=incoming.path,
                query=incoming.parameters,
                body=incoming.body,
                accept=incoming.headers.get("Accept", ""),
                caller=caller,
                links=incoming.links,
            )
        )

    def _graphql(self, incoming: _Incoming, caller: Caller, effect: Effect | None) -> Answer:
        if incoming.asked is not None:
            for recorder in self.recorders:
                recorder.graphql(GraphQLRequest(incoming.asked.document, incoming.asked.variables))
        if isinstance(effect, Refuse) and incoming.asked is not None:
            return Answer(body=graphql_endpoint.refused(incoming.asked.document, effect.kind, effect.message))
        answer = self.graphql.answer(incoming.asked, caller, incoming.links)
        if isinstance(effect, Partial) and isinstance(answer.body, dict):
            return Answer(body=graphql_endpoint.without(answer.body, effect.paths))
        return answer

    def _finished(self, incoming: _Incoming, answer: Answer, caller: Caller, limit: RateLimit | None) -> web.Response:
        """Return the answer as bytes with its headers; 304, free of charge, if the client has it already."""
        body = _encoded(answer)
        headers = self._headers(answer, limit)
        is_read = incoming.method in {"GET", "HEAD"} and answer.status == 200
        if is_read:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        if is_read and _same(incoming.headers.get("If-None-Match"), headers["ETag"]):
            self._record(incoming, 304, "", b"")
            return web.Response(status=304, headers=headers)
        if not incoming.is_graphql:
            if incoming.path not in UNCOUNTED and limit is not None and limit.remaining > 0:
                headers.update(self.limits.spend(caller, CORE, 1).headers)
            self._record(incoming, answer.status, answer.media_type.partition(";")[0] if body else "", body)
        if body:
            headers["Content-Type"] = (
                answer.media_type if ";" in answer.media_type else f"{answer.media_type}; charset=utf-8"
            )
        return web.Response(status=answer.status, body=body or None, headers=headers)

    def _headers(self, answer: Answer, limit: RateLimit | None) -> dict[str, str]:
        return {
            "Server": "github.com",
            "Date": format_datetime(self.github.now(), usegmt=True),
            "X-GitHub-Request-Id": self._request_id(),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": VERSION,
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
            "X-Content-Type-Options": "nosniff",
            **(limit.headers if limit else {}),
            **answer.headers,
        }

    def _request_id(self) -> str:
        return f"51AB:{next(self._numbers):06X}:1A2B3C:4D5E6F:{int(self.github.now().timestamp()):08X}"

    def _file(self, answer: Answer) -> web.Response:
        headers = {"Content-Type": answer.media_type, "X-GitHub-Request-Id": self._request_id()}
        return web.Response(status=answer.status, body=_encoded(answer), headers=headers)

    def _fault(self, fault: Fault) -> web.Response:
        """Answer with a fault. It is not recorded, because it is not how GitHub answers."""
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        headers = {"X-GitHub-Request-Id": self._request_id(), "Content-Type": "application/json; charset=utf-8"}
        return web.Response(status=fault.status, body=text.encode(), headers={**headers, **fault.headers})

    def _record(self, incoming: _Incoming, status: int, media_type: str, body: bytes) -> None:
        if status == NOT_SIMULATED or incoming.method == "HEAD":
            return  # neither is documented
        exchange = Exchange(
            method=incoming.method,
            path=addresses.canonical(self.github, incoming.method, incoming.path),
            request=incoming.body,
            status=status,
            media_type=media_type,
            response=body,
        )
        for recorder in self.recorders:
            recorder.exchange(exchange)

    # -- git -------------------------------------------------------------------------------------------------------

    async def _git(self, incoming: _Incoming, effect: Effect | None) -> web.Response:
        if isinstance(effect, Fault):
            return self._fault(effect)
        parted = smart_http.split_path(incoming.path)
        if parted is None:
            raise ValueError(f"{incoming.path} is no path of git's")
        caller = self._caller(incoming)
        answer = await smart_http.answer(
            self.github,
            smart_http.GitRequest(
                method=incoming.method,
                repository=parted[0],
                rest=parted[1],
                query=incoming.query,
                headers=incoming.headers,
                body=incoming.body,
                caller=caller,
            ),
        )
        self._log(incoming, answer.status, caller)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    # -- ends ------------------------------------------------------------------------------------------------------

    def _cut(self, request: web.Request, incoming: _Incoming) -> web.Response:
        self._log(incoming, 0, NOBODY)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)  # the client has gone

    def _log(self, incoming: _Incoming, status: int, caller: Caller) -> None:
        who = caller.actor.login if caller.actor else (caller.app.slug if caller.app else "")
        self.log.add(
            LoggedRequest(
                method=incoming.method,
                path=incoming.path,
                query=incoming.query,
                operations=incoming.operations,
                status=status,
                caller=who,
                at=self.github.now(),
            )
        )


async def _read(request: web.Request) -> _Incoming:
    body = await request.read()
    host = f"{request.scheme}://{request.host}"
    path = request.rel_url.raw_path
    is_graphql = path in GRAPHQL_PATHS
    root = ENTERPRISE_ROOT if path == ENTERPRISE_ROOT or path.startswith(f"{ENTERPRISE_ROOT}/") else ""
    return _Incoming(
        method=request.method,
        path="/graphql" if is_graphql else path.removeprefix(root) or "/",
        query=request.rel_url.raw_query_string,
        headers=request.headers,
        parameters=dict(request.rel_url.query),
        body=body,
        links=Links(api=host + root, html=host),
        is_graphql=is_graphql,
        asked=graphql_endpoint.read(body) if is_graphql else None,
    )


def _encoded(answer: Answer) -> bytes:
    if answer.body is None:
        return b""
    if isinstance(answer.body, bytes):
        return answer.body
    return json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()


def _same(known: str | None, present: str) -> bool:
    """Compare entity tags weakly, as for every GET: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2"""
    if known is None:
        return False
    return known == "*" or present.removeprefix("W/") in {one.strip().removeprefix("W/") for one in known.split(",")}


def _too_many(request_id: str) -> Answer:
    body = {
        "documentation_url": f"{DOCUMENTATION}/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
        "#about-secondary-rate-limits",
        "message": f"{TOO_MANY_REQUESTS}{request_id}.",
    }
    return Answer(status=403, body=body, headers={"Retry-After": "60"})


def _exhausted(caller: Caller) -> Answer:
    who = "your IP address"
    if caller.installation is not None:
        who = f"installation ID {caller.installation.id}"
    elif caller.user is not None:
        who = f"user ID {caller.user.id}"
    elif caller.app is not None:
        who = f"app ID {caller.app.id}"
    return error(403, f"API rate limit exceeded for {who}.")
