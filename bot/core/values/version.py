"""A version: what an environment holds, and what a promotion carries there."""

from dataclasses import dataclass

SHORT = 12

SHORTEST = 7

ALGORITHM = "sha256:"


@dataclass(frozen=True, slots=True)
class Version:
    """A tag, the digests it stands for, and the source commit it was built from, as far as they are known.

    digests: (normalised image, digest) pairs, sorted by image; only those known. source_commit: as the image says, or None.
    followed: the tag moves from version to version, so that only the digests tell them apart.
    aliases: other tags for the same digests, where the manifests write no tag that decides between them.
    """

    tag: str
    digests: tuple[tuple[str, str], ...] = ()
    source_commit: str | None = None
    followed: bool = False
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Return what people call it and write in commands: the tag, or the digest if the tag is followed."""
        return short(self.digests[0][1]) if self.digests and (self.followed or not self.tag) else self.tag

    @property
    def told_by(self) -> dict[str, str]:
        """Return the digests that distinguish it from others of the same tag, image → digest; empty if the tag does."""
        return dict(self.digests) if self.followed else {}

    def digest(self, image: str) -> str | None:
        """Return the digest of one image, if it is known."""
        return dict(self.digests).get(image)

    def is_same(self, other: "Version | None") -> bool:
        """The same tag, and no image for which both know a digest and know different ones.

        Where the tag is followed, they must know one in common, or both none: `latest` alone may be anything.
        """
        if other is None or (self.tag != other.tag and not self._is_alias(other)):
            return False
        if self is other:
            return True
        theirs = dict(other.digests)
        common = [(digest, theirs[image]) for image, digest in self.digests if image in theirs]
        if not common and (self.followed or other.followed):
            return not self.digests and not theirs
        return all(mine == their for mine, their in common)

    def _is_alias(self, other: "Version") -> bool:
        return bool(self.aliases or other.aliases) and (other.tag in self.aliases or self.tag in other.aliases)

    def is_called(self, words: str) -> bool:
        """People mean this version by these words: its tag, or the beginning of one of its digests."""
        if not self.told_by:
            return self.tag == words
        start = words.removeprefix(ALGORITHM)
        return len(start) >= SHORTEST and any(
            digest.removeprefix(ALGORITHM).startswith(start) for _, digest in self.digests
        )

    def short_digest(self, image: str) -> str:
        """Return the digest as people compare it, or '' where it is not known."""
        digest = self.digest(image)
        return short(digest) if digest else ""


def short(digest: str) -> str:
    """Return a digest as people compare it: its first twelve hexadecimal digits."""
    return digest.removeprefix(ALGORITHM)[:SHORT]
