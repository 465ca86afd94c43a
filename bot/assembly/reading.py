"""Reads blobs for one application, and collects the ids of blobs whose bytes are still missing."""

from collections.abc import Iterable, Mapping

from bot.assembly.common_version import NO_TAGS, TagsByDigest, common_version
from bot.assembly.files import Files
from bot.assembly.scope import Scope
from bot.core.values.places import Place, Refusal
from bot.core.values.version import Version
from bot.manifests import Chosen, Located, choose


class Reading:
    """Reads one environment of one application.

    scope: which files it reads, and what it looks for in each. missing: collects the ids of blobs to read. follows: the
    tag that the policy follows. tags: which versions a digest can be.
    """

    def __init__(
        self,
        files: Files,
        images: frozenset[str],
        *,
        unreadable: Mapping[str, str],
        missing: set[str],
        scope: Scope | None = None,
        follows: str | None = None,
        tags: TagsByDigest = NO_TAGS,
    ) -> None:
        self._files = files
        self._images = images
        self._unreadable = unreadable
        self._missing = missing
        self.scope = scope or Scope()
        self._follows = follows
        self._tags = tags
        self._located: dict[tuple[str, str], Located] = {}

    def located(self, path: str, blob: str) -> Located:
        """Return what a blob contains: nothing yet if its bytes are missing, a refusal if it cannot be read."""
        if not blob:
            return Located()
        if blob in self._unreadable:
            return Located(refusals=(_unreadable(path, self._unreadable[blob]),))
        found = self._located.get((path, blob))
        if found is None:
            named, by_name = self.scope.named.get(path, ()), self.scope.by_name(path)
            found = self._files.locate(blob, path=path, images=self._images, named=named, by_name=by_name)
            if found is None:
                self._missing.add(blob)
                return Located()
            self._located[path, blob] = found
        return found

    def chosen(self, blobs: Mapping[str, str]) -> Chosen:
        """Return, for these files (path → blob id), the references that a promotion writes and the mentions it leaves."""
        located = [self.located(path, blob) for path, blob in blobs.items()]
        places = [place for found in located for place in found.places]
        return choose(places, [mention for found in located for mention in found.mentions])

    def version(self, places: Iterable[Place]) -> Version | None:
        """Return the version that these references hold together, None if they differ or there are none."""
        return common_version(places, follows=self._follows, tags=self._tags)

    def version_at(self, blobs: Mapping[str, str]) -> Version | None:
        """Return the version that these files (path → blob id) hold together."""
        return self.version(self.chosen(blobs).places)

    def is_promotion(self, path: str, head: str, base: str, *, among: Mapping[str, str]) -> bool:
        """Report whether `head` is `base` with only its versions rewritten.

        among: the environment's files, path → blob id: which references count depends on all of them. A missing blob is
        added to `missing`.
        """
        if self._files.content(base) is None and base not in self._unreadable:
            self._missing.add(base)
            return False
        if self.located(path, base).refusals:
            return False
        written = [place for place in self.chosen({**among, path: base}).places if place.path == path]
        return self._files.with_version(base, places=written, like=self.located(path, head).places) == head


def _unreadable(path: str, reason: str) -> Refusal:
    return Refusal(
        path=path,
        line=0,
        seen="content that GitHub does not return",
        reason=reason,
        advice="keep what the bot edits in a smaller text file",
    )
