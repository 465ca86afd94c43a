"""Whether commits of a source repository touch the paths that the policy names: asked for once, for it never changes.

Remembered for the manifests repository that asked: another one may not be allowed to see the same source. What GitHub does
not show is not remembered, for it may show it once the App is installed there.
"""

from collections.abc import Iterable, Mapping

from cachetools import LRUCache

from bot.core.observation.source import ChangedFiles
from bot.core.versions.source_paths import touches

COMMITS_KEPT = 50_000

Asked = tuple[str, str, tuple[str, ...]]
"""The manifests repository, the source repository, and the globs."""


class TouchedPaths:
    """One for the process."""

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[Asked, str], bool] = LRUCache(COMMITS_KEPT)

    def known(self, asked: Asked, commits: Iterable[str]) -> Mapping[str, bool | None]:
        """What is remembered of these commits."""
        answers = {oid: self._kept.get((asked, oid)) for oid in commits}
        return {oid: answer for oid, answer in answers.items() if answer is not None}

    def learn(
        self, asked: Asked, commits: Iterable[str], changed: Mapping[str, ChangedFiles]
    ) -> Mapping[str, bool | None]:
        """Take over what these commits change; the answers, None where it cannot be told."""
        answers = {oid: touches(asked[2], changed.get(oid)) for oid in commits}
        self._kept.update({(asked, oid): answer for oid, answer in answers.items() if answer is not None})
        return answers
