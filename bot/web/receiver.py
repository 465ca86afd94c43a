"""Webhooks: prove who sent it, find the keys it is about, make them due, and only then answer 202.

Nothing of a payload is believed beyond which keys to look at, and nothing of it is logged. GitHub does not deliver again by
itself, so whatever could not be stored is answered with an error: it then shows as failed among the App's deliveries, and is
asked for again at the next start and on a timer.

Races accepted. Two copies of one delivery at once: one is accepted, the other is told that it is a repetition. A request that
is cut off after its keys were stored is sent again, and repeated.
"""

import hmac
import json
import logging
import re
import traceback
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.web.bodies import Bodies
from bot.web.metrics import Received, Result
from bot.web.parts import Parts, Refused, RegistryHook

_log = logging.getLogger(__name__)

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")


class Receiver:
    """The endpoints that others push to."""

    def __init__(self, parts: Parts, received: Received) -> None:
        self._parts = parts
        self._received = received
        self._bodies = Bodies()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/webhooks/github", self.github),
            web.post("/webhooks/registry/{vendor}", self.registry),
            web.post("/webhooks/registry/{vendor}/{secret}", self.registry),
        ]

    async def github(self, request: web.Request) -> web.Response:
        """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
        try:
            event, payload = await self._github_event(request)
        except web.HTTPException:
            self._received.count("github", "", Result.REJECTED)
            raise
        try:
            keys = self._parts.route_github(event, payload)
        except Exception as error:  # noqa: BLE001 -- what we cannot read is no reason for GitHub to send it again
            return self._unreadable("github", event, error)
        return await self._store(
            keys, source="github", event=event, delivery_id=request.headers.get("X-GitHub-Delivery")
        )

    async def registry(self, request: web.Request) -> web.Response:
        """Registries name no delivery, and repeat themselves: what comes twice coalesces anyway."""
        vendor = request.match_info["vendor"]
        try:
            body = await self._bodies.read(request)
        except web.HTTPException:
            self._received.count("registry", "", Result.REJECTED)
            raise
        hook = RegistryHook(
            vendor=vendor,
            path_secret=request.match_info.get("secret", ""),
            registry=request.query.get("registry"),
            headers=request.headers,
            body=body,
        )
        try:
            keys = self._parts.route_registry(hook)
        except Exception as error:  # noqa: BLE001 -- as above; nobody may be authentic yet, so the name stays out
            return self._unreadable("registry", "", error)
        if isinstance(keys, Refused):
            self._received.count("registry", "", Result.REJECTED)
            return _answer(keys.status, keys.reason)
        return await self._store(keys, source="registry", event=vendor, delivery_id=None)

    async def _github_event(self, request: web.Request) -> tuple[str, Mapping[str, Any]]:
        """The event and payload of a request that GitHub signed with our secret. Raises the HTTP error to answer with."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not _SIGNATURE.fullmatch(signature):  # spares reading the body of a stranger
            raise _error(
                web.HTTPUnauthorized, "X-Hub-Signature-256 is missing or malformed; set the App's webhook secret"
            )
        body = await self._bodies.read(request)
        expected = hmac.digest(self._parts.github_secret.encode(), body, "sha256").hex()
        if not hmac.compare_digest(signature, f"sha256={expected}"):
            raise _error(
                web.HTTPUnauthorized, "X-Hub-Signature-256 is wrong; the App and this server have different secrets"
            )
        event = request.headers.get("X-GitHub-Event", "")
        if not _EVENT.fullmatch(event):
            raise _error(web.HTTPBadRequest, "X-GitHub-Event is missing or malformed")
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            raise _error(
                web.HTTPBadRequest, "the body is not JSON; set the webhook's content type to application/json"
            ) from None
        if not isinstance(payload, dict):
            raise _error(web.HTTPBadRequest, "the body is not a JSON object")
        return event, payload

    async def _store(self, keys: tuple[str, ...], *, source: str, event: str, delivery_id: str | None) -> web.Response:
        """Answer only once it is durable."""
        if not keys:
            self._received.count(source, event, Result.IGNORED)
            return _answer(202, "ignored: it concerns nothing that this server looks after")
        try:
            fresh = await self._parts.queue.accept(delivery_id, keys)
        except ValueError as error:
            return self._unreadable(source, event, error)
        except Exception:  # noqa: BLE001 -- whatever ails the store, the sender must hear that it has to send again
            _log.exception("a webhook could not be stored; it was answered with 503")
            self._received.count(source, event, Result.UNAVAILABLE)
            return _answer(503, "it could not be stored; send it again")
        self._received.count(source, event, Result.ACCEPTED if fresh else Result.REPEATED)
        return _answer(202, f"accepted: {len(keys)} to look at" if fresh else "repeated: it was accepted before")

    def _unreadable(self, source: str, event: str, error: Exception) -> web.Response:
        """Accepted, for sending it again would not help. An error's text may quote the payload: only its place is logged."""
        place = traceback.extract_tb(error.__traceback__)[-1]
        _log.error(
            "cannot read a webhook from %s (%s): %s at %s:%d",
            source,
            event,
            type(error).__name__,
            place.filename,
            place.lineno,
        )
        self._received.count(source, event, Result.UNREADABLE)
        return _answer(202, "accepted, but not understood; the next sweep looks at everything anyway")


def _answer(status: int, text: str) -> web.Response:
    """GitHub shows it beside the delivery."""
    return web.Response(status=status, text=f"{text}\n")


def _error(kind: type[web.HTTPException], text: str) -> web.HTTPException:
    return kind(text=f"{text}\n")
