"""What a format reports: a reference it saw, which scalars say its version, and whether they can be changed.

A sighting belongs to no path and to no question yet. It is what is kept of a file, so it holds neither nodes nor text.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.core.values.images import ImageError, ImageName, Reference, is_digest, is_tag
from bot.core.values.places import Override, Scalar
from bot.manifests.parsing.sites import Fields, KeyPath, Site, Slot
from bot.manifests.parsing.tree import Style, Tree
from bot.manifests.problems import Problem
from bot.manifests.references.names import Named, named_by

_NO_REFERENCE = (
    "this cannot be read as an image reference",
    "write it out as name:tag, name@digest or name:tag@digest",
)

_NO_VERSION = (
    "this cannot be read as a tag or a digest",
    "write the tag or the digest out",
)

_NO_REGISTRY = ("the image's registry is computed elsewhere", "write the registry out")

_EXACT_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?![0-9.])")

_NO_EXACT_VERSION = ("this is not one exact version", "write the version out, such as 1.4.1")

_NO_TAG = (
    "this is not a tag alone, and nothing else would be understood here",
    "write the tag alone, and the digest at a key of its own if there is one",
)

_HEX_KEY = "sha"


class Kind(Enum):
    """What a scalar says."""

    VERSION = "version"  # [name:]tag, [name]@digest or [name:]tag@digest
    DIGEST = "digest"  # a digest alone
    HEX_DIGEST = "hex digest"  # the same without `sha256:`, as some charts want it
    CHART_VERSION = "chart version"  # a chart's version, whose tag has `_` where it has `+`
    TAG = "tag"  # a tag alone, where nothing else would be understood
    NAME = "name"  # the image, without a version; never changed


TAGGED = frozenset({Kind.VERSION, Kind.TAG, Kind.CHART_VERSION})
"""What a tag can be written into."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The place of a scalar in a block that holds a file: the block's mark, and offsets in its text."""

    mark: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """One scalar of a reference.

    mark: where its node begins, anchors and tags included. style, is_json: how it is written.
    prefix: what comes before the version and stays, such as the name.
    tag, digest: what it says.
    inside: set if it is in a file within the file; then mark counts in that one.
    """

    scalar: Scalar
    kind: Kind
    mark: int
    style: Style
    is_json: bool
    prefix: str
    tag: str | None
    digest: str | None
    inside: Inside | None = None

    @property
    def address(self) -> tuple[int, KeyPath]:
        """Return its document and keys, whatever the bytes around it."""
        return self.scalar.document, self.scalar.key_path


@dataclass(frozen=True, slots=True)
class Sighting:
    """One reference, readable or not.

    names: what the image may be called, most likely first; a registry set for a whole chart makes two.
    repository: instead of a name where the registry is computed; matches this repository in any registry.
    parts: in the order of the file; empty if there is a problem.
    claims: where every scalar that was read begins, so that no second format reads it differently.
    spelling, aside: as in `Place`. override: likewise, but with paths as the Kustomization writes them; those from the
    repository's root begin with a slash.
    """

    found_by: str
    names: tuple[ImageName, ...]
    repository: str | None
    tag: str | None
    digest: str | None
    parts: tuple[Part, ...]
    problem: Problem | None
    claims: frozenset[int]
    spelling: str = ""
    aside: bool = False
    override: Override | None = None

    def name_in(self, images: frozenset[str]) -> str | None:
        """Return which of these images is meant, if any."""
        if self.repository is not None:
            return next((image for image in sorted(images) if image.partition("/")[2] == self.repository), None)
        return next((name for name in map(str, self.names) if name in images), None)


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write an image's version: which keys make a mapping worth a look, and what is read there.

    name: a word people read, such as `workload`.
    """

    name: str
    wants: Callable[[str], bool]
    read: Callable[[Site], Iterator[Sighting]]


@dataclass(frozen=True, slots=True)
class Marker:
    """One kind of comment that says what a value is. sign: what a file contains if it has such comments."""

    name: str
    sign: str
    read: Callable[[Tree], Iterator[Sighting]]


@dataclass(frozen=True, slots=True)
class Said:
    """What a scalar's text says: a prefix that stays, and the version behind it."""

    prefix: str = ""
    tag: str | None = None
    digest: str | None = None


