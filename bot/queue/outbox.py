"""The outbox: notices that wait to be delivered, and the messages that delivered ones became.

It is kept beside the queue, so what a pass puts in survives the process. Each notice is kept once, however often it is put
in, and delivered at least once: a process that dies between the sending and its note sends again. Of one promotion a later
notice is never handed out before an earlier one.

Race accepted: a notice whose delivery takes longer than `HANDED_OUT` is handed out again, and may arrive twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pydantic import TypeAdapter

from bot.core.values.notice import Dropped, Notice

HANDED_OUT = timedelta(minutes=2)
"""How long a process has to deliver what it was handed, before another one gets it."""

GATHERED = timedelta(seconds=5)
"""How long an opening waits for others, so that promotions that open together share one message."""

UNDELIVERED = timedelta(days=1)
"""How long the bot tries to deliver a notice."""

REMEMBERED = timedelta(days=14)
"""How long delivered notices and their messages are kept, so that they are neither repeated nor lose their thread."""

_NOTICE = TypeAdapter(Notice)


@dataclass(frozen=True, slots=True)
class Pending:
    """A notice to deliver. number: of its row. attempts: failed ones before."""

    number: int
    notice: Notice
    attempts: int


class Outbox(Protocol):
    """One per queue. Every change is durable before its call returns. Times are the store's own."""

    async def post(self, notices: Iterable[Notice]) -> bool:
        """Put in those that were never put in. Return whether there were any."""
        ...

    async def hand_out(self, sink: str, limit: int) -> tuple[Pending, ...]:
        """Return the oldest notices that are due, at most one per promotion, and keep them from others for `HANDED_OUT`."""
        ...

    async def delivered(self, numbers: Iterable[int]) -> None:
        """Note that these were delivered."""
        ...

    async def failed(self, numbers: Iterable[int], *, wait: timedelta, error: str) -> None:
        """Hand these out again after the wait. Those that are older than `UNDELIVERED` are dropped."""
        ...

    async def messages(self, sink: str, names: Iterable[str]) -> Mapping[str, str]:
        """Return what the sink kept under these names: name → its own words."""
        ...

    async def keep(self, sink: str, messages: Mapping[str, str]) -> None:
        """Keep what the sink has to remember, such as the message that tells of a promotion."""
        ...

    async def dropped(self, repository: str) -> tuple[Dropped, ...]:
        """Return what was dropped for this repository within a day."""
        ...

    async def waiting(self) -> Mapping[str, int]:
        """Return how many notices wait: sink → count."""
        ...


def packed(notice: Notice) -> str:
    """Return a notice as text."""
    return _NOTICE.dump_json(notice).decode()


def unpacked(text: str) -> Notice:
    """Return the notice that was packed."""
    return _NOTICE.validate_json(text)
