"""The one version that all references of an environment hold."""

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
    """Return the version that all references hold; None if there are none, or if one differs.

    References without a version are ignored. follows: the tag that the policy follows; a digest without a tag counts as
    one of its versions. A reference without a digest could be any of them, and then the version is unknown. tags: maps
    a digest without a tag to its tag. If they do not contain it, the version's tag is ''.
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
    """Return the tags that all references can have, best first; None if the references differ."""
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
