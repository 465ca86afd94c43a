"""What happened, as the nouns tell it: one value per event, emitted after the noun has changed.

The bus knows no noun. Each kind of event stands beside the noun that emits it, and `model/events.py` lists them all, for
those who listen: webhooks, the pages, and a demo that plays CI. Listeners are called in the order they were added, one
event after the other: what a listener changes is told after the event it heard, never in between.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.simulator.github.model.accounts.accounts import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened: by whom and when. `actor` is the webhook's sender."""

    actor: User
    at: datetime


Some = TypeVar("Some", bound=Event)
Listener = Callable[[Event], None]


class Events:
    """Where the nouns tell what happened. `revision` grows with every event and every change that has none."""

    def __init__(self) -> None:
        self.revision = 0
        self._listeners: list[Listener] = []
        self._waiting: deque[Event] = deque()
        self._telling = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function stops that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on(self, kind: type[Some], listener: Callable[[Some], None]) -> Callable[[], None]:
        """Call `listener` with every event of one kind (and of its subclasses)."""

        def selected(event: Event) -> None:
            if isinstance(event, kind):
                listener(event)

        return self.listen(selected)

    def touch(self) -> None:
        """Note a change that GitHub sends no event for."""
        self.revision += 1

    def emit(self, event: Event) -> None:
        """Tell everybody, after what is being told already."""
        self.revision += 1
        self._waiting.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._waiting:
                present = self._waiting.popleft()
                for listener in tuple(self._listeners):
                    listener(present)
        finally:
            self._telling = False
