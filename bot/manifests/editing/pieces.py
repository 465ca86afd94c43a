"""Puts new texts between the ends of old ones; what every way to write a version shares."""

from dataclasses import dataclass

from bot.core.values.images import version_suffix
from bot.core.values.places import Edit
from bot.manifests.editing.changes import Change
from bot.manifests.problems import Problem, Refused
from bot.manifests.references.sightings import Sighting


@dataclass(frozen=True, slots=True)
class Splice:
    """What to put between two offsets, in code points of the text."""

    start: int
    end: int
    text: str


def applied(text: str, splices: list[Splice]) -> tuple[bytes, list[tuple[int, int, int]]]:
    """Return the new content, and what was replaced: (start, end, length of the new text), in the old bytes."""
    pieces: list[bytes] = []
    replaced: list[tuple[int, int, int]] = []
    position = size = 0
    for splice in splices:
        kept, old, new = (
            part.encode("utf-8")
            for part in (text[position : splice.start], text[splice.start : splice.end], splice.text)
        )
        size += len(kept)
        replaced.append((size, size + len(old), len(new)))
        size += len(old)
        pieces += [kept, new]
        position = splice.end
    return b"".join([*pieces, text[position:].encode("utf-8")]), replaced


def unless_stale(sighting: Sighting | None, edit: Edit) -> Sighting:
    """Return what stands at the place of an edit, if it says what it said, or already what it is to say. Raises `Refused`."""
    place = edit.place
    if sighting is None or (sighting.tag, sighting.digest) not in {
        (place.tag, place.digest),
        (edit.tag or place.tag, edit.digest or place.digest),
    }:
        raise Refused(
            Problem(
                line=place.scalars[0].line if place.scalars else 0,
                seen=f"no {place.image}{version_suffix(tag=place.tag, digest=place.digest)} at its key",
                reason="the file has changed since it was read",
                advice="nothing to do: the bot reads it again",
            )
        )
    return sighting


def without_contradiction(changes: dict[int, Change], change: Change) -> None:
    """Add a change to those by offset. Raises `Refused` where another one wants something else of the same value."""
    other = changes.setdefault(change.part.scalar.start, change)
    if other.value != change.value:
        raise Refused(
            Problem(
                line=other.part.scalar.line,
                seen=f"{other.value} and {change.value}",
                reason="two images share this version through an anchor, and would get different ones",
                advice="write the two versions out",
            )
        )
