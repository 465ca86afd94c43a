"""What every answer contains: times and connections."""

from collections.abc import Iterator
from datetime import datetime

from bot.github.errors import Json


def moment(text: str) -> datetime:
    """Return GitHub's `2026-11-23T04:05:06Z` as an aware time in UTC."""
    return datetime.fromisoformat(text)


def nodes(connection: Json | None) -> Iterator[Json]:
    """Yield the nodes of a connection, without the holes that GitHub leaves where it could not read one."""
    yield from (node for node in (connection or {}).get("nodes") or () if node)


def next_page(connection: Json | None) -> str | None:
    """Return the cursor to read on from; None on the last page."""
    page = (connection or {}).get("pageInfo") or {}
    return page["endCursor"] if page.get("hasNextPage") else None


def page_before(connection: Json | None) -> str | None:
    """Return the cursor to read backwards from; None on the first page."""
    page = (connection or {}).get("pageInfo") or {}
    return page["startCursor"] if page.get("hasPreviousPage") else None


def is_whole(connection: Json | None) -> bool:
    """Return whether every page of a connection was read: False also where GitHub did not show it."""
    page = (connection or {}).get("pageInfo")
    return page is not None and not page.get("hasNextPage") and not page.get("hasPreviousPage")
