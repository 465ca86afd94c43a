"""The only door to the clock, to chance and to fresh identifiers.

Everything else the bot needs from outside comes through the event loop. A simulation that replaces this value and the
event loop therefore owns every source of non-determinism. ruff bans the modules below everywhere else.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the bot takes from the outside world, as values it can be given.

    now: the wall clock, always aware and in UTC.
    random: a float in [0, 1), for jitter and spread; never for secrets.
    new_id: a fresh opaque identifier, at most 36 characters.
    """

    now: Callable[[], datetime]
    random: Callable[[], float]
    new_id: Callable[[], str]


def system_runtime() -> Runtime:
    """The real world."""
    return Runtime(now=lambda: datetime.now(UTC), random=random.random, new_id=lambda: str(uuid.uuid4()))