def whole(site: Site, slot: Slot | None, *, found_by: str, skip: int = 0) -> Sighting | None:
    """Read a scalar as one reference, such as `ghcr.io/acme/web:v1@sha256:…`; None if it names no image.

    skip: how many characters come before the reference.
    """
    if slot is None or site.tree.is_empty(slot.node):
        return None
    text, spelling = slot.node.value[skip:], ""
    try:
        reference = Reference.parse(text)
    except ImageError:
        named = named_by(text)
        part: Part | Problem = site.tree.problem(slot.node, *_NO_REFERENCE)
    else:
        named = Named(names=(reference.name,))
        part = reference_part(site, slot, reference, skip=skip)
        spelling = reference.spelling
    if named is None:
        return None
    return sighting(site, [part], found_by=found_by, named=named, slots=[slot], spelling=spelling)


def reference_part(site: Site, slot: Slot, reference: Reference, *, skip: int = 0) -> Part | Problem:
    """Return a scalar that holds a whole reference behind `skip` characters."""
    said = Said(slot.node.value[:skip] + reference.spelling, reference.tag, reference.digest)
    return _part(site, slot, kind=Kind.VERSION, said=said)


def composed(
    site: Site,
    *,
    found_by: str,
    named: Named,
    name: Slot,
    tag: Slot | None,
    digest: Slot | None,
    kind: Kind = Kind.VERSION,
    override: Override | None = None,
) -> Sighting:
    """Read a reference from several scalars: that of its name, and those of its version.

    Without a version, the name is the place, so that people can be shown where it is.
    kind: of the tag, which may be a chart's version. A digest at a key `sha` has no algorithm before it.
    """
    is_hex = digest is not None and digest.below[-1] == _HEX_KEY and not is_digest(digest.node.value)
    kinds = ((tag, kind), (digest, Kind.HEX_DIGEST if is_hex else Kind.DIGEST))
    parts = [version_part(site, slot, kind=kind) for slot, kind in kinds if slot is not None]
    parts = parts or [_part(site, name, kind=Kind.NAME, said=Said())]
    slots = [slot for slot in (name, tag, digest) if slot is not None]
    spelling = site.tree.text_of(name.node) if override is not None else ""
    return sighting(site, parts, found_by=found_by, named=named, slots=slots, spelling=spelling, override=override)


def by_look(site: Site, slot: Slot, image: ImageName, *, found_by: str) -> Sighting:
    """Read a scalar that holds the version of an image: a whole reference, a digest, a chart version or a tag, by its look.

    A tag at a key `tag` takes the digest beside it along, since that counts before it.
    """
    text = site.tree.text_of(slot.node)
    named = Named(names=(image,))
    reference = None if is_digest(text) else reference_to(text, image)
    if reference is not None:
        part = reference_part(site, slot, reference)
        return sighting(site, [part], found_by=found_by, named=named, slots=[slot])
    if is_digest(text):
        return composed(site, found_by=found_by, named=named, name=slot, tag=None, digest=slot)
    kind = Kind.CHART_VERSION if "+" in text else Kind.VERSION
    digest = digest_beside(site, slot)
    return composed(site, found_by=found_by, named=named, name=slot, tag=slot, digest=digest, kind=kind)


def digest_beside(site: Site, tag: Slot) -> Slot | None:
    """Return the digest beside a tag, over which it takes precedence, if their keys are the usual ones."""
    return digest_among(site.fields()) if tag.below[-1] in {"tag", "newTag"} else None


def digest_among(fields: Fields) -> Slot | None:
    """Return `digest`, or `sha` where it can be a digest: people keep commits there too."""
    digest, text = fields.get("digest"), fields.text(_HEX_KEY)
    return digest or (fields.get(_HEX_KEY) if not text or is_digest(text) or is_digest(f"sha256:{text}") else None)


