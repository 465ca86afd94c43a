"""A version: what an environment holds, and what a promotion carries there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Version:
    """A tag, the digests it stands for, and the source commit it was built from, as far as they are known.

    digests: (normalised image, digest) pairs, sorted by image; only those known. source_commit: as the image says, or None.
    """

    tag: str
    digests: tuple[tuple[str, str], ...] = ()
    source_commit: str | None = None

    def __str__(self) -> str:
        return self.tag

    def digest(self, image: str) -> str | None:
        """The digest of one image, if it is known."""
        return dict(self.digests).get(image)

    def is_same(self, other: "Version | None") -> bool:
        """The same tag, and no image for which both know a digest and know different ones."""
        if other is None or self.tag != other.tag:
            return False
        theirs = dict(other.digests)
        return all(theirs.get(image, digest) == digest for image, digest in self.digests)

    def short_digest(self, image: str) -> str:
        """The digest as people compare it: its first twelve hexadecimal digits, or '' where it is not known."""
        digest = self.digest(image)
        return digest.removeprefix("sha256:")[:12] if digest else ""
