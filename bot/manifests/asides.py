"""References that no format reads: in environment variables, arguments, and texts that hold YAML.

They name an image with its version, such as `RELATED_IMAGE_WEB: ghcr.io/acme/web:v1.4.1` or
`--image=ghcr.io/acme/web:v1.4.1`, and would silently keep the old version. If the reference is the whole value, or
follows `--name=` or `NAME=`, it can be changed like any other. Everywhere else, such as in a script, it is only
reported. Comments and keys are not searched.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from bot.core.values.images import MAX_REFERENCE, ImageError, ImageName, Reference
from bot.manifests.findings import sightings_in
from bot.manifests.parsing.sites import Site, Slot, scalars
from bot.manifests.parsing.tree import Style, Tree
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.references import nested
from bot.manifests.references.mentions import whole_words
from bot.manifests.references.names import for_people
from bot.manifests.references.sightings import Sighting, whole

NAME = "value"

_MAX_HITS = 1_000
_BEFORE = re.compile(r"[A-Za-z0-9.:/\[\]_-]*$")
_INSIDE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
_VERSION = re.compile(r"(?=[:@])(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?(?:@[a-z0-9]+:[a-f0-9]+)?")
_FLAG = re.compile(r"(?:-{1,2}[A-Za-z0-9][A-Za-z0-9._-]*|[A-Za-z_][A-Za-z0-9_.-]*)=")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Hit:
    """A reference in a text: start and end in code points, and its text."""

    start: int
    end: int
    reference: Reference


def hits_in(text: str, images: frozenset[str]) -> Iterator[Hit]:
    """Yield the references to these images that carry a version, the first thousand of them."""
    for at, end in _words_with_versions(text, images):
        before = _BEFORE.search(text, max(0, at - MAX_REFERENCE), at)
        # `docker://ghcr.io/acme/web:v1` and `oci://…` name the image behind the scheme.
        start = at - len("" if before is None else before[0].rpartition("//")[2])
        written = text[start:end].rstrip(".")  # the end of a sentence, not of a tag
        try:
            reference = Reference.parse(written)
        except ImageError:
            continue
        is_versioned = reference.tag is not None or reference.digest is not None
        if is_versioned and str(reference.name) in images:
            yield Hit(start, start + len(written), reference)


def _words_with_versions(text: str, images: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Yield where the last segment of a name stands with a version behind it, and where that ends; the first thousand."""
    words = {ImageName.parse(image).last_segment for image in images}
    found = (
        (at, end.end())
        for word in words
        for at in whole_words(text, word, _INSIDE)
        if (end := _VERSION.match(text, at + len(word)))
    )
    yield from sorted(islice(found, _MAX_HITS))


def unread(text: str, sightings: Iterable[Sighting], images: frozenset[str]) -> list[Hit]:
    """Return the hits outside of every scalar that was read and can be changed."""
    return _outside(list(hits_in(text, images)), sightings) if images else []


def asides(tree: Tree, sightings: Sequence[Sighting], images: frozenset[str]) -> tuple[Sighting, ...]:
    """Return the references that none of these sightings has read, in the order of the file.

    Those that cannot be changed have a problem. All are marked `aside`.
    """
    lines = Lines(tree.text)
    hits = lines.without_refused(unread(tree.text, sightings, images), sightings)
    if not hits:
        return ()
    values = sorted(scalars(tree), key=lambda value: tree.mark(value[1].node))
    starts = [tree.mark(slot.node) for _, slot in values]
    claimed = {claim for sighting in sightings for claim in sighting.claims}
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        index = bisect_right(starts, hit.start) - 1
        if index >= 0 and hit.end <= tree.end(values[index][1].node) and starts[index] not in claimed:
            found.setdefault(index, []).append(hit)
    told = {sighting.problem for sighting in sightings if sighting.problem is not None}
    every = (each for index, inside in found.items() for each in _in_value(*values[index], inside, images, lines))
    return tuple(each for each in every if each.problem not in told)


class Lines:
    """The offsets at which the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._begins = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def number(self, position: int) -> int:
        """Return the line at this offset, from 1."""
        return bisect_right(self._begins, position)

    def without_refused(self, hits: Iterable[Hit], sightings: Iterable[Sighting]) -> list[Hit]:
        """Leave out hits on the line of a refused reference, which is reported already."""
        refused = {self.number(claim) for sighting in sightings if sighting.problem for claim in sighting.claims}
        return [hit for hit in hits if self.number(hit.start) not in refused]


def _outside(hits: list[Hit], sightings: Iterable[Sighting]) -> list[Hit]:
    spans = sorted((part.scalar.start, part.scalar.end) for sighting in sightings for part in sighting.parts)
    left = []
    for hit in hits:
        index = bisect_right(spans, hit.start, key=lambda span: span[0]) - 1
        if index < 0 or spans[index][1] <= hit.start:
            left.append(hit)
    return left


def _in_value(site: Site, slot: Slot, hits: list[Hit], images: frozenset[str], lines: Lines) -> Iterator[Sighting]:
    """Yield the reference that is the whole value, or those of the YAML in it; each other one as part of a text."""
    only = _only(site, slot, hits)
    inner = [only] if only is not None else list(_inner(site, slot, images))
    yield from inner
    for hit in lines.without_refused(_outside(hits, inner), inner):
        if "/" in hit.reference.spelling:  # `web:8080` in a text is more likely a host with a port
            yield _in_text(hit, lines)


def _only(site: Site, slot: Slot, hits: Sequence[Hit]) -> Sighting | None:
    """Return the reference if the value is nothing else, apart from `--name=` before it."""
    flag = _FLAG.match(slot.node.value)
    skip = 0 if flag is None else flag.end()
    if len(hits) != 1 or slot.node.value[skip:] != site.tree.text[hits[0].start : hits[0].end]:
        return None
    sighting = whole(site, slot, found_by=NAME, skip=skip)
    return None if sighting is None else replace(sighting, aside=True)


def _inner(site: Site, slot: Slot, images: frozenset[str]) -> Iterator[Sighting]:
    """Yield the references in a YAML text, and in its values that no format reads."""
    if site.tree.depth or Style(slot.node.style or "") is not Style.LITERAL or not nested.may_be_file(slot):
        return
    try:
        inner = nested.inner_file(site, slot)
        found = sightings_in(inner.tree)
    except Unreadable:
        return
    if not nested.wants(str(slot.below[-1])):
        yield from (_aside(inner, each) for each in found if each.name_in(images) is not None)
    yield from (_aside(inner, each) for each in asides(inner.tree, found, images))


def _aside(inner: nested.Inner, sighting: Sighting) -> Sighting:
    return replace(inner.outward(sighting), aside=True)


def _in_text(hit: Hit, lines: Lines) -> Sighting:
    """Return a reference that is part of a text."""
    seen = for_people(hit.reference.name, tag=hit.reference.tag, digest=hit.reference.digest)
    problem = Problem(lines.number(hit.start), seen, "it is part of a text that no format reads", "")
    return Sighting(
        found_by=NAME,
        names=(hit.reference.name,),
        repository=None,
        tag=hit.reference.tag,
        digest=hit.reference.digest,
        parts=(),
        problem=problem,
        claims=frozenset({hit.start}),
        spelling=hit.reference.spelling,
        aside=True,
    )
