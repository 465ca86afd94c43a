"""Reading blobs for one application, and remembering which of them have to be read first."""

from collections.abc import Iterable, Mapping

from bot.assembly.files import Entry, Files, common_version
from bot.core.values.places import Place, Refusal
from bot.core.values.version import Version
from bot.manifests import Located


class Reading:
    """One for each environment of a State that is assembled.

    entries: path → scalars that the policy names there. missing: collects blob ids whose bytes nobody has read yet.
    follows: the tag that the policy follows.
    """

    def __init__(
        self,
        files: Files,
        images: frozenset[str],
        *,
        unreadable: Mapping[str, str],
        missing: set[str],
        entries: Mapping[str, tuple[Entry, ...]] | None = None,
        follows: str | None = None,
    ) -> None:
        self._files = files
        self._images = images
        self._unreadable = unreadable
        self._missing = missing
        self._entries = entries or {}
        self._follows = follows

    def located(self, path: str, blob: str) -> Located:
        """What a blob holds; an unread one holds nothing yet, an unreadable one a refusal."""
        if not blob:
            return Located()
        if blob in self._unreadable:
            return Located(refusals=(_unreadable(path, self._unreadable[blob]),))
        found = self._files.locate(blob, path=path, images=self._images, entries=self._entries.get(path, ()))
        if found is None:
            self._missing.add(blob)
        return found or Located()

    def places(self, path: str, blob: str) -> tuple[Place, ...]:
        """The references in a blob, however many refusals stand beside them."""
        return self.located(path, blob).places

    def version(self, places: Iterable[Place]) -> Version | None:
        """The version that these references hold together, None where they differ or there are none."""
        return common_version(places, follows=self._follows)

    def version_at(self, blobs: Mapping[str, str]) -> Version | None:
        """The version that these files hold together, path → blob id."""
        return self.version(place for path, blob in blobs.items() for place in self.places(path, blob))

    def rewritten(self, base: str, path: str, places: Iterable[Place]) -> str | None:
        """The id of `base` with what these places say written into it; None where it cannot be told."""
        if base not in self._unreadable and self._files.content(base) is None:
            self._missing.add(base)
            return None
        entries = self._entries.get(path, ())
        return self._files.with_version(base, path=path, images=self._images, like=places, entries=entries)


def _unreadable(path: str, reason: str) -> Refusal:
    return Refusal(
        path=path,
        line=0,
        seen="content that GitHub does not hand out",
        reason=reason,
        advice="keep what the bot shall edit in a smaller file of text",
    )
