"""The context of a request, for all resolvers: the model, the viewer, and the addresses of pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.simulator.github.access.rules import NOT_ACCESSIBLE, Viewer
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.world.errors import Reason, Refused

# (source, info, **arguments in snake case) -> the field's value. graphql-core calls them so.
Resolver = Callable[..., object]
Resolvers = dict[str, dict[str, Resolver]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The points that a caller has left this hour."""

    limit: int
    remaining: int
    used: int
    reset_at: datetime


class Budget(Protocol):
    """Counts the points that a caller spends."""

    def spend(self, points: int) -> Allowance:
        """Spend points; return what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """GraphQL's rateLimit."""

    cost: int
    node_count: int
    allowance: Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request."""

    github: GitHub
    viewer: Viewer
    html: str
    rate_limit: RateLimit

    @property
    def actor(self) -> User:
        """Return the viewer's account. GraphQL has no anonymous callers."""
        if self.viewer.actor is None:
            raise Refused(Reason.FORBIDDEN, "This endpoint requires you to be authenticated.")
        return self.viewer.actor


class Info(Protocol):
    """What a resolver receives besides its source: the part of graphql-core's info that resolvers use."""

    @property
    def field_name(self) -> str:
        """Return the field's name in the schema."""

    @property
    def context(self) -> Context:
        """Return the request's context."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A resolver that reads a field from its source and ignores the viewer."""

    read: Callable[[Any], object]

    def __call__(self, source: object, _: object) -> object:
        """Resolve the field; graphql-core calls this."""
        return self.read(source)


def always(value: object) -> Resolver:
    """Return a resolver with a constant value, for fields that the simulator does not model."""
    return lambda *_: value


def context(info: Info) -> Context:
    """Return the request's context."""
    return info.context


def need(info: Info, repository: CodeRepository, permission: str) -> None:
    """Raise Refused if the token may not read this field."""
    if not context(info).viewer.allows(repository, permission, Access.READ):
        raise Refused(Reason.FORBIDDEN, NOT_ACCESSIBLE)
