"""Caches the contents of blobs by id. Git content is immutable, so no entry becomes stale.

Raw bytes and parsed results have separate size limits. Each blob is parsed once.
"""

from collections.abc import Iterable, Mapping

from cachetools import LRUCache

from bot.core.policy.named_places import NamedPlace
from bot.core.values.editable.key_paths import KeyPathError
from bot.core.values.editable.value_patterns import ValuePatternError
from bot.core.values.places import Edit, Place, Refusal
from bot.manifests import Located, Locator, blob_id, joined, render

MOST_BYTES = 64 * 1024 * 1024


class Files:
    """The blobs that this process remembers."""

    def __init__(self, locator: Locator | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        self._locator = locator or Locator()
        self._most = most_bytes
        self._bytes: LRUCache[str, bytes] = LRUCache(most_bytes, getsizeof=lambda content: len(content) + 200)

    def remember(self, blobs: Mapping[str, bytes]) -> None:
        """Add blobs that were read."""
        for blob, content in blobs.items():
            if len(content) + 200 < self._most:
                self._bytes[blob] = content

    def content(self, blob: str) -> bytes | None:
        """Return the bytes of a blob, None if they are not remembered."""
        return self._bytes.get(blob)

    def locate(
        self, blob: str, *, path: str, images: frozenset[str], named: tuple[NamedPlace, ...] = (), by_name: bool = True
    ) -> Located | None:
        """Find these images in a blob; None if its bytes must be read first.

        named: what the policy names in this file; it takes precedence over references found by searching. by_name: also
        search for the images' names.
        """
        content = self._bytes.get(blob)
        if named:
            return None if content is None else self._with_named(content, path, images, named, by_name=by_name)
        if not by_name:
            return Located()
        known = self._locator.known(blob, path=path, images=images)
        if known is not None:
            return known
        return None if content is None else self._locator.locate(content, path=path, images=images)

    def located_by_name(self, content: bytes, *, path: str, images: frozenset[str]) -> Located:
        """Find these images in what was read, whatever the policy names there."""
        return self._locator.locate(content, path=path, images=images)

    def _with_named(
        self, content: bytes, path: str, images: frozenset[str], named: tuple[NamedPlace, ...], *, by_name: bool
    ) -> Located:
        seen = self._locator.locate(content, path=path, images=images) if by_name else Located()
        return joined([self._named(content, path, each) for each in named], seen)

    def _named(self, content: bytes, path: str, place: NamedPlace) -> Located:
        try:
            if place.by_pattern:
                return self._locator.locate_pattern(content, path=path, pattern=place.entry, image=place.image)
            return self._locator.locate_entry(content, path=path, key_path=place.entry, image=place.image)
        except (KeyPathError, ValuePatternError) as error:
            return Located(refusals=(Refusal(path, 0, place.entry, str(error), "correct `edit` in the policy"),))

    def with_version(self, blob: str, *, places: Iterable[Place], like: Iterable[Place]) -> str | None:
        """Return the id of the blob that this one becomes with the versions of another blob in its places.

        Both are of one file. places: the references in this blob that a promotion writes. None if it cannot be determined:
        bytes are missing, or a place has no counterpart in the other blob.
        """
        content, wanted = self.content(blob), {_address(place): place for place in like}
        edits: list[Edit] = []
        for place in places:
            other = wanted.get(_address(place))
            if other is None:
                return None
            edits.append(Edit(place, tag=other.tag, digest=other.digest))
        if content is None:
            return None
        written = render(content, edits)
        return None if isinstance(written, Refusal) else blob_id(written)


def _address(place: Place) -> tuple[object, ...]:
    """Return where a reference is in its file, independent of its version: its image and the key paths of its scalars."""
    return place.image, tuple((scalar.document, scalar.key_path) for scalar in place.scalars)
