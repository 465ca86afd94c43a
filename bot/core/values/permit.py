"""What a pass gets from the queue: who waits for it, and what it must show before each write, that it still holds its key."""

from contextvars import ContextVar
from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who waits for a key, in the order of their turns. What made it due says so.

    PEOPLE: somebody commented, reviewed or set a label, and waits for the answer. Commands, rollbacks and holds come so.
    EVENT: something happened on GitHub or in a registry. SWEEP: only the time has come to look again.
    """

    PEOPLE = 0
    EVENT = 1
    SWEEP = 2


PRIORITY: ContextVar[Priority] = ContextVar("priority", default=Priority.PEOPLE)
"""Who waits for what this task does. A command of a person, by default."""


class Permit(Protocol):
    """Handed by the queue to a pass, and by the pass to every function that writes."""

    @property
    def priority(self) -> Priority:
        """Return who waits for this pass."""
        ...

    async def confirm(self) -> None:
        """Raise `LeaseLost` when another runner may have taken the key over."""
        ...
