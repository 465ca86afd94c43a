"""Connections: pages of lists, with GitHub's limits.

A cursor contains a position. GitHub's contain more; clients must not parse either.
https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.simulator.github.graphql.context import Info
from bot.simulator.github.model.world.errors import Reason, Refused

MOST = 100


class Lazy(Protocol):
    """A sequence that reads only what is used, such as the log of a long history."""

    def page(self, start: int, count: int) -> list[str]:
        """Return `count` items from `start`."""

    def __len__(self) -> int:
        """Return the number of all items, which reads to the end."""


@dataclass(frozen=True, slots=True)
class PageInfo:
    """The position of a page in its list."""

    start_cursor: str | None
    end_cursor: str | None
    has_next_page: bool
    has_previous_page: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """An item with its cursor. `item` is the list's element; `node` is how it is shown."""

    item: object
    node: object
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A connection's answer. `name` is the requested field."""

    name: str
    items: Sequence[object]
    start: int
    all: "Sequence[object] | Lazy"
    has_next_page: bool
    show: Callable[[object], object]

    @property
    def nodes(self) -> list[object]:
        """Return the nodes of the page."""
        return [self.show(item) for item in self.items]

    @property
    def edges(self) -> list[Edge]:
        """Return the nodes with their cursors."""
        return [Edge(item, self.show(item), _cursor(self.start + at)) for at, item in enumerate(self.items)]

    @property
    def total_count(self) -> int:
        """Return the number of items on all pages."""
        return len(self.all)

    @property
    def page_info(self) -> PageInfo:
        """Return the position of this page."""
        last = self.start + len(self.items) - 1
        return PageInfo(
            start_cursor=_cursor(self.start) if self.items else None,
            end_cursor=_cursor(last) if self.items else None,
            has_next_page=self.has_next_page,
            has_previous_page=self.start > 0,
        )


class Unbounded(Page):
    """The answer to a connection without `first` and `last`: GitHub counts it but lists nothing."""

    __slots__ = ()

    @property
    def nodes(self) -> list[object]:
        """Raise Refused."""
        raise self._refusal()

    @property
    def edges(self) -> list[Edge]:
        """Raise Refused."""
        raise self._refusal()

    def _refusal(self) -> Refused:
        message = f"You must provide a `first` or `last` value to properly paginate the `{self.name}` connection."
        return Refused(Reason.MISSING_PAGINATION_BOUNDARIES, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The four arguments of every connection."""

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None


def itself(item: object) -> object:
    """Return the item unchanged."""
    return item


def paginate(
    info: Info,
    items: Sequence[object] | Lazy,
    bounds: dict[str, object],
    show: Callable[[object], object] = itself,
) -> Page:
    """Return the page of `items` that `first`, `last`, `after`, `before` select; `show` turns an item into a node."""
    wanted = Bounds(**bounds)  # type: ignore[arg-type] # the schema has checked their types
    _check(info.field_name, wanted)
    if wanted.first is None and wanted.last is None:
        return Unbounded(name=info.field_name, items=(), start=0, all=items, has_next_page=False, show=show)
    start = 0 if wanted.after is None else _position(wanted.after) + 1
    if isinstance(items, Sequence):
        end = len(items) if wanted.before is None else min(len(items), _position(wanted.before))
        if wanted.first is not None:
            end = min(end, start + wanted.first)
        elif wanted.last is not None:
            start = max(start, end - wanted.last)
        return Page(
            name=info.field_name,
            items=items[start:end],
            start=start,
            all=items,
            has_next_page=end < len(items),
            show=show,
        )
    if wanted.first is None:
        raise Refused(Reason.UNPROCESSABLE, f"`last` is not supported on the `{info.field_name}` connection here")
    found = items.page(start, wanted.first + 1)
    page = found[: wanted.first]
    return Page(
        name=info.field_name, items=page, start=start, all=items, has_next_page=len(found) > wanted.first, show=show
    )


def _check(name: str, bounds: Bounds) -> None:
    for word, value in (("first", bounds.first), ("last", bounds.last)):
        if value is not None and value > MOST:
            raise Refused(
                Reason.EXCESSIVE_PAGINATION,
                f"Requesting {value} records on the `{name}` connection exceeds the `{word}` limit of {MOST} records.",
            )
        if value is not None and value < 0:
            raise Refused(Reason.UNPROCESSABLE, f"`{word}` on the `{name}` connection cannot be less than zero.")


def _cursor(position: int) -> str:
    return base64.b64encode(f"cursor:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except (binascii.Error, ValueError) as error:
        raise Refused(Reason.UNPROCESSABLE, f"`{cursor}` does not appear to be a valid cursor.") from error
