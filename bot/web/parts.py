"""What the web application is given: how payloads become keys, where keys go, and what it reports on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.queue.protocol import Queue


class RouteGitHub(Protocol):
    """Which keys an authentic webhook of GitHub makes due; none when it concerns nothing, or is an event nobody knows."""

    def __call__(self, event: str, payload: Mapping[str, Any], /) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class RegistryHook:
    """A request to a registry's endpoint, not yet authenticated.

    vendor: from the path, in whatever case it was called. path_secret: what follows it there, '' for nothing.
    registry: the query parameter of that name, by which an operator says how policies call the registry; None without it.
    """

    vendor: str
    path_secret: str = field(repr=False)
    registry: str | None
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not accepted. status: 400, 401 or 404; reason: what was seen and expected, without secrets."""

    status: int
    reason: str


class RouteRegistry(Protocol):
    """Authenticates a registry's hook, and says which keys it makes due."""

    def __call__(self, hook: RegistryHook, /) -> tuple[str, ...] | Refused: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything the application talks to.

    missing: what must still happen before this server can do its work, as people would say it; nothing when it is ready.
    passes: how many passes ended, by outcome.
    """

    queue: Queue
    github_secret: str = field(repr=False)
    route_github: RouteGitHub
    route_registry: RouteRegistry
    missing: Callable[[], Iterable[str]]
    passes: Callable[[], Mapping[str, int]]
    now: Callable[[], datetime]
