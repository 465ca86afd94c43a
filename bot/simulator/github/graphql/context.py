"""What every resolver may look at: the nouns, who asks, and where the pages are."""

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
    """What is left of a caller's hour, in points."""

    limit: int
    remaining: int
    used: int
    reset_at: datetime


class Budget(Protocol):
    """Counts the points a caller spends."""

    def spend(self, points: int) -> Allowance:
        """Take points off; returns what is left."""


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
        """Who asks; there is no GraphQL without somebody."""
        if self.viewer.actor is None:
            raise Refused(Reason.FORBIDDEN, "This endpoint requires you to be authenticated.")
        return self.viewer.actor


class Info(Protocol):
    """What a resolver is told beside the noun: of all that graphql-core has to tell, this much."""

    @property
    def field_name(self) -> str:
        """The field's name in the schema."""

    @property
    def context(self) -> Context:
        """The request's context."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """The resolver of a field that is read off its noun, whoever asks."""

    read: Callable[[Any], object]

    def __call__(self, noun: object, _: object) -> object:
        """As graphql-core calls a resolver."""
        return self.read(noun)


def always(value: object) -> Resolver:
    """The resolver of a field that is the same for every noun, because the simulator has no more to tell."""
    return lambda *_: value


def context(info: Info) -> Context:
    """The request's context."""
    return info.context


def need(info: Info, repository: CodeRepository, permission: str) -> None:
    """Refuse a field the token may not read."""
    if not context(info).viewer.allows(repository, permission, Access.READ):
        raise Refused(Reason.FORBIDDEN, NOT_ACCESSIBLE)
