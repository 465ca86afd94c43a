"""YAML inside literal block scalars: `helm.values: |` of Argo CD, `values.yaml: |` of a ConfigMap, `patch: |` of
a Kustomization.

The inner text is read as a file of its own, and what is found there is mapped back to the bytes of the outer one: a
literal block is its lines without their indentation (https://yaml.org/spec/1.2.2/#812-literal-style). Folded blocks and
quoted strings are left alone, for their text is not contiguous in the file. One level, since nobody writes two.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from yaml.nodes import ScalarNode

from bot.manifests.problems import Unreadable
from bot.manifests.sightings import Inside, Part, Sighting
from bot.manifests.sites import Site, Slot
from bot.manifests.tree import Style, Tree, compose

_KEYS = frozenset({"values", "valuesContent", "patch"})
_ENDINGS = (".yaml", ".yml", ".json")
_WORTH_READING = re.compile(r"image|repository|newTag|oci://", re.IGNORECASE)
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|$)")


def wants(key: str) -> bool:
    """Keys at which people put files into files."""
    return key in _KEYS or key.endswith(_ENDINGS)


@dataclass(frozen=True, slots=True)
class Inner:
    """A file in a block of another.

    starts: for each line of the inner text where it begins there, and in the outer text.
    """

    site: Site
    slot: Slot
    tree: Tree
    starts: tuple[tuple[int, int], ...]

    def outward(self, sighting: Sighting) -> Sighting:
        """A sighting of the inner file as one of the outer file."""
        problem = sighting.problem
        return replace(
            sighting,
            found_by=f"nested {sighting.found_by}",
            parts=tuple(map(self._part, sighting.parts)),
            problem=None if problem is None else replace(problem, line=self._line(problem.line)),
            claims=frozenset(map(self._offset, sighting.claims)),
        )

    def _part(self, part: Part) -> Part:
        scalar = part.scalar
        document = (scalar.document,) if len(self.tree.roots) > 1 else ()
        outer = replace(
            scalar,
            document=self.site.document,
            key_path=(*self.site.key_path, *self.slot.below, *document, *scalar.key_path),
            line=self._line(scalar.line),
            start=self._offset(scalar.start),
            end=self._offset(scalar.end),
        )
        return replace(part, scalar=outer, inside=Inside(self.site.tree.mark(self.slot.node), scalar.start, scalar.end))

    def _offset(self, inner: int) -> int:
        begin, outer = self.starts[bisect_right(self.starts, inner, key=lambda start: start[0]) - 1]
        return outer + inner - begin

    def _line(self, line: int) -> int:
        text, tree = self.site.tree.text, self.site.tree
        before = text[tree.mark(self.slot.node) : self.starts[0][1]]
        return tree.line(self.slot.node) + len(re.findall(r"\r\n|\r|\n", before)) + line - 1


def inner_files(site: Site) -> Iterator[Inner]:
    """Every file in a block of this mapping that can be read, and might name an image."""
    for key, slot in site.fields().slots.items() if site.tree.depth == 0 else ():
        node = slot.node
        if not wants(key) or node.style != Style.LITERAL.value or _WORTH_READING.search(node.value) is None:
            continue
        starts = _starts(site.tree, node)
        if starts is not None:
            try:
                yield Inner(site, slot, compose(node.value, depth=1), starts)
            except Unreadable:
                continue


def _starts(tree: Tree, node: ScalarNode) -> tuple[tuple[int, int], ...] | None:
    """Where each line of a block begins in its text and in the file; None if they do not match line by line."""
    header = tree.content_start(node)
    if header is None:
        return None
    outer = [(match[1], match.start()) for match in _LINE.finditer(tree.text, header, tree.end(node))][1:]
    starts: list[tuple[int, int]] = []
    position = 0
    for inner, (line, begin) in zip(node.value.split("\n"), outer, strict=False):
        if not line.endswith(inner):
            return None
        indentation = len(line) - len(inner)
        starts.append((position, begin + indentation))
        position += len(inner) + 1
    return tuple(starts)
