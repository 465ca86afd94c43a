"""The event bus: one value per event, emitted after the change.

The bus knows no event class. Each one is defined beside the class that emits it, and `model/events.py` lists all of
them for the listeners: webhooks, the pages, and a demo that plays CI. Listeners are called in the order they were
added, one event after the other. An event that a listener causes is delivered after the present one, never in between.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bot.simulator.github.model.accounts.accounts import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: by whom and when. `actor` is the webhook's sender."""

    actor: User
    at: datetime


Some = TypeVar("Some", bound=Event)
Listener = Callable[[Event], None]


class Events:
    """The event bus. `revision` grows with every event, and with changes that have none.

    are_complete: in this world nothing changes without it growing, so that answers may be remembered. Code that sets a rule
    or resolves a conversation directly in the model changes something without it.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.are_complete = False
        self._listeners: list[Listener] = []
        self._waiting: deque[Event] = deque()
        self._telling = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event. Call the returned function to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def on(self, kind: type[Some], listener: Callable[[Some], None]) -> Callable[[], None]:
        """Call `listener` with every event of one class (and of its subclasses)."""

        def selected(event: Event) -> None:
            if isinstance(event, kind):
                listener(event)

        return self.listen(selected)

    def touch(self) -> None:
        """Record a change for which GitHub sends no event."""
        self.revision += 1

    def emit(self, event: Event) -> None:
        """Deliver an event to all listeners, after the events that are being delivered."""
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
