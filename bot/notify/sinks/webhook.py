"""A webhook of your own: JSON, signed as https://www.standardwebhooks.com describes, so that ready-made libraries verify it.

`webhook-id` is the same when a message is repeated.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from bot.notify.sending import post
from bot.notify.sink import Memory, News
from bot.notify.words import state

MOST = 1
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address. secret: the key of its signatures. now: the clock of `webhook-timestamp`."""

    name: str
    url: str = field(repr=False)
    secret: bytes = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    now: Callable[[], datetime]
    most: int = MOST

    async def deliver(self, news: tuple[News, ...], _memory: Memory, /) -> None:
        for each in news:
            body, identity = json.dumps(_payload(each)).encode(), _identity(each)
            timestamp = str(int(self.now().timestamp()))
            signed = f"{identity}.{timestamp}.".encode() + body
            code = base64.b64encode(hmac.digest(self.secret, signed, "sha256")).decode()
            headers = {"webhook-id": identity, "webhook-timestamp": timestamp, "webhook-signature": f"v1,{code}"}
            await post(self.session, self.url, body, headers)


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for. Raises ValueError for `whsec_` without Base64 behind it."""
    if secret.startswith(PREFIX):
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()


def _identity(news: News) -> str:
    notice = news.notice
    return "msg_" + hashlib.sha256(f"{notice.sink} {notice.promotion} {notice.mark}".encode()).hexdigest()[:32]


def _payload(news: News) -> dict[str, object]:
    notice = news.notice
    return {
        "type": f"promotion.{notice.occasion}",
        "timestamp": notice.at.isoformat(),
        "data": {
            "repository": notice.repository,
            "pull_request": notice.number,
            "url": news.link,
            "application": notice.application,
            "environment": notice.environment,
            "change": notice.change,
            "state": state(notice),
            "who": notice.who,
        },
    }
