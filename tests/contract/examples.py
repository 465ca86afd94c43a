"""GitHub's 329 example webhook payloads, ready to be sent to the bot's receiver.

They are real and old: 114 lack fields that today's schema requires. That makes them good for the receiving side, which
must accept them all, and useless for holding the simulator to anything.
"""

import json
from dataclasses import dataclass
from functools import cache

from tests.contract import packages

EXPECTED = 329
"""How many payloads the pinned package holds; fewer would mean that we read it wrongly."""


@dataclass(frozen=True, slots=True)
class Example:
    """One payload as it would arrive: `event` is the X-GitHub-Event header, `body` the exact bytes to sign.

    name: `event.action#index`, unique, for the test's output.
    """

    name: str
    event: str
    body: bytes


@cache
def examples() -> tuple[Example, ...]:
    """Every example payload, in the package's order."""
    return tuple(
        Example(
            name=".".join(filter(None, [entry["name"], payload.get("action")])) + f"#{index}",
            event=entry["name"],
            body=json.dumps(payload).encode(),
        )
        for entry in packages.json_of(packages.EXAMPLES)
        for index, payload in enumerate(entry["examples"])
    )
