"""Writes versions into the bytes of a file: splices, then proves that nothing else changed.

A file is never serialised again. The new text replaces the old value. Then the bytes outside must be the old bytes, and
the tree must be the old tree except for those scalars and their aliases. An edit that cannot be proven is refused.
"""

from collections.abc import Iterable, Mapping, Sequence

import yaml

from bot.core.values.images import ImageName
from bot.core.values.places import Edit, Refusal, Scalar
from bot.manifests.asides import asides
from bot.manifests.editing.changes import Change, wanted
from bot.manifests.editing.matches import render_matches
from bot.manifests.editing.pieces import Splice, applied, unless_stale, without_contradiction
from bot.manifests.editing.quoting import spell
from bot.manifests.editing.verify import inner_tree_is_kept, outside_is_kept, tree_is_kept
from bot.manifests.findings import sightings_in
from bot.manifests.locate import judge, refusal
from bot.manifests.parsing.sites import KeyPath, scalars
from bot.manifests.parsing.tree import EMPTY, Style, Tree, read
from bot.manifests.problems import Problem, Refused, Unreadable
from bot.manifests.references import entries, patterns
from bot.manifests.references.sightings import Sighting

Address = tuple[tuple[int, KeyPath], ...]


def render(content: bytes, edits: Sequence[Edit]) -> bytes | Refusal:
    """Return the content with every edit made, or why that is impossible; never with only some of them.

    Places are looked up again in these bytes, by key path or pattern. A place that has neither its old nor its new text is
    stale.
    """
    by_pattern = [edit for edit in edits if edit.place.found_by == patterns.NAME]
    by_key = [edit for edit in edits if edit.place.found_by != patterns.NAME]
    try:
        rendered = _render_keys(content, by_key) if by_key else content
        return render_matches(rendered, by_pattern) if by_pattern else rendered
    except (Refused, Unreadable) as error:
        return refusal(error.problem, path=edits[0].place.path)


def _render_keys(content: bytes, edits: Sequence[Edit]) -> bytes:
    before = read(content, loader=yaml.CSafeLoader)
    changes = _changes(before, edits)
    splices = _splices(before.text, changes)
    rendered, replaced = applied(before.text, splices)
    if changes and not (
        outside_is_kept(content, rendered, replaced)
        and _tree_is_kept(before, rendered, changes=changes, splices=splices)
        and _is_settled(rendered, edits)
    ):
        raise Refused(_unproven(changes))
    return rendered


def _changes(tree: Tree, edits: Sequence[Edit]) -> list[Change]:
    """Return the changes in the order of the file, without those that the file already has."""
    images = frozenset(edit.place.image for edit in edits)
    judged = {
        (image, _address(part.scalar for part in sighting.parts)): (sighting, problem)
        for sighting, image, problem in judge(_sightings(tree, edits), images)
    }
    changes: dict[int, Change] = {}
    for edit in edits:
        sighting = _find(judged, edit)
        for change in wanted(sighting, edit):
            without_contradiction(changes, change)
    return [changes[start] for start in sorted(changes) if not _is_made(tree, changes[start])]


def _is_made(tree: Tree, change: Change) -> bool:
    """Report whether the file has the change. A plain `null` is no text, even where the version is called so."""
    scalar, style = change.part.scalar, change.part.style
    written = tree.text[scalar.start : scalar.end]
    return change.value == written and not (style is Style.PLAIN and written in EMPTY)


def _sightings(tree: Tree, edits: Sequence[Edit]) -> list[Sighting]:
    """Return what the formats read, except for the scalars that entries name."""
    named = [
        seen
        for edit in edits
        if edit.place.found_by == entries.NAME
        for scalar in edit.place.scalars
        if (seen := entries.entry_at(tree, scalar.document, scalar.key_path, ImageName.parse(edit.place.image)))
    ]
    taken = {_address(part.scalar for part in seen.parts) for seen in named}
    read = sightings_in(tree)
    beside = asides(tree, read, frozenset(edit.place.image for edit in edits if edit.place.aside))
    every = (*read, *beside)
    return [*named, *(seen for seen in every if _address(part.scalar for part in seen.parts) not in taken)]


def _find(judged: Mapping[tuple[str, Address], tuple[Sighting, Problem | None]], edit: Edit) -> Sighting:
    """Return the sighting at the place of an edit, which must have its old text or its new text."""
    place = edit.place
    sighting, problem = judged.get((place.image, _address(place.scalars)), (None, None))
    if problem is not None:
        raise Refused(problem)
    return unless_stale(sighting, edit)


def _address(scalars: Iterable[Scalar]) -> Address:
    return tuple((scalar.document, scalar.key_path) for scalar in scalars)


def _splices(text: str, changes: list[Change]) -> list[Splice]:
    return [Splice(change.part.scalar.start, change.part.scalar.end, _new_text(text, change)) for change in changes]


def _new_text(text: str, change: Change) -> str:
    scalar, style = change.part.scalar, change.part.style
    prefix = change.part.prefix
    # After the existing `--image=ghcr.io/acme/web`, no version has another meaning in YAML.
    is_safe = style is Style.PLAIN and not change.part.is_json and ("/" in prefix or "=" in prefix)
    new = change.value if is_safe else spell(change.value, style=style, is_json=change.part.is_json)
    # `tag:` without a value: without a space the new value would become part of the key.
    is_glued = style is Style.PLAIN and scalar.start == scalar.end and not text[scalar.start - 1].isspace()
    return f" {new}" if is_glued else new


def _tree_is_kept(before: Tree, rendered: bytes, *, changes: list[Change], splices: list[Splice]) -> bool:
    """Report whether the new file equals the old one except for the changes, including files within it."""
    after = read(rendered, loader=yaml.CSafeLoader)
    inner = _inner_changes(before, changes, splices)
    expected = {change.part.mark: change.value for change in changes if change.part.inside is None}
    expected |= {mark: new for mark, (_, new, _) in inner.items()}
    return tree_is_kept(before, after, expected) and all(
        inner_tree_is_kept(old, new, values) for old, new, values in inner.values()
    )


def _is_settled(rendered: bytes, edits: Sequence[Edit]) -> bool:
    """Report whether the edits, made again, would change nothing."""
    try:
        return not _changes(read(rendered, loader=yaml.CSafeLoader), edits)
    except Refused:
        return False


def _inner_changes(
    before: Tree, changes: list[Change], splices: list[Splice]
) -> dict[int, tuple[str, str, dict[int, str]]]:
    """Return, for each block that holds a changed file, its text before and after, and the new texts of its scalars."""
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


def _unproven(changes: list[Change]) -> Problem:
    return Problem(
        line=changes[0].part.scalar.line,
        seen=", ".join(change.value for change in changes),
        reason="the new value would change more than the version",
        advice="write the present value in double quotes, on the line of its key",
    )
