"""What is known about files by their blob ids: content is immutable, so nothing here ever grows stale.

Bytes are remembered within a bound, and what stands in them within another, so a blob is parsed once.
"""

from collections.abc import Iterable, Mapping

from cachetools import LRUCache

from bot.core.places import Edit, Place, Refusal
from bot.core.version import Version
from bot.manifests import Located, Locator, blob_id, render

MOST_BYTES = 64 * 1024 * 1024


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

    def locate(self, blob: str, *, path: str, images: frozenset[str]) -> Located | None:
        """Where these images stand in a blob; None where its bytes have to be read first."""
        known = self._locator.known(blob, path=path, images=images)
        if known is not None:
            return known
        content = self._bytes.get(blob)
        return None if content is None else self._locator.locate(content, path=path, images=images)

    def with_version(self, blob: str, *, path: str, images: frozenset[str], like: Iterable[Place]) -> str | None:
        """The id of the blob that comes of writing into this one what the places of another say.

        None where it cannot be told: unread bytes, or references that do not correspond.
        """
        content, located = self.content(blob), self.locate(blob, path=path, images=images)
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


def common_version(places: Iterable[Place]) -> Version | None:
    """The version that all references hold; None where there are none, or one differs or has no version."""
    listed = tuple(places)
    tags = {place.tag for place in listed}
    digests: dict[str, str] = {}
    for place in listed:
        if place.digest is not None and digests.setdefault(place.image, place.digest) != place.digest:
            return None
    if len(tags) != 1:
        return None
    tag = tags.pop()
    if tag is None and not digests:
        return None
    return Version(tag or "", tuple(sorted(digests.items())))


def _address(place: Place) -> tuple[object, ...]:
    """Where a reference stands, whatever it says: its image and the first of its scalars."""
    scalar = place.scalars[0]
    return place.path, place.image, scalar.document, scalar.key_path
