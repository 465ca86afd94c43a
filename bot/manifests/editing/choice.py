"""Which of an environment's references a promotion writes, and why it leaves the others unchanged.

Writing, verifying and judging all ask this one function, so that they cannot disagree about a file.

| reference | |
|---|---|
| has a version | written |
| lies under a Kustomization that sets another version | left: the Kustomization decides |
| has no version, and another one has | left: that one decides |
| no format reads it, and it agrees with the others | written |
| no format reads it, and it differs | left |
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.values.places import Mention, Place
from bot.manifests.references.names import for_people


@dataclass(frozen=True, slots=True)
class Chosen:
    """places: what a promotion writes. left: what it leaves unchanged. Both in the order of the files."""

    places: tuple[Place, ...] = ()
    left: tuple[Mention, ...] = ()


def choose(places: Iterable[Place], mentions: Iterable[Mention] = ()) -> Chosen:
    """Choose among all references located in the files of one environment."""
    listed = tuple(places)
    overrides = [place for place in listed if place.override is not None and _has_version(place)]
    overriding = {id(place): _override(place, overrides) for place in listed}
    read = [place for place in listed if not place.aside]
    decisive = (
        [place for place in read if _has_version(place) and overriding[id(place)] is None]
        or [place for place in listed if place.aside and _has_version(place)]
        or [place for place in read if place.holds_tag]
        or read
    )
    written = {id(place) for place in (*decisive, *(each for each in listed if _follows(each, decisive)))}
    left = [_left(place, overriding[id(place)], decisive) for place in listed if id(place) not in written]
    chosen = tuple(place for place in listed if id(place) in written)
    return Chosen(chosen, _in_order(filter(None, (*left, *mentions))))


def _has_version(place: Place) -> bool:
    return place.tag is not None or place.digest is not None


def _override(place: Place, overrides: Sequence[Place]) -> Place | None:
    """Return the Kustomization's entry that overrides a reference, unless both have the same version."""
    for other in () if place.aside else overrides:
        rule = other.override
        if rule is not None and other is not place and rule.name == place.spelling and rule.applies_to(place.path):
            return None if (other.tag, other.digest) == (place.tag, place.digest) else other
    return None


def _follows(place: Place, decisive: Sequence[Place]) -> bool:
    """Report whether a reference that no format reads agrees with the others."""
    return place.aside and any(_agrees(place, other) for other in decisive)


def _agrees(place: Place, other: Place) -> bool:
    if place.tag != other.tag:
        return place.tag is None and place.image == other.image and place.digest == other.digest
    return place.image != other.image or None in {place.digest, other.digest} or place.digest == other.digest


def _left(place: Place, override: Place | None, decisive: Sequence[Place]) -> Mention | None:
    where = f"{decisive[0].path}:{decisive[0].scalars[0].line}"
    if override is not None:
        reason = f"{override.path}:{override.scalars[0].line} overrides it"
    elif place.aside and "/" not in place.spelling:
        return None  # `web:8080` may be an image, but is mostly a host with a port
    elif place.aside:
        other = for_people("", tag=decisive[0].tag, digest=decisive[0].digest).lstrip(":@")
        reason = f"no format reads it, and it differs from {other} at {where}"
    elif place.holds_tag:
        reason = f"no version is written here, and {where} has one"
    else:
        reason = f"there is no key for a version here, and {where} has one"
    seen = for_people(place.image, tag=place.tag, digest=place.digest)
    return Mention(place.path, place.scalars[0].line, seen, reason)


def _in_order(mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    return tuple(sorted(dict.fromkeys(mentions), key=lambda mention: (mention.path, mention.line)))
