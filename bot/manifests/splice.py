"""Writing versions into the bytes of a file: splice, then prove that nothing else changed.

A file is never serialised again. The new text goes between the ends of the old value; then the bytes outside must be the
old bytes, and the tree must be the old tree but for those scalars, with every alias following. Whatever cannot be proven
is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from bot.core.images import ImageName, is_digest, is_tag, version_suffix
from bot.core.places import Edit, Refusal, Scalar
from bot.manifests import entries
from bot.manifests.findings import sightings_in
from bot.manifests.locate import judge, refusal
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.quoting import spell
from bot.manifests.sightings import Kind, Part, Sighting, is_chart_tag
from bot.manifests.sites import scalars
from bot.manifests.tree import Style, Tree, read
from bot.manifests.verify import inner_tree_is_kept, outside_is_kept, tree_is_kept


@dataclass(frozen=True, slots=True)
class Change:
    """What one scalar is to say. value: the whole text of the scalar, before quoting."""

    part: Part
    value: str


@dataclass(frozen=True, slots=True)
class Splice:
    """What to put between two offsets, in code points of the text."""

    start: int
    end: int
    text: str


class _Refused(Exception):  # noqa: N818 -- a state of the edit, which never leaves this module
    def __init__(self, *, line: int, seen: str, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.problem = Problem(line=line, seen=seen, reason=reason, advice=advice)


def render(content: bytes, edits: Sequence[Edit]) -> bytes | Refusal:
    """The content with every edit made, or why that cannot be; never with a part of them.

    Places are looked up again in these very bytes, by key path. One that says neither what it said nor what it is to say
    is stale.
    """
    if not edits:
        return content
    try:
        before = read(content, loader=yaml.CSafeLoader)
        changes = _changes(before, edits)
        splices = _splices(before.text, changes)
        rendered = _apply(before.text, splices)
        if changes:
            _verify(content, rendered, before=before, changes=changes, splices=splices, edits=edits)
    except _Refused as refused:
        return refusal(refused.problem, path=edits[0].place.path)
    except Unreadable as unreadable:
        return refusal(unreadable.problem, path=edits[0].place.path)
    return rendered


def _changes(tree: Tree, edits: Sequence[Edit]) -> list[Change]:
    """What is to be written, in the order of the file, without what stands there already."""
    judged = list(judge(_sightings(tree, edits), frozenset(edit.place.image for edit in edits)))
    changes: dict[int, Change] = {}
    for edit in edits:
        sighting = _find(judged, edit)
        for change in _wanted(sighting, edit):
            if changes.setdefault(change.part.scalar.start, change).value != change.value:
                raise _Refused(
                    line=change.part.scalar.line,
                    seen=f"{changes[change.part.scalar.start].value} and {change.value}",
                    reason="two images share this version through an anchor, and are to get different ones",
                    advice="write the two versions out",
                )
    return [
        changes[start]
        for start in sorted(changes)
        if changes[start].value != tree.text[start : changes[start].part.scalar.end]
    ]


def _sightings(tree: Tree, edits: Sequence[Edit]) -> list[Sighting]:
    """What the formats see, but for the scalars that entries name."""
    named = [
        seen
        for edit in edits
        if edit.place.found_by == entries.NAME
        for scalar in edit.place.scalars
        if (seen := entries.entry_at(tree, scalar.document, scalar.key_path, ImageName.parse(edit.place.image)))
    ]
    taken = {_address(part.scalar for part in seen.parts) for seen in named}
    return [*named, *(seen for seen in sightings_in(tree) if _address(part.scalar for part in seen.parts) not in taken)]


def _find(judged: list[tuple[Sighting, str, Problem | None]], edit: Edit) -> Sighting:
    """The sighting at the place of an edit, which still says what it said, or says already what it is to say."""
    place = edit.place
    for sighting, image, problem in judged:
        if image != place.image or _address(part.scalar for part in sighting.parts) != _address(place.scalars):
            continue
        if problem is not None:
            raise _Refused(line=problem.line, seen=problem.seen, reason=problem.reason, advice=problem.advice)
        wanted = (edit.tag or place.tag, edit.digest or place.digest)
        if (sighting.tag, sighting.digest) in {(place.tag, place.digest), wanted}:
            return sighting
    raise _Refused(
        line=place.scalars[0].line if place.scalars else 0,
        seen=f"no {place.image}{version_suffix(tag=place.tag, digest=place.digest)} at its key",
        reason="the file has changed since it was read",
        advice="nothing; it is read again",
    )


def _address(scalars: Iterable[Scalar]) -> tuple[tuple[int, tuple[str | int, ...]], ...]:
    return tuple((scalar.document, scalar.key_path) for scalar in scalars)


def _wanted(sighting: Sighting, edit: Edit) -> Iterator[Change]:
    """What each scalar of a reference is to say."""
    parts = {part.kind: part for part in sighting.parts}
    version, chart = parts.get(Kind.VERSION), parts.get(Kind.CHART_VERSION)
    digest = parts.get(Kind.DIGEST) or parts.get(Kind.HEX_DIGEST)
    _check(sighting, edit)
    if chart is not None and edit.tag is not None:
        yield Change(chart, edit.tag.replace("_", "+"))
    # A digest goes where one stands; without one to a key of its own, if there is one; else behind the tag.
    behind_tag = version is not None and (version.digest is not None or digest is None)
    if version is not None:
        yield Change(version, _version_text(version, edit, digest=edit.digest if behind_tag else None))
    if digest is not None and edit.digest is not None and (digest.digest is not None or not behind_tag):
        yield Change(digest, _digest_text(digest, edit, edit.digest))


def _digest_text(part: Part, edit: Edit, digest: str) -> str:
    if part.kind is Kind.DIGEST:
        return digest
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256":
        raise _refused_edit(
            edit, reason="the key holds nothing but SHA-256", advice="push the image with such a digest"
        )
    return value


def _version_text(part: Part, edit: Edit, *, digest: str | None) -> str:
    tag = edit.tag or part.tag
    suffix = version_suffix(tag=tag, digest=digest or part.digest)
    if part.prefix:
        return part.prefix + suffix
    if tag is None and suffix:
        raise _refused_edit(edit, reason="there is no tag to put the digest behind", advice="write a tag there first")
    return suffix.removeprefix(":")


def _check(sighting: Sighting, edit: Edit) -> None:
    if (edit.tag is not None and not is_tag(edit.tag)) or (edit.digest is not None and not is_digest(edit.digest)):
        raise _refused_edit(edit, reason="no registry can have this tag and digest", advice="choose another version")
    if edit.tag not in {None, sighting.tag} and edit.digest is None and sighting.digest is not None:
        raise _refused_edit(
            edit,
            reason=f"the reference is pinned to {sighting.digest}, which the new tag would contradict",
            advice="give the digest as well (`write: tag+digest`), or remove it from the file",
        )
    kinds = {part.kind for part in sighting.parts}
    if (edit.tag is not None and kinds.isdisjoint({Kind.VERSION, Kind.CHART_VERSION})) or kinds == {Kind.NAME}:
        raise _refused_edit(
            edit, reason="there is no key that holds the tag", advice="add one with the present version beside the name"
        )
    if edit.tag is not None and Kind.CHART_VERSION in kinds and not is_chart_tag(edit.tag):
        raise _refused_edit(edit, reason="this is no version of a chart", advice="choose one such as 1.4.1")
    if edit.digest is not None and kinds == {Kind.CHART_VERSION}:
        raise _refused_edit(
            edit,
            reason="a chart's version cannot carry a digest",
            advice="let the policy write the tag alone (`write: tag`)",
        )


def _refused_edit(edit: Edit, *, reason: str, advice: str) -> _Refused:
    seen = f"{edit.place.image}{version_suffix(tag=edit.tag, digest=edit.digest)}"
    return _Refused(line=edit.place.scalars[0].line, seen=seen, reason=reason, advice=advice)


def _splices(text: str, changes: list[Change]) -> list[Splice]:
    return [Splice(change.part.scalar.start, change.part.scalar.end, _new_text(text, change)) for change in changes]


def _new_text(text: str, change: Change) -> str:
    scalar, style = change.part.scalar, change.part.style
    new = spell(change.value, style=style, is_json=change.part.is_json)
    # `tag:` with nothing behind it: without a space the new value would become part of the key.
    is_glued = style is Style.PLAIN and scalar.start == scalar.end and not text[scalar.start - 1].isspace()
    return f" {new}" if is_glued else new


def _apply(text: str, splices: list[Splice]) -> bytes:
    """From the end to the beginning, so that no splice moves the next one."""
    for splice in reversed(splices):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text.encode("utf-8")


def _in_bytes(text: str, splice: Splice) -> tuple[int, int, int]:
    start = len(text[: splice.start].encode("utf-8"))
    return start, start + len(text[splice.start : splice.end].encode("utf-8")), len(splice.text.encode("utf-8"))


def _verify(
    content: bytes,
    rendered: bytes,
    *,
    before: Tree,
    changes: list[Change],
    splices: list[Splice],
    edits: Sequence[Edit],
) -> None:
    """Raise unless the bytes, the trees and a second reading agree that only the versions changed."""
    after = read(rendered, loader=yaml.CSafeLoader)
    replaced = [_in_bytes(before.text, splice) for splice in splices]
    inner = _inner_changes(before, changes, splices)
    expected = {change.part.mark: change.value for change in changes if change.part.inside is None}
    expected |= {mark: new for mark, (_, new, _) in inner.items()}
    is_proven = (
        outside_is_kept(content, rendered, replaced)
        and tree_is_kept(before, after, expected)
        and all(inner_tree_is_kept(old, new, values) for old, new, values in inner.values())
        and _is_settled(after, edits)
    )
    if not is_proven:
        raise _Refused(
            line=changes[0].part.scalar.line,
            seen=", ".join(change.value for change in changes),
            reason="with the new value the file would say something else than meant",
            advice="write the present value in double quotes, on the line of its key",
        )


def _is_settled(tree: Tree, edits: Sequence[Edit]) -> bool:
    """Whether the edits, made again, would change nothing."""
    try:
        return not _changes(tree, edits)
    except _Refused:
        return False


def _inner_changes(
    before: Tree, changes: list[Change], splices: list[Splice]
) -> dict[int, tuple[str, str, dict[int, str]]]:
    """For each block that holds a changed file: its text before and after, and what the scalars in it say then."""
    if all(change.part.inside is None for change in changes):
        return {}
    texts = {before.mark(slot.node): str(slot.node.value) for _, slot in scalars(before)}
    inner: dict[int, tuple[str, str, dict[int, str]]] = {}
    for change, splice in reversed(list(zip(changes, splices, strict=True))):
        if (inside := change.part.inside) is not None:
            old, new, values = inner.get(inside.mark, (texts[inside.mark], texts[inside.mark], {}))
            new = new[: inside.start] + splice.text + new[inside.end :]
            inner[inside.mark] = old, new, values | {change.part.mark: change.value}
    return inner
