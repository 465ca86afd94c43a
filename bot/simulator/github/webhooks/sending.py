"""Webhooks of GitHub Apps: created from the model's events, signed, sent, recorded, and redelivered on request.

The payload is created at the time of the event, so it shows the world at that time, however late it is delivered.
GitHub waits ten seconds for an answer, counts anything else as failed, and does not retry by itself.
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries

Race accepted: two deliveries in transit arrive in either order, as on GitHub.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import aiohttp

from bot.simulator.github.model.accounts.apps import App, Installation
from bot.simulator.github.model.events import Event
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.traffic.faults import Fate, Faults
from bot.simulator.github.traffic.recording import Recorder, SentWebhook
from bot.simulator.github.views.links import Links
from bot.simulator.github.webhooks.installations import Payload
from bot.simulator.github.webhooks.payloads import payloads_of, ping

TIMEOUT = 10.0
"""Seconds that GitHub waits for an answer. A test of slow receivers may set a shorter `Webhooks.timeout`."""

LARGEST = 25 * 1024 * 1024
"""Bytes; a larger payload is not sent. https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""

REDELIVERABLE = timedelta(days=3)


class Outcome(Enum):
    """The result of a delivery, in the words of GitHub's `status`."""

    PENDING = "pending"
    OK = "OK"
    TIMED_OUT = "timed out"
    FAILED = "failed to connect to host"
    BAD_STATUS = "Invalid HTTP Response: {code}"


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver a webhook. A redelivery is a separate attempt with the same `guid`.

    duration: seconds until the answer. status_code: 0 without an answer.
    """

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    delivered_at: datetime
    redelivery: bool
    url: str
    request_headers: Mapping[str, str]
    body: bytes
    outcome: Outcome = Outcome.PENDING
    status_code: int = 0
    duration: float = 0.0
    response_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def status(self) -> str:
        """Return GitHub's text for the outcome."""
        return self.outcome.value.format(code=self.status_code)

    @property
    def payload(self) -> Mapping[str, Any]:
        loaded: Mapping[str, Any] = json.loads(self.body)
        return loaded


