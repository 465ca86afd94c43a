"""The web application's inputs: how payloads become keys, where keys go, and what it reports."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.core.needs.subscriptions import Due
from bot.queue.protocol import Queue
from bot.telemetry.metrics import Metrics
from bot.web.api import Api


class RouteGitHub(Protocol):
    """Returns what an authentic GitHub webhook makes due: nothing for an unknown event, or one that concerns nothing."""

    def __call__(self, event: str, payload: Mapping[str, Any], /) -> Due: ...


@dataclass(frozen=True, slots=True)
class RegistryHook:
    """A request to a registry's endpoint, without its body and not yet authenticated.

    vendor: from the path, as it was written there. path_secret: what follows it there, '' for nothing. registry: the query
    parameter of that name, in which an operator says how policies name the registry; None without it.
    """

    vendor: str
    path_secret: str = field(repr=False)
    registry: str | None
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that is not accepted. status: 400, 401 or 404, or 503 if the sender should send it again.

    reason: what was seen and expected, without secrets.
    """

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an authentic request that makes nothing due and wants this JSON back."""

    json: str


class Registries(Protocol):
    """Authenticates registries' hooks."""

    async def admit(self, hook: RegistryHook, /) -> Refused | None:
        """Return why this request is refused whatever its body says; None where the body has to be read."""
        ...

    async def route(self, hook: RegistryHook, body: bytes, /) -> Due | Refused | Reply:
        """Return what an authentic hook makes due, or what its sender wants back."""
        ...

    def greet(self, hook: RegistryHook, /) -> Mapping[str, str] | Refused:
        """Return the headers of the answer to a sender that asks with OPTIONS whether it may send."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything that the application calls. github_secret: '' where GitHub's webhooks are not received.

    ci_secret: for pipelines; '' turns their endpoint off. missing: what must still happen before this server can work, in
    plain words; empty when it is ready. passes: outcome → how many passes ended so. metrics: where requests are counted, and
    what `/metrics` shows.
    """

    queue: Queue
    github_secret: str = field(repr=False)
    route_github: RouteGitHub
    registries: Registries
    ci_secret: str = field(default="", repr=False)
    api: Api
    missing: Callable[[], Iterable[str]]
    passes: Callable[[], Mapping[str, int]]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    metrics: Metrics = field(default_factory=Metrics)
