"""Webhooks without a way in: the bot reads them from the App's deliveries, delivered or not.

GitHub records every attempt with its payload, and keeps it for three days. The list has no payloads: each costs one request.
https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
A list that has not changed is answered with 304, which costs nothing of the rate limit.

What has been read is remembered by this process alone. To lose that is harmless: a start looks at every repository anyway, and
the queue accepts each GUID once.

Races accepted. A delivery may appear in the list after younger ones, so the last minutes are looked through each time; one that
appears even later is made up for by the next sweep. Each of several replicas asks for itself.
"""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from cachetools import LRUCache

from bot.github.auth.tokens import Tokens
from bot.github.client import Client
from bot.github.errors import Refused, understood
from bot.github.events.webhooks import EVENTS
from bot.github.parsing.answers import moment

OVERLAP = timedelta(minutes=2)
"""How far back each look goes beyond what was read."""
MOST = 200
"""Payloads of one look. With more to read, a look at every repository is cheaper, and says the same."""
PAGES = 10
REMEMBERED = 20_000

_SAYS_NOTHING = frozenset(
    {
        ("check_suite", "requested"),
        ("check_suite", "rerequested"),
        ("issue_comment", "deleted"),
        ("merge_group", "destroyed"),
    }
)
"""Events whose payload makes nothing due, whatever it says. `rerequested` comes with a check run of its own."""


class Read(Enum):
    """Which deliveries are read."""

    ALL = auto()
    MISSED = auto()  # only those that did not arrive: this server receives webhooks as well


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery whose payload has not been read. id: of the attempt; guid: of the event."""

    id: int
    guid: str
    event: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """What one look found, oldest first. too_many: there is more than is worth reading; look at every repository instead."""

    deliveries: tuple[Listed, ...]
    too_many: bool = False


class Pulling:
    """Reads the App's deliveries, one look after the other.

    The first look begins shortly before the newest delivery. All times are GitHub's, so this server's clock does not matter.
    """

    def __init__(self, client: Client, tokens: Tokens, *, read: Read = Read.ALL) -> None:
        self._client = client
        self._tokens = tokens
        self._which = read
        self._since: datetime | None = None
        self._known: LRUCache[int, None] = LRUCache(REMEMBERED)
        self._guids: LRUCache[str, None] = LRUCache(REMEMBERED)

    async def look(self) -> Unread:
        """Return what has not been read yet. Raises Temporary."""
        found: dict[int, Listed] = {}
        since = self._since
        pages = self._client.pages(
            "/app/hook/deliveries?per_page=100", credential=self._tokens.app_credential, operation="deliveries"
        )
        number, whole = 0, False
        async with aclosing(pages):
            async for page in pages:
                number += 1
                if since is None and page:
                    since = _newest(page) - OVERLAP
                recent = [each for each in page if since is None or moment(each["delivered_at"]) >= since]
                fresh = [each for each in recent if each["id"] not in self._known]
                found |= {each["id"]: _listed(each) for each in fresh if self._matters(each)}
                whole = len(recent) < len(page) or not fresh
                if whole or number == PAGES:
                    break
            else:
                whole = True
        listed = sorted(found.values(), key=lambda each: each.id)
        if listed:
            since = max(filter(None, (since, listed[0].at - OVERLAP)))
        self._since = since
        if len(listed) > MOST or not whole:
            for each in listed:
                self.done(each)
            return Unread((), too_many=True)
        return Unread(tuple(listed))

    async def payload(self, delivery: Listed) -> Mapping[str, Any]:
        """Return what was sent; nothing where GitHub no longer has it. Raises Temporary."""
        path = f"/app/hook/deliveries/{delivery.id}"
        try:
            found = await self._client.get(path, credential=self._tokens.app_credential, operation="delivery")
        except Refused as refusal:
            if refusal.status != 404:
                raise
            return {}
        with understood("delivery"):
            payload = found["request"]["payload"]
        return payload if isinstance(payload, dict) else {}

    def done(self, delivery: Listed) -> None:
        """Do not return this delivery again: what it makes due is stored."""
        self._known[delivery.id] = None
        self._guids[delivery.guid] = None

    def _matters(self, each: Mapping[str, Any]) -> bool:
        """Report whether to read a payload. What this says no to is not asked about again."""
        arrived = self._which is Read.MISSED and 200 <= each["status_code"] < 300
        nothing = each["event"] not in EVENTS or (each["event"], each["action"]) in _SAYS_NOTHING
        if arrived or nothing or each["guid"] in self._guids:
            self._known[each["id"]] = None
            return False
        return True


def _newest(page: Sequence[Mapping[str, Any]]) -> datetime:
    return max(moment(each["delivered_at"]) for each in page)


def _listed(each: Mapping[str, Any]) -> Listed:
    return Listed(each["id"], each["guid"], each["event"], moment(each["delivered_at"]))
