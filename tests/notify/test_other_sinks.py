"""Webhooks: what arrives, and that readers can verify it."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.core.values.notice import Occasion
from bot.notify.sending import TIMEOUT, post
from bot.notify.sink import UndeliveredError
from bot.notify.sinks.apprise import Apprise
from bot.notify.sinks.slack_webhook import SlackWebhook
from bot.notify.sinks.teams import Teams
from bot.notify.sinks.webhook import Webhook, key_of
from bot.notify.words import LONGEST, headline, state
from tests.notify.notices import AT, Kept, news, notice, waits

MERGED = notice(Occasion.MERGED, said="Merged by dana.")
TWO = news(notice(number=3), notice(number=4, application="api"))


@dataclass
class Receiver:
    """Keeps what it was sent, and answers as the test says."""

    url: str
    session: ClientSession
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    status: int = 200
    answer: Mapping[str, str] = field(default_factory=dict)

    @property
    def last(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.bodies[-1])
        return read


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    application = web.Application()
    async with ClientSession() as session:
        made = Receiver("", session)

        async def receive(request: web.Request) -> web.Response:
            made.bodies.append(await request.read())
            made.headers.append(request.headers)
            return web.Response(status=made.status, headers=made.answer)

        application.add_routes([web.post("/hook/a-secret", receive)])
        async with TestServer(application) as server:
            made.url = str(server.make_url("/hook/a-secret"))
            yield made


def test_the_headline_counts_what_is_told_together() -> None:
    assert headline(news(MERGED)) == "✅ prod: web v1.4.1 → v1.5.0"
    assert headline(TWO) == "🆕 2 promotions to prod opened"


def test_the_state_says_who_can_clear_it_and_stays_within_its_limit() -> None:
    assert state(waits()) == "Approvals: waiting for 1 approval from acme/sre. Can be cleared by acme/sre."
    assert len(state(notice(said="x" * 5_000))) == LONGEST


async def test_a_webhook_of_slack_gets_text_with_links(receiver: Receiver) -> None:
    sink = SlackWebhook("releases", receiver.url, receiver.session)
    await sink.deliver(news(notice(change="prod: <!here>")), Kept())
    assert receiver.last["text"].splitlines() == [
        "🆕 prod: &lt;!here&gt;",
        "It is opened.",
        "<https://github.com/acme/deploy/pull/3>",
    ]

    await sink.deliver(TWO, Kept())
    assert receiver.last["text"].splitlines()[1] == (
        "• <https://github.com/acme/deploy/pull/3|prod: web v1.4.1 → v1.5.0>: It is opened."
    )


async def test_teams_gets_a_card_with_a_button(receiver: Receiver) -> None:
    sink = Teams("releases", receiver.url, receiver.session)
    await sink.deliver(news(MERGED), Kept())

    (attached,) = receiver.last["attachments"]
    assert attached["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attached["content"]
    assert [each["text"] for each in card["body"]] == ["✅ prod: web v1.4.1 → v1.5.0", "Merged by dana."]
    assert card["actions"][0]["url"] == "https://github.com/acme/deploy/pull/3"

    await sink.deliver(news(notice(number=3, change="a [link](https://evil.example)"), notice(number=4)), Kept())
    (attached,) = receiver.last["attachments"]
    texts = [each["text"] for each in attached["content"]["body"]]
    assert texts[1].startswith("[a \\[link\\](https://evil.example)](https://github.com/acme/deploy/pull/3): ")


async def test_apprise_gets_a_title_a_body_and_a_type(receiver: Receiver) -> None:
    sink = Apprise("releases", receiver.url, receiver.session)
    await sink.deliver(news(MERGED), Kept())
    assert receiver.last == {
        "title": "✅ prod: web v1.4.1 → v1.5.0",
        "body": "Merged by dana.\nhttps://github.com/acme/deploy/pull/3",
        "type": "success",
        "format": "text",
    }

    await sink.deliver(TWO, Kept())
    assert len(receiver.last["body"].splitlines()) == 2


@pytest.mark.parametrize("secret", ["a plain secret of some length", "whsec_" + base64.b64encode(b"binary").decode()])
async def test_a_program_can_verify_what_it_gets(receiver: Receiver, secret: str) -> None:
    """As https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md says."""
    sink = Webhook("releases", receiver.url, key_of(secret), receiver.session, lambda: AT)
    await sink.deliver(news(waits()), Kept())

    headers, body = receiver.headers[0], receiver.bodies[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()))
    assert receiver.last["type"] == "promotion.waits"
    assert receiver.last["data"]["who"] == "acme/sre"

    await sink.deliver(news(waits()), Kept())
    assert receiver.headers[1]["webhook-id"] == headers["webhook-id"], "a repeated message can be recognised"


@pytest.mark.parametrize(
    ("status", "said", "alone"),
    [
        (400, "answered 400: it does not take this message", True),
        (404, "answered 404: it may be gone; check its address", False),
        (302, "answered 302", False),
        (500, "answered 500", False),
    ],
)
async def test_a_refusal_has_a_reason_without_the_address(
    receiver: Receiver, status: int, said: str, *, alone: bool
) -> None:
    receiver.status = status
    with pytest.raises(UndeliveredError) as raised:
        await post(receiver.session, receiver.url, {})

    assert (str(raised.value), raised.value.message_alone) == (said, alone)


@pytest.mark.parametrize(("after", "seconds"), [("30", 30), ("99999999", 3600), ("tomorrow", None), ("", None)])
async def test_the_wait_that_a_sink_asks_for_is_kept_within_an_hour(
    receiver: Receiver, after: str, seconds: int | None
) -> None:
    receiver.status, receiver.answer = 429, {"Retry-After": after}
    with pytest.raises(UndeliveredError) as raised:
        await post(receiver.session, receiver.url, {})

    assert (raised.value.wait.total_seconds() if raised.value.wait else None) == seconds


async def test_a_sink_that_is_not_there_is_a_failure_without_its_address(unused_tcp_port: int) -> None:
    async with ClientSession() as session:
        with pytest.raises(UndeliveredError, match="could not be reached") as raised:
            await post(session, f"http://127.0.0.1:{unused_tcp_port}/a-secret", {})

    assert "a-secret" not in str(raised.value)
    assert TIMEOUT.total is not None