class Webhooks:
    """Sends the webhooks of every App of one simulated GitHub while its server runs."""

    def __init__(self, github: GitHub, *, faults: Faults, recorders: Sequence[Recorder]) -> None:
        self._github = github
        self._faults = faults
        self._recorders = recorders
        self.timeout = TIMEOUT
        self._deliveries: list[Delivery] = []
        self._held: list[Delivery] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._links = Links(api="http://127.0.0.1", html="http://127.0.0.1")

    # -- the server's side -----------------------------------------------------------------------------------------

    def start(self, links: Links, connector: aiohttp.BaseConnector | None = None) -> None:
        """Start sending. `links`: this server's addresses in payloads; `connector`: how receivers are reached."""
        self._links = links
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        self._stop_listening = self._github.listen(self._on_event)

    async def stop(self) -> None:
        """Stop sending, and cancel deliveries in transit."""
        self._stop_listening()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until every delivery, including those that receivers caused meanwhile, was answered or failed."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    # -- for tests and the API -------------------------------------------------------------------------------------

    def deliveries(self, app: App | None = None) -> list[Delivery]:
        """Return the recorded deliveries, newest first."""
        return [delivery for delivery in reversed(self._deliveries) if app is None or delivery.app is app]

    def delivery(self, identifier: int, app: App) -> Delivery:
        """Return a recorded delivery; raise Refused if it is not this App's."""
        for delivery in self._deliveries:
            if delivery.id == identifier and delivery.app is app:
                return delivery
        raise Refused(Reason.NOT_FOUND, "Not Found")

    def redeliver(self, delivery: Delivery) -> Delivery:
        """Send a recorded delivery again: same GUID and body, a new id."""
        if self._github.now() - delivery.delivered_at > REDELIVERABLE:
            raise Refused(Reason.UNPROCESSABLE, "This delivery is too old to be redelivered")
        again = self._new(
            app=delivery.app,
            event=delivery.event,
            action=delivery.action,
            installation_id=delivery.installation_id,
            repository_id=delivery.repository_id,
            body=delivery.body,
            guid=delivery.guid,
            redelivery=True,
        )
        self._dispatch(again, Fate.DELIVER)
        return again

    def release(self, order: Sequence[int] | None = None) -> None:
        """Send held webhooks: the given positions in the given order, or all in their original order."""
        chosen = [self._held[position] for position in (range(len(self._held)) if order is None else order)]
        self._held = [delivery for delivery in self._held if delivery not in chosen]
        for delivery in chosen:
            self._send_soon(delivery)

    @property
    def held(self) -> tuple[Delivery, ...]:
        """Return the webhooks that a fault switch holds, oldest first."""
        return tuple(self._held)

    def ping(self, app: App) -> None:
        """Send the webhook that GitHub sends when an App's webhook is set up."""
        self._deliver(app, None, ping(app))

    # -- sending ---------------------------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        for app, installation, payload in payloads_of(self._links, self._github, event):
            self._deliver(app, installation, payload)

    def _deliver(self, app: App, installation: Installation | None, payload: Payload) -> None:
        if app.webhook_url is None:
            return
        body = json.dumps(payload.body, ensure_ascii=False, separators=(",", ":")).encode()
        if len(body) > LARGEST:
            return
        fate = self._faults.fate_of(payload.event)
        if fate is Fate.LOSE:
            return
        delivery = self._new(
            app=app,
            event=payload.event,
            action=payload.body.get("action"),
            installation_id=installation.id if installation else None,
            repository_id=payload.body.get("repository", {}).get("id"),
            body=body,
        )
        self._dispatch(delivery, fate)

    def _new(
        self,
        *,
        app: App,
        event: str,
        action: str | None,
        installation_id: int | None,
        repository_id: int | None,
        body: bytes,
        guid: str | None = None,
        redelivery: bool = False,
    ) -> Delivery:
        number = len(self._deliveries) + 1
        guid = guid or _guid(number)
        delivery = Delivery(
            id=12_000_000_000 + number,
            guid=guid,
            app=app,
            event=event,
            action=action,
            installation_id=installation_id,
            repository_id=repository_id,
            delivered_at=self._github.now(),
            redelivery=redelivery,
            url=app.webhook_url or "",
            request_headers=_headers(app, event, guid, body),
            body=body,
        )
        self._deliveries.append(delivery)
        return delivery

    def _dispatch(self, delivery: Delivery, fate: Fate) -> None:
        if fate is Fate.HOLD:
            self._held.append(delivery)
            return
        if fate is Fate.DROP:
            delivery.outcome = Outcome.FAILED
            return
        self._send_soon(delivery)
        if fate is Fate.REPEAT:
            self._send_soon(delivery)

    def _send_soon(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._send(delivery))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _send(self, delivery: Delivery) -> None:
        if self._session is None:
            raise RuntimeError("webhooks are sent while the server runs, and it does not")
        for recorder in self._recorders:
            recorder.webhook(SentWebhook(delivery.request_headers, delivery.body))
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with self._session.post(
                delivery.url,
                data=delivery.body,
                headers=delivery.request_headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as answer:
                delivery.response_body = (await answer.read()).decode("utf-8", "replace")
                delivery.response_headers = dict(answer.headers)
                delivery.status_code = answer.status
                delivery.outcome = Outcome.OK if answer.ok and answer.status < 300 else Outcome.BAD_STATUS
        except TimeoutError:
            delivery.outcome = Outcome.TIMED_OUT
        except aiohttp.ClientError:
            delivery.outcome = Outcome.FAILED
        delivery.duration = round(loop.time() - began, 2)


def _headers(app: App, event: str, guid: str, body: bytes) -> dict[str, str]:
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers"""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(str(app.id).encode()).hexdigest()[:7]}",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if app.webhook_secret:
        secret = app.webhook_secret.encode()
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return headers


def _guid(number: int) -> str:
    """Return a GUID from a counter, so that the simulated world is repeatable."""
    digest = hashlib.sha256(f"delivery {number}".encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
