"""One REST call as its handler sees it: authenticated, its repository found, its body read with types.

A handler is a plain function from Call to Answer. It changes the simulated world through the nouns and is not
interrupted, so no request sees another one half done.
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
    """What a handler says. `body` is anything JSON can hold, bytes with a media type of their own, or None for none."""

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
    """A request on its way to its handler.

    parameters: the path's, decoded. query: the first value of each. body: empty when there was none. accept: the
    header as sent.
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
        """Return the repository of the path; only routes with one may ask."""
        if self.found is None:
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return self.found

    @property
    def actor(self) -> User:
        """Whose deed this is; somebody without credentials does nothing."""
        actor = self.caller.actor
        if actor is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return actor

    @property
    def app(self) -> App:
        """Return the App of the JWT; only routes that need one may ask."""
        if self.caller.app is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return self.caller.app

    @property
    def installation(self) -> Installation:
        """Return the installation of the token; only routes that need one may ask."""
        if self.caller.installation is None:
            raise Refused(Reason.FORBIDDEN, "Resource not accessible by integration")
        return self.caller.installation

    def number(self, name: str) -> int:
        """Return a number of the path; anything else names nothing."""
        if not re.fullmatch("[0-9]{1,18}", self.parameters[name]):
            raise Refused(Reason.NOT_FOUND, "Not Found")
        return int(self.parameters[name])

    def moment(self, name: str) -> datetime | None:
        """Return a time of the query; None when it is not asked for."""
        given = self.query.get(name)
        return None if given is None else moment(given)

    def wants(self, media_type: str) -> bool:
        """Report whether the client asked for a media type: `raw`, `diff`, `object`."""
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
        """Return one page of `items`, shown, with GitHub's `Link` header.

        `wrap` names the list in an object with a total; `also` is what stands beside it there.
        https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        place, headers = self.paging(len(items), self.page_size)
        shown = [show(item) for item in items[place]]
        return Answer(body={"total_count": len(items), wrap: shown, **(also or {})} if wrap else shown, headers=headers)

    def ordered(
        self, items: Iterable[Item], orders: Mapping[str, Callable[[Item], object]], *, default: str = "desc"
    ) -> list[Item]:
        """In the order that `sort` and `direction` ask for; the first of `orders` is the usual one."""
        order, direction = self.query.get("sort", next(iter(orders))), self.query.get("direction", default)
        if order not in orders:
            raise Invalid(f"{json.dumps(order)} is not a member of [{', '.join(orders)}].")
        if direction not in {"asc", "desc"}:
            raise Invalid(f"{json.dumps(direction)} is not a member of [asc, desc].")
        rank: Callable[[Item], Any] = orders[order]
        return sorted(items, key=rank, reverse=direction == "desc")

    def diff(self, changes: Iterable[Change]) -> Answer:
        """Return a difference as text, for those who accept `application/vnd.github.diff`."""
        return Answer(body=diffs.diff(changes).encode(), media_type="application/vnd.github.v3.diff; charset=utf-8")

    def patches(self, commits: Sequence[str]) -> Answer:
        """Commits as mails, for those who accept `application/vnd.github.patch`."""
        text = diffs.patches(self.repository, commits)
        return Answer(body=text.encode(), media_type="application/vnd.github.v3.patch; charset=utf-8")

    def paging(self, count: int, size: int) -> tuple[slice, dict[str, str]]:
        """Which of so many items stand on the page that was asked for, and the header that leads to the others."""
        number, last = max(1, _positive(self.query.get("page"), 1)), max(1, -(-count // size))
        pages = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        if number == 1:
            del pages["prev"], pages["first"]
        if number >= last:
            del pages["next"], pages["last"]
        headers = self.link_header({rel: {"page": str(page)} for rel, page in pages.items()})
        return slice((number - 1) * size, number * size), headers

    def link_header(self, relations: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Return a `Link` header: for each relation this request with some parameters changed; none without relations."""
        addresses = {
            rel: f"{self.links.api}{self.path}?{urlencode({**self.query, **changed})}"
            for rel, changed in relations.items()
        }
        links = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in addresses.items())
        return {"Link": links} if links else {}


Handler = Callable[[Call], Answer]


class Credentials(Enum):
    """What a route that is no repository's asks of the caller."""

    NONE = "none"
    ANY = "any"
    USER = "user"
    JWT = "jwt"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a repository's route asks of the caller."""

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
        """Return how many segments are fixed: of two routes that fit, the more specific is meant."""
        return sum("{" not in segment for segment in self.template.split("/"))


class Routes:
    """The operations of one file, registered by decorators."""

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
