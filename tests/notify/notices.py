"""Notices with good defaults, and what a sink remembers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.core.values.notice import Notice, Occasion
from bot.notify.sink import News

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINK = "https://github.com/acme/deploy/pull/{}"


def notice(occasion: Occasion = Occasion.OPENED, *, number: int = 3, **fields: Any) -> Notice:
    """Something that happened to a promotion of web to prod."""
    application = fields.pop("application", "web")
    defaults: dict[str, Any] = {
        "sink": "releases",
        "mark": f"{occasion}:v1.5.0",
        "repository": "acme/deploy",
        "environment": "prod",
        "change": f"prod: {application} v1.4.1 → v1.5.0",
        "said": f"It is {occasion}.",
        "at": AT,
    }
    return Notice(occasion=occasion, number=number, application=application, **{**defaults, **fields})


def waits(**fields: Any) -> Notice:
    return notice(
        Occasion.WAITS,
        **{
            "said": "Approvals: waiting for 1 approval from acme/sre.",
            "who": "acme/sre",
            **fields,
        },
    )


def news(*notices: Notice) -> tuple[News, ...]:
    return tuple(News(each, LINK.format(each.number)) for each in notices)


@dataclass
class Kept:
    """A sink's memory in a dictionary."""

    all: dict[str, str] = field(default_factory=dict)

    async def read(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.all[name] for name in names if name in self.all}

    async def keep(self, kept: Mapping[str, str]) -> None:
        self.all |= kept
