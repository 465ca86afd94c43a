"""What GitHub refused in the last pass of each key, as far as this process has seen."""

from collections.abc import Mapping
from dataclasses import replace

from cachetools import LRUCache

from bot.core.state import RefusedWrite

REMEMBERED = 20_000


class Refusals:
    """One for the process."""

    def __init__(self) -> None:
        self._last: LRUCache[str, Mapping[str, RefusedWrite]] = LRUCache(REMEMBERED)

    def of(self, key: str) -> Mapping[str, RefusedWrite]:
        """By environment, what was refused in the last pass."""
        return self._last.get(key, {})

    def learn(self, key: str, refused: Mapping[str, RefusedWrite]) -> None:
        """Something was refused, and nothing else is known to be any more."""
        before = self.of(key)
        self._last[key] = {name: replace(each, again=name in before) for name, each in refused.items()}

    def forget(self, key: str) -> None:
        """A pass came to its end."""
        self._last.pop(key, None)
