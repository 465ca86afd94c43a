"""What is known about files by their blob ids: content is immutable, so nothing here ever grows stale.

Bytes are remembered within a bound, and what stands in them within another, so a blob is parsed once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cachetools import LRUCache

from bot.core.values.key_paths import KeyPathError
from bot.core.values.places import Edit, Place, Refusal
from bot.core.values.version import Version
from bot.manifests import Located, Locator, blob_id, render, versioned

MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A scalar that the policy names: its key path in a file, and the image whose version stands there."""

    key_path: str
    image: str


class Files:
    """One for the process."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._locator = Locator()
        self._most = most_bytes
        self._bytes: LRUCache[str, bytes] = LRUCache(most_bytes, getsizeof=lambda content: len(content) + 200)

    def remember(self, blobs: Mapping[str, bytes]) -> None:
        """Keep what was read."""
        for blob, content in blobs.items():
            if len(content) + 200 < self._most:
                self._bytes[blob] = content

    def content(self, blob: str) -> bytes | None:
        """The bytes, if they are remembered."""
        return self._bytes.get(blob)

    def locate(
        self, blob: str, *, path: str, images: frozenset[str], entries: tuple[Entry, ...] = ()
    ) -> Located | None:
        """Where these images stand in a blob; None where its bytes have to be read first.

        entries: scalars that the policy names; they are trusted before anything that is found by looking.
        """
        content = self._bytes.get(blob)
        if entries:
            return None if content is None else self._with_entries(content, path, images, entries)
        known = self._locator.known(blob, path=path, images=images)
        if known is not None:
            return known
        return None if content is None else self._locator.locate(content, path=path, images=images)

    def _with_entries(self, content: bytes, path: str, images: frozenset[str], entries: tuple[Entry, ...]) -> Located:
        named = [self._named(content, path, entry) for entry in entries]
        places = [place for found in named for place in found.places]
        claimed = {(scalar.document, scalar.key_path) for place in places for scalar in place.scalars}
        seen = self._locator.locate(content, path=path, images=images)
        others = [
            place
            for place in seen.places
            if claimed.isdisjoint((scalar.document, scalar.key_path) for scalar in place.scalars)
        ]
        refusals = [refusal for found in (*named, seen) for refusal in found.refusals]
        return Located((*places, *others), tuple(refusals))

    def _named(self, content: bytes, path: str, entry: Entry) -> Located:
        try:
            return self._locator.locate_entry(content, path=path, key_path=entry.key_path, image=entry.image)
        except KeyPathError as error:
            return Located(refusals=(Refusal(path, 0, entry.key_path, str(error), "correct `edit` in the policy"),))

    def with_version(
        self,
        blob: str,
        *,
        path: str,
        images: frozenset[str],
        like: Iterable[Place],
        entries: tuple[Entry, ...] = (),
    ) -> str | None:
        """The id of the blob that comes of writing into this one what the places of another say.

        None where it cannot be told: unread bytes, or references that do not correspond.
        """
        content, located = self.content(blob), self.locate(blob, path=path, images=images, entries=entries)
        if content is None or located is None or located.refusals:
            return None
        wanted = {_address(place): place for place in like}
        if wanted.keys() != {_address(place) for place in located.places}:
            return None
        edits = [
            Edit(place, tag=wanted[_address(place)].tag, digest=wanted[_address(place)].digest)
            for place in located.places
        ]
        written = render(content, edits)
        return None if isinstance(written, Refusal) else blob_id(written)


def common_version(places: Iterable[Place], *, follows: str | None = None) -> Version | None:
    """The version that all references hold; None where there are none, or one differs or has no version.

    follows: the tag that the policy follows. A digest alone is one of its versions; a reference without a digest could be
    any of them, so that then nothing is known of the others either.
    """
    listed = versioned(tuple(places))
    tags = {place.tag or follows for place in listed}
    digests: dict[str, str] = {}
    for place in listed:
        if place.digest is not None and digests.setdefault(place.image, place.digest) != place.digest:
            return None
    if len(tags) != 1:
        return None
    tag = tags.pop()
    if tag is None and not digests:
        return None
    if tag is not None and tag == follows:
        pinned = all(place.digest is not None for place in listed)
        return Version(tag, tuple(sorted(digests.items())) if pinned else (), followed=True)
    return Version(tag or "", tuple(sorted(digests.items())))


def _address(place: Place) -> tuple[object, ...]:
    """Where a reference stands, whatever it says: its image and the first of its scalars."""
    scalar = place.scalars[0]
    return place.path, place.image, scalar.document, scalar.key_path
