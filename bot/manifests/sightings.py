"""What a format reports: a reference it saw, which scalars say its version, and whether they can be changed.

A sighting belongs to no path and to no question yet. It is what is kept of a file, so it holds neither nodes nor text.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from yaml.nodes import Node, ScalarNode

from bot.core.images import ImageError, ImageName, Reference, is_digest, is_tag
from bot.core.places import Scalar
from bot.manifests.tree import Problem, Style, Trail, Tree

_NO_REFERENCE = (
    "this is not an image reference that can be read as it stands",
    "write it out as name:tag, name@digest or name:tag@digest",
)
_NO_VERSION = (
    "this is not a tag or a digest that can be read as it stands",
    "write the tag or the digest out",
)
_NO_REGISTRY = ("the image's registry is computed elsewhere", "write the registry out")
_NAME_AND_REST = re.compile(r"(?P<name>(?:[A-Za-z0-9._:\[\]-]+/)?[a-z0-9._/-]+?)(?:[:@\s].*)?", re.DOTALL)
_BELOW_PLACEHOLDER = re.compile(r".*[})]/(?P<name>[a-z0-9._/-]+)(?:[:@\s].*)?", re.DOTALL)


class Kind(Enum):
    """What a scalar says."""

    VERSION = "version"  # [name:]tag, [name]@digest or [name:]tag@digest
    DIGEST = "digest"  # a digest alone
    NAME = "name"  # the image, without a version; never changed


@dataclass(frozen=True, slots=True)
class Part:
    """One scalar of a reference.

    mark: where its node begins, anchors and tags included. style, is_json: how it is written.
    prefix: what stands in it before the version and stays, such as the name.
    tag, digest: what it says.
    """

    scalar: Scalar
    kind: Kind
    mark: int
    style: Style
    is_json: bool
    prefix: str
    tag: str | None
    digest: str | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """One reference, readable or not.

    names: what the image may be called, most likely first; a registry set for a whole chart makes two.
    repository: instead of a name where the registry is computed; matches this repository in any registry.
    parts: in the order of the file; empty if there is a problem.
    claims: where every scalar that was read begins, so that no second format reads them otherwise.
    """

    found_by: str
    names: tuple[ImageName, ...]
    repository: str | None
    tag: str | None
    digest: str | None
    parts: tuple[Part, ...]
    problem: Problem | None
    claims: frozenset[int]

    def name_in(self, images: frozenset[str]) -> str | None:
        """Which of these images is meant, if any."""
        if self.repository is not None:
            return next((image for image in sorted(images) if image.partition("/")[2] == self.repository), None)
        return next((name for name in map(str, self.names) if name in images), None)


@dataclass(frozen=True, slots=True)
class Site:
    """A mapping that a format is asked to read, and where it stands."""

    tree: Tree
    trail: Trail

    @property
    def key_path(self) -> tuple[str | int, ...]:
        """Keys and positions from the document's root."""
        keys: list[str | int] = []
        trail = self.trail
        while trail[0] is not None:
            keys.append(trail[1])
            trail = trail[0]
        return tuple(reversed(keys))

    @property
    def document(self) -> int:
        """Which document of the stream."""
        return int(next(trail[1] for trail in self.ancestors() if trail[0] is None))

    def ancestors(self) -> Iterator[Trail]:
        """This mapping and what it stands in, up to the document."""
        trail: Trail | None = self.trail
        while trail is not None:
            yield trail
            trail = trail[0]

    def key_above(self, levels: int) -> str | int | None:
        """The key at which the mapping stands (0), or what holds it (1), and so on; None above the document."""
        keys = self.key_path
        return keys[-1 - levels] if levels < len(keys) else None

    def keys(self) -> tuple[str, ...]:
        """The mapping's keys, merged ones included."""
        return tuple(self.tree.entries(self.trail[2]))

    def node(self, *keys: str) -> Node | None:
        """What stands at a key, or below several, merge keys followed."""
        node: Node | None = self.trail[2]
        for key in keys:
            node = None if node is None else self.tree.entries(node).get(key)
        return node

    def scalar(self, *keys: str) -> ScalarNode | None:
        """The same if it is a scalar, empty or not."""
        node = self.node(*keys)
        return node if isinstance(node, ScalarNode) else None

    def text(self, *keys: str) -> str:
        """The value of a scalar; empty if there is none, or if it says nothing."""
        node = self.scalar(*keys)
        return "" if node is None or self.tree.is_empty(node) else str(node.value)

    def part(self, key: str, node: ScalarNode, *, kind: Kind, said: "Said") -> Part | Problem:
        """The scalar at a key as a part of a reference."""
        span = self.tree.span(node)
        if isinstance(span, Problem):
            return span
        return Part(
            scalar=Scalar(self.document, (*self.key_path, key), self.tree.line(node), span.start, span.end),
            kind=kind,
            mark=self.tree.mark(node),
            style=span.style,
            is_json=self.tree.is_json,
            prefix=said.prefix,
            tag=said.tag,
            digest=said.digest,
        )

    def repeated_key(self) -> Problem | None:
        """A key that stands twice in this mapping or in one around it, so that readers disagree which counts."""
        for _, _, node in self.ancestors():
            key = self.tree.repeated_key(node)
            if key is not None:
                return Problem(
                    line=self.tree.line(node),
                    seen=key,
                    reason="a key stands twice in the same mapping, and YAML readers disagree which counts",
                    advice="remove one of them",
                )
        return None


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write an image's version: which keys make a mapping worth a look, and what is read there.

    name: a word people read, such as `workload`.
    """

    name: str
    wants: Callable[[str], bool]
    read: Callable[[Site], Iterator[Sighting]]


@dataclass(frozen=True, slots=True)
class Said:
    """What a scalar's text says: a prefix that stays, and the version behind it."""

    prefix: str = ""
    tag: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Which image a text names; `repository` as in `Sighting`."""

    names: tuple[ImageName, ...] = ()
    repository: str | None = None


def named_by(text: str) -> Named | None:
    """The image in a text that is a reference, or would be one if its version or its registry could be read.

    None where nothing can be said, such as for `{{ .Values.image }}` or `web${SUFFIX}:1.0`.
    """
    text = text.strip()
    below_placeholder = _BELOW_PLACEHOLDER.fullmatch(text)
    match = below_placeholder or _NAME_AND_REST.fullmatch(text)
    try:
        name = None if match is None else Reference.parse(match["name"])
    except ImageError:
        return None
    if name is None:
        return None
    return Named(repository=name.spelling) if below_placeholder else Named(names=(name.name,))


def whole(site: Site, key: str, *, found_by: str) -> Sighting | None:
    """The scalar at a key as one reference, such as `ghcr.io/acme/web:v1@sha256:…`; None if it names no image."""
    node = site.scalar(key)
    if node is None or site.tree.is_empty(node):
        return None
    try:
        reference = Reference.parse(node.value)
    except ImageError:
        named = named_by(node.value)
        part: Part | Problem = site.tree.problem(node, *_NO_REFERENCE)
    else:
        named = Named(names=(reference.name,))
        said = Said(reference.spelling, reference.tag, reference.digest)
        part = site.part(key, node, kind=Kind.VERSION, said=said)
    return None if named is None else _sighting(site, [part], found_by=found_by, named=named, nodes=[node])


def composed(site: Site, *, found_by: str, named: Named, name: str, tag: str, digest: str) -> Sighting:
    """A reference over several keys of one mapping: `name` is the key of its name, `tag` and `digest` those of its version.

    Without a tag and a digest in the mapping, the name stands for the place, so that people can be shown where it is.
    """
    nodes = {key: node for key in (name, tag, digest) if (node := site.scalar(key)) is not None}
    parts = [
        _version_part(site, key, nodes[key], kind=kind)
        for key, kind in ((tag, Kind.VERSION), (digest, Kind.DIGEST))
        if key in nodes
    ]
    parts = parts or [site.part(name, nodes[name], kind=Kind.NAME, said=Said())]
    return _sighting(site, parts, found_by=found_by, named=named, nodes=nodes.values())


def _version_part(site: Site, key: str, node: ScalarNode, *, kind: Kind) -> Part | Problem:
    text = "" if site.tree.is_empty(node) else node.value
    said = _version(text) if kind is Kind.VERSION else _digest(text)
    return site.part(key, node, kind=kind, said=said) if said else site.tree.problem(node, *_NO_VERSION)


def _version(text: str) -> Said | None:
    """`tag`, `tag@digest`, or nothing at all."""
    tag, has_digest, digest = text.partition("@")
    if (text and not is_tag(tag)) or (has_digest and not is_digest(digest)):
        return None
    return Said(tag=tag or None, digest=digest or None)


def _digest(text: str) -> Said | None:
    return Said(digest=text or None) if not text or is_digest(text) else None


def _sighting(
    site: Site, parts: Sequence[Part | Problem], *, found_by: str, named: Named, nodes: Collection[Node]
) -> Sighting:
    problem = next((part for part in parts if isinstance(part, Problem)), None) or site.repeated_key()
    if problem is None and named.repository is not None:
        problem = site.tree.problem(next(iter(nodes)), *_NO_REGISTRY)
    readable = sorted((part for part in parts if isinstance(part, Part)), key=lambda part: part.scalar.start)
    return Sighting(
        found_by=found_by,
        names=named.names,
        repository=named.repository,
        tag=next((part.tag for part in readable if part.tag), None),
        digest=next((part.digest for part in readable if part.digest), None),
        parts=() if problem else tuple(readable),
        problem=problem,
        claims=frozenset(map(site.tree.mark, nodes)),
    )
