"""Webhooks: verify the sender, find the keys that the event concerns, make them due, and only then answer 202.

A payload only says which keys to look at. Nothing else in it is trusted, and nothing is logged. GitHub does not
redeliver automatically. So a webhook that could not be stored gets an error: it then shows as failed among the App's
deliveries, and the bot asks for it again at the next start and on a timer.

Proof of the sender that does not need the body is checked before the body is read. `Parts` verifies registries' hooks.

Races accepted. Of two concurrent copies of one delivery, one is accepted and the other gets "repeated". A request that
is cut after its keys were stored is redelivered, and then repeated.
"""

import hmac
import json
import logging
import re
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any

from aiohttp import web
from pydantic_core import from_json

from bot.core.needs.subscriptions import Due
from bot.telemetry import telemetry
from bot.telemetry.fields import TRACE, about, trace_id
from bot.web import pipelines
from bot.web.bodies import LARGEST_BODY, LARGEST_HOOK, Bodies
from bot.web.metrics import Result
from bot.web.parts import Parts, Refused, RegistryHook, Reply

_log = logging.getLogger(__name__)

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")


class Receiver:
    """The endpoints that GitHub, registries and pipelines push to."""

    def __init__(self, parts: Parts, bodies: Bodies) -> None:
        self._parts = parts
        self._bodies = bodies
        self._github_code = _code(parts.github_secret)

    def routes(self) -> list[web.RouteDef]:
        # Without a secret, anyone could sign. A server that only pulls has none.
        receives = [web.post("/webhooks/github", self.github)] if self._parts.github_secret else []
        return [
            *receives,
            web.post("/webhooks/ci", self.ci),
            web.post("/webhooks/registry/{vendor}", self.registry),
            web.post("/webhooks/registry/{vendor}/{secret}", self.registry),
            web.options("/webhooks/registry/{vendor}", self.greet),
            web.options("/webhooks/registry/{vendor}/{secret}", self.greet),
        ]

    async def github(self, request: web.Request) -> web.Response:
        """Answer a webhook of GitHub.

        https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
        """
        try:
            event, due = await self._github_due(request)
        except web.HTTPException:
            self._count("github", "", Result.REJECTED)
            raise
        if isinstance(due, web.Response):
            return due
        return await self._store(
            due, source="github", event=event, delivery_id=request.headers.get("X-GitHub-Delivery")
        )

    async def ci(self, request: web.Request) -> web.Response:
        """Answer a pipeline that is not GitHub's. It signs the body as GitHub does, with a secret of its own."""
        try:
            if not self._parts.ci_secret:
                raise _error(web.HTTPNotFound, "this server takes no hooks of pipelines; set CI_WEBHOOK_SECRET")
            seal = _Seal(request, _code(self._parts.ci_secret), whose="the pipeline")
            async with self._bodies.read(request, largest=LARGEST_HOOK, follow=seal.follow) as body:
                seal.check()
                try:
                    due = pipelines.due_for(body)
                except pipelines.UnusableError as error:
                    raise _error(web.HTTPBadRequest, str(error)) from None
        except web.HTTPException:
            self._count("ci", "", Result.REJECTED)
            raise
        return await self._store(due, source="ci", event="", delivery_id=None)

    async def registry(self, request: web.Request) -> web.Response:
        """Answer a registry's notification. Deliveries have no id, but repeated hints coalesce anyway."""
        hook = _hook(request)
        refused = await self._parts.registries.admit(hook)
        if refused:
            return self._refused(refused)
        try:
            async with self._bodies.read(request, largest=LARGEST_HOOK) as body:
                due = await self._parts.registries.route(hook, body)
        except web.HTTPException:
            self._count("registry", "", Result.REJECTED)
            raise
        except Exception as error:  # noqa: BLE001 -- as for GitHub; nobody may be authentic yet, so the name stays out
            return self._unreadable("registry", "", error)
        if isinstance(due, Refused):
            return self._refused(due)
        if isinstance(due, Reply):
            self._count("registry", hook.vendor, Result.IGNORED)
            return web.json_response(text=due.json)
        return await self._store(due, source="registry", event=hook.vendor, delivery_id=None)

    async def greet(self, request: web.Request) -> web.Response:
        """Answer a sender that asks first whether it may send."""
        answer = self._parts.registries.greet(_hook(request))
        if isinstance(answer, Refused):
            return self._refused(answer)
        return web.Response(headers=answer)

    async def _github_due(self, request: web.Request) -> tuple[str, Due | web.Response]:
        """Return the event and what it makes due, or the answer to a payload that cannot be read. Nothing keeps the body.

        Raises the HTTP error to answer with, unless GitHub signed the request with our secret.
        """
        seal = _Seal(request, self._github_code, whose="the App")
        body = self._bodies.arrived(request)
        if body is not None:
            seal.follow(body)
            return self._understood(request, seal, body)
        async with self._bodies.read(request, largest=LARGEST_BODY, follow=seal.follow) as body:
            return self._understood(request, seal, body)

    def _understood(self, request: web.Request, seal: "_Seal", body: bytes) -> tuple[str, Due | web.Response]:
        seal.check()
        event, payload = _event(request, body)
        try:
            return event, self._parts.route_github(event, payload)
        except Exception as error:  # noqa: BLE001 -- a payload that we cannot read is no reason to send it again
            return event, self._unreadable("github", event, error)

    def _refused(self, refused: Refused) -> web.Response:
        self._count("registry", "", Result.REJECTED)
        return _answer(refused.status, refused.reason)

    async def _store(self, due: Due, *, source: str, event: str, delivery_id: str | None) -> web.Response:
        """Store what becomes due, and answer once it is durable."""
        if not due:
            self._count(source, event, Result.IGNORED)
            return _answer(202, "ignored: it concerns nothing that this server looks after")
        trace = trace_id(delivery_id or self._parts.new_id())
        attributes = {"event": event, "delivery": delivery_id or ""}
        with about(**{TRACE: trace}), telemetry().tracing.begin(f"webhook {source}", attributes, trace=trace):
            return await self._accept(due, source=source, event=event, delivery_id=delivery_id, cause=trace)

    async def _accept(self, due: Due, *, source: str, event: str, delivery_id: str | None, cause: str) -> web.Response:
        try:
            accept = partial(self._parts.queue.accept, priority=due.priority, cause=cause)
            fresh = await accept(delivery_id, due.keys, due.topics)
        except ValueError as error:
            return self._unreadable(source, event, error)
        except Exception:  # noqa: BLE001 -- whatever is wrong with the store, the sender must learn to send again
            _log.exception("a webhook could not be stored; it was answered with 503")
            self._count(source, event, Result.UNAVAILABLE)
            return _answer(503, "it could not be stored; send it again")
        self._count(source, event, Result.ACCEPTED if fresh else Result.REPEATED)
        _log.info("accepted %s from %s: %s", event, source, ", ".join((*due.keys, *due.topics)))
        return _answer(202, "accepted" if fresh else "repeated: it was accepted before")

    def _count(self, source: str, event: str, result: Result) -> None:
        """Count a request. event: '' for rejected ones, so that strangers cannot add names."""
        self._parts.metrics.webhooks.labels(source, event, result).inc()

    def _unreadable(self, source: str, event: str, error: Exception) -> web.Response:
        """Accept it, because sending it again would not help. An error may quote the payload, so only its place is logged."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        _log.error(
            "cannot read a webhook from %s (%s): %s at %s:%d",
            source,
            event,
            type(error).__name__,
            place.filename,
            place.lineno,
        )
        self._count(source, event, Result.UNREADABLE)
        return _answer(202, "accepted, but not understood; the next sweep looks at everything anyway")


class _Seal:
    """The signature of a request, and what it should be. Raises the HTTP error to answer with if there is none.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """

    def __init__(self, request: web.Request, code: hmac.HMAC, *, whose: str) -> None:
        """code: of the secret, and of nothing yet. whose: for the error."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not _SIGNATURE.fullmatch(signature):  # spares reading a stranger's body
            raise _error(
                web.HTTPUnauthorized, f"X-Hub-Signature-256 is missing or malformed; set {whose}'s webhook secret"
            )
        self._signature = signature
        self._code = code.copy()
        self._whose = whose
        self.follow = self._code.update

    def check(self) -> None:
        """Raise the HTTP error to answer with, unless the sender knows the secret."""
        if not hmac.compare_digest(self._signature, f"sha256={self._code.hexdigest()}"):
            raise _error(
                web.HTTPUnauthorized,
                f"X-Hub-Signature-256 is wrong; {self._whose} and this server have different secrets",
            )


