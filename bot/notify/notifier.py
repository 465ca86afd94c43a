"""Notices on their way: from passes into the outbox, and from there to the sinks."""

from collections.abc import Callable, Iterable

from bot.core.values.notice import Dropped, Notice
from bot.notify.delivery import Delivery
from bot.queue.outbox import Outbox


class Notifier:
    """What passes tell. open_to: from a repository to the sinks that its policy may name."""

    def __init__(self, outbox: Outbox, delivery: Delivery, *, open_to: Callable[[str], frozenset[str]]) -> None:
        self._outbox = outbox
        self._delivery = delivery
        self._open_to = open_to

    def sinks(self, repository: str) -> frozenset[str]:
        """Return the sinks that this repository's policy may name."""
        return self._open_to(repository)

    async def post(self, notices: Iterable[Notice]) -> None:
        """Have these delivered, but for those that were put in before or that name no sink of this server."""
        known = [each for each in notices if each.sink in self._open_to(each.repository)]
        if known and await self._outbox.post(known):
            self._delivery.tell({each.sink for each in known})

    async def dropped(self, repository: str) -> tuple[Dropped, ...]:
        """Return what could not be delivered for this repository."""
        return await self._outbox.dropped(repository) if self._open_to(repository) else ()
