"""What `gitops-bot set` and `gitops-bot images` do and say, without the walking of folders.

Both see files as (path, content) and answer with values: what to print, what to write, how to end.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from bot.core.values.images import Reference, version_suffix
from bot.core.values.places import Edit, Place, Refusal
from bot.manifests.locate import Located, locate, locate_entry, references, versioned
from bot.manifests.splice import render

_COLUMNS = ("FILE", "LINE", "IMAGE", "TAG", "DIGEST", "FOUND BY")

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Status(IntEnum):
    """How a command ends; 2 is for usage, as everywhere."""

    DONE = 0
    REFUSED = 1
    NOT_FOUND = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """status: the exit status. said: for standard output, complained: for standard error. files: new contents by path."""

    status: Status
    said: tuple[str, ...]
    complained: tuple[str, ...]
    files: Mapping[str, bytes]


def set_version(files: Mapping[str, bytes], wanted: Reference, *, key_path: str | None = None) -> Outcome:
    """Make every place of an image in these files say a version, as the bot would if they were one environment.

    key_path: the one scalar to change in each file, instead of looking for the image; may raise `KeyPathError`.
    Nothing is changed if anything is refused.
    """
    located = [_located(content, path=path, wanted=wanted, key_path=key_path) for path, content in files.items()]
    places = versioned([place for found in located for place in found.places])
    refusals = [refusal for found in located for refusal in found.refusals]
    if not places and not refusals:
        looked_at = "1 file" if len(files) == 1 else f"{len(files):,} files"
        return Outcome(Status.NOT_FOUND, (), (f"{wanted.name}: not found in {looked_at}",), {})
    if len(_versions(places, wanted)) > 1:
        return Outcome(Status.REFUSED, (), (_disagreement(places), *map(place_line, places)), {})
    edits = {path: [_edit(place, wanted) for place in group] for path, group in _by_path(places).items()}
    rendered = {path: render(files[path], group) for path, group in edits.items()}
    refusals += [result for result in rendered.values() if isinstance(result, Refusal)]
    if refusals:
        return Outcome(Status.REFUSED, (), tuple(map(refusal_line, refusals)), {})
    changed = {path: result for path, result in rendered.items() if isinstance(result, bytes) and result != files[path]}
    moved = [place for place in places if not _says(place.tag, place.digest, wanted)]
    said = tuple(f"{_where(place)}: {_move(place, wanted)}" for place in moved)
    return Outcome(Status.DONE, said, (), changed)


def _located(content: bytes, *, path: str, wanted: Reference, key_path: str | None) -> Located:
    if key_path is None:
        return locate(content, path=path, images=frozenset({str(wanted.name)}))
    return locate_entry(content, path=path, key_path=key_path, image=str(wanted.name))


def list_images(files: Mapping[str, bytes]) -> Located:
    """Every image reference in these files."""
    found = [references(content, path=path) for path, content in files.items()]
    return Located(
        tuple(place for located in found for place in located.places),
        tuple(refusal for located in found for refusal in located.refusals),
    )


def as_table(places: Iterable[Place]) -> str:
    """For people: one line for each place, columns aligned."""
    rows = [_COLUMNS, *(_row(place) for place in places)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_json(places: Iterable[Place]) -> str:
    """For programs: a list of objects, digests in full."""
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
    """The change of one file, as `diff -u` would show it; line ends are kept as they are."""
    old, new = (_LINE.findall(content.decode("utf-8")) for content in (before, after))
    shown = difflib.unified_diff(old, new, fromfile=f"a/{path}", tofile=f"b/{path}")
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in shown)


def refusal_line(refusal: Refusal) -> str:
    """`path:line: reason: what stands there; advice`."""
    where = f"{refusal.path}:{refusal.line}" if refusal.line else refusal.path
    return f"{where}: {refusal.reason}: {refusal.seen}; {refusal.advice}"


def place_line(place: Place) -> str:
    """`path:line: reference`."""
    return f"{_where(place)}: {place.image}{_version(place.tag, place.digest)}"


def _versions(places: Iterable[Place], wanted: Reference) -> set[tuple[str | None, str | None]]:
    """The versions that would be replaced."""
    held = {(place.tag, place.digest) for place in places}
    return {(tag, digest) for tag, digest in held if not _says(tag, digest, wanted)}


def _says(tag: str | None, digest: str | None, wanted: Reference) -> bool:
    return wanted.tag in {None, tag} and wanted.digest in {None, digest}


def _disagreement(places: Sequence[Place]) -> str:
    counted = Counter(_version(place.tag, place.digest).lstrip(":@") or "no version" for place in places)
    held = ", ".join(f"{version} ({count})" for version, count in sorted(counted.items()))
    return f"{places[0].image} does not have one version here but {len(counted)}: {held}; name the files that belong together"


def _by_path(places: Sequence[Place]) -> dict[str, list[Place]]:
    grouped: dict[str, list[Place]] = {}
    for place in places:
        grouped.setdefault(place.path, []).append(place)
    return grouped


def _edit(place: Place, wanted: Reference) -> Edit:
    return Edit(place=place, tag=wanted.tag, digest=wanted.digest)


def _where(place: Place) -> str:
    return f"{place.path}:{place.scalars[0].line}"


def _move(place: Place, wanted: Reference) -> str:
    old = _version(place.tag, place.digest).lstrip(":@")
    new = _version(wanted.tag or place.tag, wanted.digest or place.digest).lstrip(":@")
    return f"{old or 'no version'} → {new}"


def _version(tag: str | None, digest: str | None) -> str:
    """`:tag@sha256:0123456789ab`; the digest is cut for people."""
    algorithm, colon, value = (digest or "").partition(":")
    return version_suffix(tag=tag, digest=f"{algorithm}:{value[:12]}" if colon else None)


def _row(place: Place) -> tuple[str, ...]:
    digest = _version(None, place.digest).lstrip("@")
    return place.path, str(place.scalars[0].line), place.image, place.tag or "-", digest or "-", place.found_by
