"""Fault switches of the registry, for a number of requests or until they are cleared."""

import re
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """What happens instead of an answer."""

    REFUSE = "the connection is closed without a word"
    TOO_MANY_REQUESTS = "429, with Retry-After"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503, with Retry-After"
    SLOW = "the answer does not come"
    GARBAGE = "200 with a page that no registry would send"
    ENDLESS = "200 with a body that never ends"


@dataclass(slots=True)
class Switch:
    """An active switch. path: which requests; left: how many more, None for all; retry_after: seconds."""

    fault: Fault
    path: re.Pattern[str]
    left: int | None
    retry_after: int


class Faults:
    """The active switches; the first that matches a request applies."""

    def __init__(self) -> None:
        self._switches: list[Switch] = []

    def add(self, fault: Fault, *, path: str = "", times: int | None = None, retry_after: int = 30) -> None:
        """Apply a fault to the next `times` requests whose path contains a match of this expression."""
        self._switches.append(Switch(fault, re.compile(path), times, retry_after))

    def clear(self) -> None:
        """Remove all switches."""
        self._switches.clear()

    def take(self, path: str) -> Switch | None:
        """Return the switch for this request, and count it; None without one."""
        for switch in self._switches:
            if switch.left != 0 and switch.path.search(path):
                switch.left = None if switch.left is None else switch.left - 1
                return switch
        return None
