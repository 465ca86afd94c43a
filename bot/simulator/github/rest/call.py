"""One REST call as its handler sees it: authenticated, its repository found, its body parsed.

A handler is a synchronous function from Call to Answer. It is not interrupted, so no request sees a change half done.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar
from urllib.parse import urlencode

from bot.simulator.github.access.auth import Caller, Tokens
from bot.simulator.github.access.limits import Limits
from bot.simulator.github.git.history import Change
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Access, App, Installation
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.model.world.errors import Reason, Refused
from bot.simulator.github.rest.bodies import Fields, Invalid, moment
from bot.simulator.github.views import diffs
from bot.simulator.github.views.links import Links
from bot.simulator.github.webhooks.sending import Webhooks

MOST_PER_PAGE = 100
USUAL_PER_PAGE = 30
MANY_SEGMENTS = frozenset({"ref", "path", "basehead", "branch"})

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A handler's answer. `body` is JSON, bytes with a media type of their own, or None."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def ok(body: object) -> Answer:
    return Answer(body=body)


def created(body: object) -> Answer:
    return Answer(status=201, body=body)


NO_CONTENT = Answer(status=204)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request for a handler.

    parameters: of the path, decoded. query: the first value of each parameter. body: empty if there was none. accept:
    the header.
    """

    github: GitHub
    tokens: Tokens
    webhooks: Webhooks
    limits: Limits
    caller: Caller
    links: Links
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Fields
    accept: str
    found: Repository | None = None

    @property
    def repository(self) -> Repository:
        """Return the repository of the path; only for routes with one."""
        if self.found is None:
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return self.found

    @property
    def actor(self) -> User:
        """Return the acting account; raise Refused for an anonymous caller."""
        actor = self.caller.actor
        if actor is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return actor

    @property
    def app(self) -> App:
        """Return the App of the JWT; only for routes that require one."""
        if self.caller.app is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return self.caller.app

    @property
    def installation(self) -> Installation:
        """Return the installation of the token; only for routes that require one."""
        if self.caller.installation is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return self.caller.installation

    def number(self, name: str) -> int:
        """Return a number of the path; raise Refused (not found) for anything else."""
        if not re.fullmatch("[0-9]{1,18}", self.parameters[name]):
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return int(self.parameters[name])

    def moment(self, name: str) -> datetime | None:
        """Return a time of the query; None if absent."""
        given = self.query.get(name)
        return None if given is None else moment(given)

    def wants(self, media_type: str) -> bool:
        """Report whether the client accepts a media type: `raw`, `diff`, `object`."""
        return re.search(rf"application/vnd\.github\.(v3\.)?{media_type}\b", self.accept) is not None

    @property
    def page_size(self) -> int:
        return min(MOST_PER_PAGE, max(1, _positive(self.query.get("per_page"), USUAL_PER_PAGE)))

    def page(
        self,
        items: Sequence[Item],
        show: Callable[[Item], object],
        *,
        wrap: str | None = None,
        also: Mapping[str, object] | None = None,
    ) -> Answer:
        """Return one page of `items`, each shown by `show`, with GitHub's `Link` header.

        `wrap` names the list in an object with a total; `also` adds fields to that object.
        https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        place, headers = self.paging(len(items), self.page_size)
        shown = [show(item) for item in items[place]]
        return Answer(body={"total_count": len(items), wrap: shown, **(also or {})} if wrap else shown, headers=headers)

    def ordered(
        self, items: Iterable[Item], orders: Mapping[str, Callable[[Item], object]], *, default: str = "desc"
    ) -> list[Item]:
        """Sort as `sort` and `direction` say; the first of `orders` is the default."""
        order, direction = self.query.get("sort", next(iter(orders))), self.query.get("direction", default)
        if order not in orders:
            raise Invalid(f"{json.dumps(order)} is not a member of [{', '.join(orders)}].")
        if direction not in {"asc", "desc"}:
            raise Invalid(f"{json.dumps(direction)} is not a member of [asc, desc].")
        rank: Callable[[Item], Any] = orders[order]
        return sorted(items, key=rank, reverse=direction == "desc")

    def diff(self, changes: Iterable[Change]) -> Answer:
        """Return a difference as text, for clients that accept `application/vnd.github.diff`."""
        return Answer(body=diffs.diff(changes).encode(), media_type="application/vnd.github.v3.diff; charset=utf-8")

    def patches(self, commits: Sequence[str]) -> Answer:
        """Return commits as mails, for clients that accept `application/vnd.github.patch`."""
        text = diffs.patches(self.repository, commits)
        return Answer(body=text.encode(), media_type="application/vnd.github.v3.patch; charset=utf-8")

    def paging(self, count: int, size: int) -> tuple[slice, dict[str, str]]:
        """Return the slice of the requested page, and the header that links to the others."""
        number, last = max(1, _positive(self.query.get("page"), 1)), max(1, -(-count // size))
        pages = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        if number == 1:
            del pages["prev"], pages["first"]
        if number >= last:
            del pages["next"], pages["last"]
        headers = self.link_header({rel: {"page": str(page)} for rel, page in pages.items()})
        return slice((number - 1) * size, number * size), headers

    def link_header(self, relations: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Return a `Link` header: for each relation, this request with the given parameters changed."""
        addresses = {
            rel: f"{self.links.api}{self.path}?{urlencode({**self.query, **changed})}"
            for rel, changed in relations.items()
        }
        links = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in addresses.items())
        return {"Link": links} if links else {}


Handler = Callable[[Call], Answer]


class Credentials(Enum):
    """What a route outside repositories requires of the caller."""

    NONE = "none"
    ANY = "any"
    USER = "user"
    JWT = "jwt"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a route of a repository requires of the caller."""

    name: str
    access: Access


Needs = Credentials | Permission


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `template` is the path as GitHub documents it."""

    method: str
    template: str
    needs: Needs
    handler: Handler
    pattern: re.Pattern[str]

    @property
    def literals(self) -> int:
        """Return how many segments are literal: of two matching routes, the more specific one wins."""
        return sum("{" not in segment for segment in self.template.split("/"))


class Routes:
    """The operations of one module, registered by decorators."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def get(self, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        return self._register("GET", template, needs)

    def post(self, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        return self._register("POST", template, needs)

    def put(self, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        return self._register("PUT", template, needs)

    def patch(self, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        return self._register("PATCH", template, needs)

    def delete(self, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        return self._register("DELETE", template, needs)

    def _register(self, method: str, template: str, needs: Needs) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.all.append(Route(method, template, needs, handler, _pattern(template)))
            return handler

        return register


def _pattern(template: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(
            re.escape(piece) if position % 2 == 0 else f"(?P<{piece}>{'.+' if piece in MANY_SEGMENTS else '[^/]+'})"
            for position, piece in enumerate(pieces)
        )
    )


def _positive(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and re.fullmatch("[0-9]{1,9}", value) else otherwise
