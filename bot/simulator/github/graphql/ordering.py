"""The `orderBy` arguments."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

Order = Mapping[str, str]
Some = TypeVar("Some")

_ATTRIBUTES = {"CREATED_AT": "created_at", "UPDATED_AT": "updated_at", "PUSHED_AT": "pushed_at", "NAME": "name"}


def ordered(found: Iterable[Some], order: Order | None) -> list[Some]:
    """Sort as `orderBy` says. Equal times are sorted by id, so that the order is total."""
    listed = list(found)
    if order is None:
        return listed
    attribute = _ATTRIBUTES.get(order["field"])

    def rank(item: Some) -> tuple[datetime | str | int, int]:
        if attribute is None:
            return (len(getattr(item, "comments", ())), getattr(item, "id", 0))
        return (getattr(item, attribute), getattr(item, "id", 0))

    return sorted(listed, key=rank, reverse=order["direction"] == "DESC")
