"""The only access to the clock, to randomness and to fresh identifiers.

Everything else from outside comes through the event loop. So a simulation that replaces this value and the event loop
controls every source of non-determinism. ruff bans the modules below everywhere else.
"""

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the bot takes from the outside world.

    now: return the wall clock, aware and in UTC.
    random: return a float in [0, 1) for jitter, never for secrets.
    new_id: return a fresh opaque identifier of at most 36 characters.
    """

    now: Callable[[], datetime]
    random: Callable[[], float]
    new_id: Callable[[], str]


def system_runtime() -> Runtime:
    """Return the real clock, randomness and identifiers."""
    return Runtime(now=lambda: datetime.now(UTC), random=random.random, new_id=lambda: str(uuid.uuid4()))
