"""The log of requests to the simulated GitHub: tests count requests with it, and the demo shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.simulator.github.traffic.faults import Which


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One request. `path` lacks API root and query; `operations` as in Which.operation, empty for REST and git.

    status: 0 if the connection was cut. caller: the login that acted, the App's slug for a JWT, or ''.
    """

    method: str
    path: str
    query: str
    operations: frozenset[str]
    status: int
    caller: str
    at: datetime


class RequestLog:
    """Requests in the order of their answers."""

    def __init__(self) -> None:
        self._entries: list[LoggedRequest] = []

    def add(self, entry: LoggedRequest) -> None:
        self._entries.append(entry)

    def clear(self) -> None:
        """Drop all entries, to count from now on."""
        self._entries.clear()

    def matching(self, which: Which | None = None) -> list[LoggedRequest]:
        """Return the requests that match `which`, all without it."""
        wanted = which or Which()
        return [one for one in self._entries if wanted.fits(one.method, one.path, one.operations)]

    def count(self, which: Which | None = None) -> int:
        return len(self.matching(which))

    def __iter__(self) -> Iterator[LoggedRequest]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
