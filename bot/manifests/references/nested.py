"""YAML inside literal block scalars: `helm.values: |` of Argo CD, `values.yaml: |` of a ConfigMap, `patch: |` of a
Kustomization.

The inner text is parsed as a file of its own, and its places are mapped back to the bytes of the outer one: a literal
block consists of its lines without their indentation (https://yaml.org/spec/1.2.2/#812-literal-style). In folded blocks
and quoted strings references are found but refused, because their text is not contiguous in the file. Only one level is
supported; nobody nests two.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from yaml.nodes import ScalarNode

from bot.manifests.parsing.sites import Site, Slot
from bot.manifests.parsing.tree import Style, Tree, compose
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.references.sightings import Inside, Part, Sighting

Starts = tuple[tuple[int, int], ...]

_KEYS = frozenset({"values", "valuesContent", "patch"})

_ENDINGS = (".yaml", ".yml", ".json")

_OTHER_ENDING = re.compile(r"\.[A-Za-z0-9]+$")

_WORTH_READING = re.compile(r"image|repository|newTag|oci://", re.IGNORECASE)

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|$)")


def wants(key: str) -> bool:
    """Report whether values of this key commonly contain files."""
    return key in _KEYS or key.endswith(_ENDINGS)


@dataclass(frozen=True, slots=True)
class Inner:
    """A file in a block of another.

    starts: where each line of the inner text begins, there and in the outer text; None if it cannot be mapped, because
    the text is folded, quoted or tagged.
    """

    site: Site
    slot: Slot
    tree: Tree
    starts: Starts | None

    def outward(self, sighting: Sighting) -> Sighting:
        """Return a sighting of the inner file as one of the outer file."""
        found_by, problem = f"nested {sighting.found_by}", sighting.problem
        if self.starts is None:
            claims = frozenset({self.site.tree.mark(self.slot.node)})
            return replace(sighting, found_by=found_by, parts=(), problem=self._folded(sighting), claims=claims)
        return replace(
            sighting,
            found_by=found_by,
            parts=tuple(self._part(part, self.starts) for part in sighting.parts),
            problem=None if problem is None else replace(problem, line=self._line(problem.line, self.starts)),
            claims=frozenset(_offset(claim, self.starts) for claim in sighting.claims),
        )

    def _folded(self, sighting: Sighting) -> Problem:
        return Problem(
            line=self.site.tree.line(self.slot.node),
            seen=sighting.repository or " or ".join(map(str, sighting.names)),
            reason="the reference is in a file within this one that is folded, quoted or tagged",
            advice="write the inner file as a literal block, with `|`",
        )

    def _part(self, part: Part, starts: Starts) -> Part:
        scalar = part.scalar
        document = (scalar.document,) if len(self.tree.roots) > 1 else ()
        outer = replace(
            scalar,
            document=self.site.document,
            key_path=(*self.site.key_path, *self.slot.below, *document, *scalar.key_path),
            line=self._line(scalar.line, starts),
            start=_offset(scalar.start, starts),
            end=_offset(scalar.end, starts),
        )
        return replace(part, scalar=outer, inside=Inside(self.site.tree.mark(self.slot.node), scalar.start, scalar.end))

    def _line(self, line: int, starts: Starts) -> int:
        text, tree = self.site.tree.text, self.site.tree
        before = text[tree.mark(self.slot.node) : starts[0][1]]
        return tree.line(self.slot.node) + len(re.findall(r"\r\n|\r|\n", before)) + line - 1


def may_be_file(slot: Slot) -> bool:
    """Report whether a text can be YAML by its key: `script.sh` is not, `extraDeploy` and list items can be."""
    key = str(slot.below[-1])
    return wants(key) or _OTHER_ENDING.search(key) is None


def inner_files(site: Site) -> Iterator[Inner]:
    """Yield every file in a text of this mapping that can be read and may name an image."""
    for key, slot in site.fields().slots.items() if site.tree.depth == 0 else ():
        if wants(key) and _WORTH_READING.search(slot.node.value) is not None:
            with suppress(Unreadable):
                yield inner_file(site, slot)


def inner_file(site: Site, slot: Slot) -> Inner:
    """Read a text as a file. Raises `Unreadable`."""
    starts = _starts(site.tree, slot.node) if slot.node.style == Style.LITERAL.value else None
    return Inner(site, slot, compose(slot.node.value, depth=1), starts)


def _offset(inner: int, starts: Starts) -> int:
    begin, outer = starts[bisect_right(starts, inner, key=lambda start: start[0]) - 1]
    return outer + inner - begin


def _starts(tree: Tree, node: ScalarNode) -> Starts | None:
    """Return where each line of a block begins in its text and in the file; None if they do not match line by line."""
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
