"""Writes versions at the values that patterns find, in any text file, and proves that nothing else changed.

The bytes outside must be the old bytes, and the patterns must find the new values at the same places and no others. A file
that was YAML, JSON or TOML must still be it, and say the same but for the texts that hold the values.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from bot.core.values.editable.files import is_manifest
from bot.core.values.images import ImageName
from bot.core.values.places import Edit
from bot.manifests.editing.changes import Change, wanted
from bot.manifests.editing.pieces import Splice, applied, unless_stale, without_contradiction
from bot.manifests.editing.verify import outside_is_kept, toml_is_kept, yaml_is_kept
from bot.manifests.problems import Problem, Refused, Unreadable
from bot.manifests.references.patterns import find_matches
from bot.manifests.references.sightings import Part, Sighting

Matches = Mapping[tuple[str, str], tuple[Sighting, ...]]
"""By pattern and image: what the pattern finds."""


def render_matches(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the content with the edits of places that patterns found. Raises `Refused` and `Unreadable`."""
    text, before = content.decode("utf-8"), _matches(content, edits)
    changes = _changes(before, edits)
    splices = [Splice(each.part.scalar.start, each.part.scalar.end, each.value) for each in changes]
    splices = [each for each in splices if each.text != text[each.start : each.end]]
    if not splices:
        return content
    rendered, replaced = applied(text, splices)
    if not (
        outside_is_kept(content, rendered, replaced)
        and _said_again(rendered, edits) == _expected(before, text, splices)
        and _format_is_kept(edits[0].place.path, content, rendered, splices)
    ):
        raise Refused(_unproven(changes))
    return rendered


def _matches(content: bytes, edits: Iterable[Edit]) -> Matches:
    asked = dict.fromkeys((str(edit.place.entry), edit.place.image) for edit in edits)
    return {(pattern, image): find_matches(content, pattern, ImageName.parse(image)) for pattern, image in asked}


def _changes(matches: Matches, edits: Iterable[Edit]) -> list[Change]:
    """Return what is to be written, in the order of the file."""
    sightings = {(image, *part.address): seen for (_, image), part, seen in _parts(matches)}
    changes: dict[int, Change] = {}
    for edit in edits:
        scalar = edit.place.scalars[0]
        sighting = sightings.get((edit.place.image, scalar.document, scalar.key_path))
        for change in wanted(unless_stale(sighting, edit), edit):
            without_contradiction(changes, change)
    return [changes[start] for start in sorted(changes)]


def _parts(matches: Matches) -> Iterable[tuple[tuple[str, str], Part, Sighting]]:
    return ((asked, part, seen) for asked, found in matches.items() for seen in found for part in seen.parts)


def _said(matches: Matches, text: str) -> list[tuple[object, int, str]]:
    """What each value says, and where it begins."""
    return [(asked, part.scalar.start, text[part.scalar.start : part.scalar.end]) for asked, part, _ in _parts(matches)]


def _said_again(rendered: bytes, edits: Iterable[Edit]) -> list[tuple[object, int, str]]:
    """What the values say once they are written; nothing where a pattern does not find them again."""
    try:
        return _said(_matches(rendered, edits), rendered.decode("utf-8"))
    except Unreadable:
        return []


def _expected(matches: Matches, text: str, splices: Sequence[Splice]) -> list[tuple[object, int, str]]:
    """What each value is to say once these are written, and where it begins then."""
    starts = [splice.start for splice in splices]
    grown = [0, *accumulate(len(splice.text) - (splice.end - splice.start) for splice in splices)]
    new = {splice.start: splice.text for splice in splices}
    return [
        (asked, start + grown[bisect_left(starts, start)], new.get(start, said))
        for asked, start, said in _said(matches, text)
    ]


def _format_is_kept(path: str, before: bytes, after: bytes, splices: Sequence[Splice]) -> bool:
    if is_manifest(path):
        return yaml_is_kept(before, after, [(each.start, each.end, len(each.text)) for each in splices])
    return not path.endswith(".toml") or toml_is_kept(before, after, most=len(splices))


def _unproven(changes: Sequence[Change]) -> Problem:
    return Problem(
        line=changes[0].part.scalar.line,
        seen=", ".join(change.value for change in changes),
        reason="the new value would change more than the version, or the pattern would not find it again",
        advice="write the present value in quotes, or make the pattern's group hold any version",
    )
