"""Cache of whether a source commit touches the policy's `paths`. Commits never change, so each is requested once.

Entries belong to the manifests repository that asked: another one may not be allowed to read the same source. A commit
that GitHub does not return is not cached: it may be readable once the App is installed there.
"""

from collections.abc import Iterable, Mapping

from cachetools import LRUCache

from bot.core.observation.source import ChangedFiles
from bot.core.versions.source_paths import touches

COMMITS_KEPT = 50_000

Asked = tuple[str, str, tuple[str, ...]]
"""The manifests repository, the source repository, and the globs."""


class TouchedPaths:
    """The cache; one instance per process."""

    def __init__(self) -> None:
        self._kept: LRUCache[tuple[Asked, str], bool] = LRUCache(COMMITS_KEPT)

    def known(self, asked: Asked, commits: Iterable[str]) -> Mapping[str, bool | None]:
        """Return the cached answers for these commits."""
        answers = {oid: self._kept.get((asked, oid)) for oid in commits}
        return {oid: answer for oid, answer in answers.items() if answer is not None}

    def move(self, former: str, present: str) -> None:
        """Take over what the manifests repository asked under its former name."""
        for asked, oid in [key for key in self._kept if key[0][0] == former]:
            self._kept.setdefault(((present, *asked[1:]), oid), self._kept.pop((asked, oid)))

    def learn(
        self, asked: Asked, commits: Iterable[str], changed: Mapping[str, ChangedFiles]
    ) -> Mapping[str, bool | None]:
        """Cache what these commits change and return the answers; None for those that cannot be determined."""
        answers = {oid: touches(asked[2], changed.get(oid)) for oid in commits}
        self._kept.update({(asked, oid): answer for oid, answer in answers.items() if answer is not None})
        return answers
