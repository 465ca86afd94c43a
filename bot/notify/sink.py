"""What every kind of sink promises, and what it is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.core.values.notice import Notice


class UndeliveredError(Exception):
    """A sink did not take a message. The text names no address and no secret.

    wait: how long the sink wants to be left alone; None where it did not say. message_alone: it does not take this message, and
    may take others.
    """

    def __init__(self, reason: str, *, wait: timedelta | None = None, message_alone: bool = False) -> None:
        super().__init__(reason)
        self.wait = wait
        self.message_alone = message_alone


@dataclass(frozen=True, slots=True)
class News:
    """A notice, and the page where people can act on it."""

    notice: Notice
    link: str


class Memory(Protocol):
    """What one sink keeps between deliveries, by name."""

    async def read(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return what was kept under these names."""
        ...

    async def keep(self, kept: Mapping[str, str]) -> None:
        """Keep this."""
        ...


class Sink(Protocol):
    """One place where people read. name: as policies call it. most: how many notices one message may hold."""

    @property
    def name(self) -> str: ...

    @property
    def most(self) -> int: ...

    async def deliver(self, news: tuple[News, ...], memory: Memory) -> None:
        """Tell all of it: the same occasion in one environment of one repository. Raises UndeliveredError.

        It may be called again with the same, if the process ended in between.
        """
        ...
