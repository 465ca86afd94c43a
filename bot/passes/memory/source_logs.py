"""Cache of the commits that led to a source commit. Ancestors never change, so each log is requested once.

Entries belong to the manifests repository that asked: another one may not be allowed to read the same source.
"""

from collections.abc import Iterable
from dataclasses import replace

from cachetools import LRUCache

from bot.core.needs.application import Needs
from bot.core.observation.observation import Observation
from bot.core.observation.source import LoggedCommit

LOGS_KEPT = 1000
"""Of at most fifty commits each, about ten kilobytes."""


class SourceLogs:
    """The cache; one instance per process."""

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[str, str | None, str], tuple[LoggedCommit, ...]] = LRUCache(LOGS_KEPT)

    def without_known(self, needs: Needs) -> Needs:
        """Return the needs without the logs that are cached."""
        unknown = (oid for oid in needs.logs if (needs.repository, needs.source, oid) not in self._kept)
        return replace(needs, logs=frozenset(unknown))

    def move(self, former: str, present: str) -> None:
        """Take over what the manifests repository read under its former name."""
        for key in [key for key in self._kept if key[0] == former]:
            self._kept.setdefault((present, *key[1:]), self._kept.pop(key))

    def join(self, observation: Observation, needs: Needs, commits: Iterable[str]) -> Observation:
        """Cache the logs of this look, and return the look with the cached logs of these commits added."""
        source = observation.source
        if source is None:
            return observation
        for oid, log in source.logs.items():
            self._kept[needs.repository, needs.source, oid] = log
        known = {oid: self._kept.get((needs.repository, needs.source, oid)) for oid in commits}
        logs = {**{oid: log for oid, log in known.items() if log is not None}, **source.logs}
        return replace(observation, source=replace(source, logs=logs))
