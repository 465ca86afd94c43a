"""`notify`: whom the bot tells about promotions, beside GitHub."""

import re
from typing import Annotated

from pydantic import Field
from pydantic.json_schema import WithJsonSchema

from bot.core.policy.base import Value
from bot.core.policy.fields import Many, Some, text
from bot.core.values.notice import Occasion

_SINK = re.compile(r"[a-z][a-z0-9-]{0,39}")


def _read_sink(name: str) -> str:
    if not _SINK.fullmatch(name):
        raise ValueError(
            f"{name!r} cannot be the name of a sink: write lower-case letters, digits and '-', beginning with a letter, as in "
            "the server's setting NOTIFY_<NAME>"
        )
    return name


Sink = Annotated[str, text(_read_sink, str), WithJsonSchema({"type": "string", "pattern": f"^{_SINK.pattern}$"})]


class Route(Value):
    """Which sinks hear of which occasions."""

    to: Some[Sink] = Field(
        description="Sinks that the server's settings name, such as `releases` for `NOTIFY_RELEASES`."
    )
    about: Many[Occasion] = Field(
        default=tuple(Occasion),
        description="What they hear of; everything if left out: a promotion `opened`, `waits` for a person, is `held` or "
        "`blocked`, `failed`, was `merged`, or `rolled-back`.",
    )
