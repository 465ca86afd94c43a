"""The one version that an environment's references hold together."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bot.core.values.places import Place
from bot.core.values.version import Version

TagsByDigest = Mapping[tuple[str, str], tuple[str, ...]]
"""Image and digest → the tags that are known to stand for it, best first."""

NO_TAGS: TagsByDigest = MappingProxyType({})


def common_version(
    places: Iterable[Place], *, follows: str | None = None, tags: TagsByDigest = NO_TAGS
) -> Version | None:
    """Return the version that all references hold; None where there are none, or where one differs.

    References without a version are left out. follows: the tag that the policy follows. A digest alone is one of its
    versions. A reference without a digest can be any of them, and then nothing is known of the others either.
    tags: tell which version a digest alone is. Where they do not, its tag is ''.
    """
    listed = [place for place in places if place.tag is not None or place.digest is not None]
    digests: dict[str, str] = {}
    for place in listed:
        if place.digest is not None and digests.setdefault(place.image, place.digest) != place.digest:
            return None
    if not listed:
        return None
    found = _common_tags(listed, follows, tags)
    if found is None:
        return None
    tag, *aliases = found or ("",)
    if tag == follows:
        pinned = all(place.digest is not None for place in listed)
        return Version(tag, tuple(sorted(digests.items())) if pinned else (), followed=True)
    return Version(tag, tuple(sorted(digests.items())), aliases=tuple(aliases))


def _common_tags(listed: list[Place], follows: str | None, tags: TagsByDigest) -> tuple[str, ...] | None:
    """Return the tag of all, or every tag that digests alone can be, best first; None where the references differ."""
    written = {tag for place in listed if (tag := place.tag or follows) is not None}
    if len(written) > 1:
        return None
    named = {(place.image, place.digest) for place in listed if place.tag is not None}
    alone = [(place.image, place.digest or "") for place in listed if place.tag is None]
    if not written:
        return tuple(tag for tag in tags.get(alone[0], ()) if all(tag in tags.get(each, ()) for each in alone))
    [tag] = written
    told = (follows is not None or each in named or tag in tags.get(each, ()) for each in alone)
    return (tag,) if all(told) else None
