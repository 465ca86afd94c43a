"""What GitHub refused in the last pass of each key, as far as this process has seen."""

from collections.abc import Mapping
from dataclasses import replace

from cachetools import LRUCache

from bot.core.state import RefusedWrite

REMEMBERED = 20_000


class Refusals:
    """The refusals of all keys; one instance per process."""

    def __init__(self) -> None:
        self._last: LRUCache[str, Mapping[str, RefusedWrite]] = LRUCache(REMEMBERED)

    def of(self, key: str) -> Mapping[str, RefusedWrite]:
        """Return what was refused in the last pass, by environment."""
        return self._last.get(key, {})

    def learn(self, key: str, refused: Mapping[str, RefusedWrite]) -> None:
        """Replace the refusals of a key."""
        before = self.of(key)
        self._last[key] = {name: replace(each, again=name in before) for name, each in refused.items()}

    def move(self, former: str, present: str | None) -> None:
        """Take over what is known of a repository to its present name; None: there is no such repository."""
        for key in [key for key in self._last if key.partition("#")[0] == former]:
            last = self._last.pop(key)
            if present is not None:
                self._last.setdefault(present + key.removeprefix(former), last)

    def forget(self, key: str) -> None:
        """Drop the refusals of a key, after a pass without any."""
        self._last.pop(key, None)
