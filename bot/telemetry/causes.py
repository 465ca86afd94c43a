"""Which webhook a pass follows from, so that their log lines and spans have one trace id.

Only this process remembers. A pass on another replica, after a restart, or for an application that subscribed to an image
begins a trace of its own.
"""

from collections.abc import Iterable

from cachetools import LRUCache

_KEYS = 20_000


class Causes:
    """The trace ids of the keys that are due."""

    def __init__(self) -> None:
        self._traces: LRUCache[str, str] = LRUCache(_KEYS)

    def note(self, keys: Iterable[str], trace: str) -> None:
        """Note what made these keys due. The latest counts."""
        for key in keys:
            self._traces[key] = trace

    def take(self, key: str) -> str:
        """Return the trace id of what made a key due, once; '' if unknown."""
        return self._traces.pop(key, "")