def reference_to(text: str, image: ImageName) -> Reference | None:
    """A tag has neither slash nor colon, and parses as a name only by accident."""
    try:
        reference = Reference.parse(text)
    except ImageError:
        return None
    is_whole = reference.name == image or "/" in reference.spelling or ":" in text.partition("@")[0]
    return reference if is_whole else None


def version_part(site: Site, slot: Slot, *, kind: Kind) -> Part | Problem:
    """Return a scalar that holds a version alone, or nothing."""
    said = SAYS[kind](site.tree.text_of(slot.node))
    if said is None:
        return site.tree.problem(slot.node, *_UNREADABLE.get(kind, _NO_VERSION))
    return _part(site, slot, kind=kind, said=said)


def sighting(
    site: Site,
    parts: Sequence[Part | Problem],
    *,
    found_by: str,
    named: Named,
    slots: Sequence[Slot],
    spelling: str = "",
    override: Override | None = None,
) -> Sighting:
    """Return what was read from these slots, or the first thing that is wrong with it."""
    problem = next((part for part in parts if isinstance(part, Problem)), None) or site.repeated_key()
    if problem is None and named.repository is not None:
        problem = site.tree.problem(slots[0].node, *_NO_REGISTRY)
    readable = sorted((part for part in parts if isinstance(part, Part)), key=lambda part: part.scalar.start)
    return Sighting(
        found_by=found_by,
        names=named.names,
        repository=named.repository,
        tag=next((part.tag for part in readable if part.tag), None),
        digest=next((part.digest for part in readable if part.digest), None),
        parts=() if problem else tuple(readable),
        problem=problem,
        claims=frozenset(site.tree.mark(slot.node) for slot in slots),
        spelling=spelling,
        override=override,
    )


def _part(site: Site, slot: Slot, *, kind: Kind, said: Said) -> Part | Problem:
    tree = site.tree
    span = tree.span(slot.node)
    if isinstance(span, Problem):
        return span
    return Part(
        scalar=Scalar(site.document, (*site.key_path, *slot.below), tree.line(slot.node), span.start, span.end),
        kind=kind,
        mark=tree.mark(slot.node),
        style=span.style,
        is_json=tree.is_json,
        prefix=said.prefix,
        tag=said.tag,
        digest=said.digest,
    )


def _version(text: str) -> Said | None:
    """`tag`, `tag@digest`, or nothing at all."""
    tag, has_digest, digest = text.partition("@")
    if (text and not is_tag(tag)) or (has_digest and not is_digest(digest)):
        return None
    return Said(tag=tag or None, digest=digest or None)


def _tag(text: str) -> Said | None:
    return Said(tag=text or None) if not text or is_tag(text) else None


def _digest(text: str) -> Said | None:
    return Said(digest=text or None) if not text or is_digest(text) else None


def _hex_digest(text: str) -> Said | None:
    return _digest(f"sha256:{text}" if text else "")


def _chart_version(text: str) -> Said | None:
    """One exact version, no range; its tag has `_` for `+` (https://helm.sh/docs/topics/registries/)."""
    tag = text.replace("+", "_")
    return Said(tag=tag or None) if not text or is_chart_tag(tag) else None


def is_chart_tag(tag: str) -> bool:
    """Report whether a tag can be that of a chart."""
    return _EXACT_VERSION.match(tag) is not None and is_tag(tag)


_UNREADABLE = {Kind.CHART_VERSION: _NO_EXACT_VERSION, Kind.TAG: _NO_TAG}

SAYS: Mapping[Kind, Callable[[str], Said | None]] = {
    Kind.VERSION: _version,
    Kind.TAG: _tag,
    Kind.DIGEST: _digest,
    Kind.HEX_DIGEST: _hex_digest,
    Kind.CHART_VERSION: _chart_version,
}
