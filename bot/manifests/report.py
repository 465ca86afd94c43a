"""What `gitops-bot set` and `gitops-bot images` do and print, apart from walking folders.

Both take files as (path, content) and return values: what to print, what to write, and the exit status.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import PurePosixPath

from bot.core.values.editable.files import is_protected
from bot.core.values.images import Reference
from bot.core.values.places import Edit, Mention, Place, Refusal
from bot.manifests.editing.choice import choose
from bot.manifests.editing.splice import render
from bot.manifests.locate import Located, locate, locate_entry, locate_pattern, references
from bot.manifests.references.names import for_people

NEVER = "the bot never edits this file"

_COLUMNS = ("FILE", "LINE", "IMAGE", "TAG", "DIGEST", "FOUND BY")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Status(IntEnum):
    """The exit status of a command; 2 is for usage errors."""

    DONE = 0
    REFUSED = 1
    NOT_FOUND = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """status: the exit status. said: for standard output, complained: for standard error. files: new contents by path.

    left: the lines of `said` that name mentions left unchanged.
    """

    status: Status
    said: tuple[str, ...]
    complained: tuple[str, ...]
    files: Mapping[str, bytes]
    left: tuple[str, ...] = ()


def set_version(
    files: Mapping[str, bytes], wanted: Reference, *, key_path: str | None = None, pattern: str | None = None
) -> Outcome:
    """Write a version at every place of an image in these files, as the bot would if they were one environment.

    key_path: the one scalar to change in each file, instead of looking for the image; may raise `KeyPathError`. pattern:
    likewise what a pattern finds; may raise `ValuePatternError`. Nothing is changed if anything is refused.
    """
    looks = key_path is None and pattern is None
    look = _looked_for if looks else partial(_named, key_path=key_path, pattern=pattern)
    located = [look(content, path=path, image=str(wanted.name)) for path, content in files.items()]
    chosen = choose(
        [place for found in located for place in found.places],
        [mention for found in located for mention in found.mentions],
    )
    refusals = [refusal for found in located for refusal in found.refusals]
    left = tuple(map(left_line, chosen.left))
    if not chosen.places and not refusals:
        looked_at = "1 file" if len(files) == 1 else f"{len(files):,} files"
        return Outcome(Status.NOT_FOUND, left, (f"{wanted.name}: not found in {looked_at}",), {}, left)
    if _differ(chosen.places, wanted):
        return Outcome(Status.REFUSED, (), (_disagreement(chosen.places), *map(place_line, chosen.places)), {})
    edits = {path: [_edit(place, wanted) for place in group] for path, group in _by_path(chosen.places).items()}
    rendered = {path: render(files[path], group) for path, group in edits.items()}
    refusals += [result for result in rendered.values() if isinstance(result, Refusal)]
    if refusals:
        return Outcome(Status.REFUSED, (), tuple(map(refusal_line, refusals)), {})
    changed = {path: result for path, result in rendered.items() if isinstance(result, bytes) and result != files[path]}
    moved = [place for place in chosen.places if not _says(place, wanted)]
    said = tuple(f"{_where(place)}: {_move(place, wanted)}" for place in moved)
    return Outcome(Status.DONE, (*said, *left), (), changed, left)


def _looked_for(content: bytes, *, path: str, image: str) -> Located:
    found = locate(content, path=path, images=frozenset({image}))
    return _only_mentioned(found) if _is_protected(path) else found


def _named(content: bytes, *, path: str, image: str, key_path: str | None, pattern: str | None) -> Located:
    if _is_protected(path):
        advice = "keep the version in a manifest"
        return Located(refusals=(Refusal(path, 0, key_path or pattern or "", NEVER, advice),))
    if pattern is not None:
        return locate_pattern(content, path=path, pattern=pattern, image=image)
    return locate_entry(content, path=path, key_path=key_path or "", image=image)


def _is_protected(path: str) -> bool:
    """Report whether the bot never edits this file. Folders above the checkout do not count."""
    return is_protected(PurePosixPath(path).name if path.startswith("/") else path)


def _only_mentioned(found: Located) -> Located:
    return Located(
        mentions=tuple(Mention(each.path, each.scalars[0].line, _reference(each), NEVER) for each in found.places)
    )


def list_images(files: Mapping[str, bytes]) -> Located:
    """Return every image reference in these files."""
    found = [references(content, path=path) for path, content in files.items()]
    return Located(
        tuple(place for located in found for place in located.places),
        tuple(refusal for located in found for refusal in located.refusals),
    )


def as_table(places: Iterable[Place]) -> str:
    """Return a table for people: one line for each place, with aligned columns."""
    rows = [_COLUMNS, *(_row(place) for place in places)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_json(places: Iterable[Place]) -> str:
    """Return JSON for programs: a list of objects, with digests in full."""
    return json.dumps(
        [
            {
                "file": place.path,
                "line": place.scalars[0].line,
                "image": place.image,
                "tag": place.tag,
                "digest": place.digest,
                "found_by": place.found_by,
            }
            for place in places
        ],
        indent=2,
    )


def unified_diff(path: str, before: bytes, after: bytes) -> str:
    """Return the change of one file as `diff -u` shows it; line ends are kept."""
    old, new = (_LINE.findall(content.decode("utf-8")) for content in (before, after))
    shown = difflib.unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}")
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in shown)


def refusal_line(refusal: Refusal) -> str:
    """Return `path:line: reason: what the file says; advice`."""
    where = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
    return f"{where}: {refusal.reason}: {refusal.seen}; {refusal.advice}"


def left_line(mention: Mention) -> str:
    """Return `path:line: left unchanged: mention: reason`."""
    return f"{mention.path}:{mention.line}: left unchanged: {mention.seen}: {mention.reason}"


def place_line(place: Place) -> str:
    """Return `path:line: reference`."""
    return f"{_where(place)}: {_reference(place)}"


def _differ(places: Iterable[Place], wanted: Reference) -> bool:
    """Report whether more than one version would be replaced. A tag, its digest, and both are one."""
    replaced = [place for place in places if not _says(place, wanted)]
    tags = {place.tag for place in replaced if place.tag is not None}
    digests = {place.digest for place in replaced if place.digest is not None}
    unlinked = tags and digests and not any(place.tag and place.digest for place in replaced)
    return len(tags) > 1 or len(digests) > 1 or bool(unlinked)


def _says(place: Place, wanted: Reference) -> bool:
    edit = _edit(place, wanted)
    return edit.tag in {None, place.tag} and edit.digest in {None, place.digest}


def _disagreement(places: Sequence[Place]) -> str:
    counted = Counter(_version(place.tag, place.digest).lstrip(":@") or "no version" for place in places)
    held = ", ".join(f"{version} ({count})" for version, count in sorted(counted.items()))
    return f"{places[0].image} has {len(counted)} versions here: {held}; name the files that belong together"


def _by_path(places: Sequence[Place]) -> dict[str, list[Place]]:
    grouped: dict[str, list[Place]] = {}
    for place in places:
        grouped.setdefault(place.path, []).append(place)
    return grouped


def _edit(place: Place, wanted: Reference) -> Edit:
    return Edit(place=place, tag=wanted.tag, digest=None if place.repeats else wanted.digest)


def _where(place: Place) -> str:
    return f"{place.path}:{place.scalars[0].line}"


def _move(place: Place, wanted: Reference) -> str:
    old = _version(place.tag, place.digest).lstrip(":@")
    edit = _edit(place, wanted)
    new = _version(edit.tag or place.tag, edit.digest or place.digest).lstrip(":@")
    return f"{old or 'no version'} → {new}"


def _reference(place: Place) -> str:
    return for_people(place.image, tag=place.tag, digest=place.digest)


def _version(tag: str | None, digest: str | None) -> str:
    """`:tag@sha256:0123456789ab`."""
    return for_people("", tag=tag, digest=digest)


def _row(place: Place) -> tuple[str, ...]:
    digest = _version(None, place.digest).lstrip("@")
    return place.path, str(place.scalars[0].line), place.image, place.tag or "-", digest or "-", place.found_by