def _code(secret: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), digestmod="sha256")


def _hook(request: web.Request) -> RegistryHook:
    return RegistryHook(
        vendor=request.match_info["vendor"],
        path_secret=request.match_info.get("secret", ""),
        registry=request.query.get("registry"),
        headers=request.headers,
    )


def _event(request: web.Request, body: bytes) -> tuple[str, Mapping[str, Any]]:
    """Return the event and payload of a signed request. Raises the HTTP error to answer with."""
    event = request.headers.get("X-GitHub-Event", "")
    if not _EVENT.fullmatch(event):
        raise _error(web.HTTPBadRequest, "X-GitHub-Event is missing or malformed")
    try:
        payload = _json(body)
    except (ValueError, RecursionError):
        raise _error(
            web.HTTPBadRequest, "the body is not JSON; set the webhook's content type to application/json"
        ) from None
    if not isinstance(payload, dict):
        raise _error(web.HTTPBadRequest, "the body is not a JSON object")
    return event, payload


def _json(body: bytes) -> Any:
    """Read JSON: by the parser of pydantic, which takes half the time, and what that refuses by Python's.

    Python's also reads half a surrogate pair, which a text has that somebody cut. Raises ValueError and RecursionError.
    """
    try:
        return from_json(body)
    except ValueError:
        return json.loads(body)


def _answer(status: int, text: str) -> web.Response:
    """Answer with a line, which GitHub shows beside the delivery."""
    return web.Response(status=status, text=f"{text}\n")


def _error(kind: type[web.HTTPException], text: str) -> web.HTTPException:
    return kind(text=f"{text}\n")
