"""Webhooks that did not reach the bot. GitHub keeps them for a few days, but does not send them again unless asked.

https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook

Race accepted: two processes may have a delivery sent again at once. It has the same GUID both times, and is accepted once.
"""

from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.github.auth.tokens import Tokens
from bot.github.client import Client
from bot.github.errors import Refused
from bot.github.parsing.answers import moment

KEPT = timedelta(days=3)
"""How long GitHub keeps deliveries: https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks"""


async def redeliver_failed(client: Client, tokens: Tokens, *, now: datetime, within: timedelta = KEPT) -> int:
    """Have GitHub send again what failed lately and has not arrived since. Returns how many it accepted.

    Raises Temporary.
    """
    deliveries = Deliveries(client, tokens)
    failed = await deliveries.failed_since(now - within)
    return sum([await deliveries.redeliver(delivery) for delivery in failed])


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """An event whose every attempt failed. id: of the latest attempt, by which it is sent again."""

    id: int
    guid: str
    event: str
    at: datetime


class Deliveries:
    """The App's webhook deliveries, read with its JWT."""

    def __init__(self, client: Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def failed_since(self, start: datetime) -> tuple[FailedDelivery, ...]:
        """Return the events since then whose every attempt failed, oldest first. Raises Temporary."""
        latest: dict[str, FailedDelivery] = {}
        arrived: set[str] = set()
        path = "/app/hook/deliveries?per_page=100"
        pages = self._client.pages(path, credential=self._tokens.app_credential, operation="deliveries")
        async with aclosing(pages):
            async for page in pages:
                for each in page:
                    at = moment(each["delivered_at"])
                    if at < start:
                        return _missing(latest, arrived)
                    if 200 <= each["status_code"] < 300:
                        arrived.add(each["guid"])
                    else:
                        latest.setdefault(each["guid"], FailedDelivery(each["id"], each["guid"], each["event"], at))
        return _missing(latest, arrived)

    async def redeliver(self, delivery: FailedDelivery) -> bool:
        """Have it sent again. Returns False where GitHub no longer has it. Raises Temporary."""
        path = f"/app/hook/deliveries/{delivery.id}/attempts"
        try:
            await self._client.send(path, {}, credential=self._tokens.app_credential, operation="redelivery")
        except Refused as refusal:
            if refusal.status in (404, 422):
                return False
            raise
        return True


def _missing(latest: dict[str, FailedDelivery], arrived: set[str]) -> tuple[FailedDelivery, ...]:
    missing = (delivery for guid, delivery in latest.items() if guid not in arrived)
    return tuple(sorted(missing, key=lambda delivery: (delivery.at, delivery.id)))
