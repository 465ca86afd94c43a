"""A mapping as formats see it: its scalars by key, and its place in the file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.manifests.parsing.tree import Trail, Tree
from bot.manifests.problems import Problem

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A scalar, and its keys and positions from the site that was asked for it."""

    node: ScalarNode
    below: KeyPath


@dataclass(frozen=True, slots=True)
class Fields:
    """Scalars that belong together, by name: the keys of one mapping, or what replaces keys."""

    tree: Tree
    slots: Mapping[str, Slot]

    def get(self, key: str) -> Slot | None:
        """Return the scalar of that name, empty or not."""
        return self.slots.get(key)

    def text(self, key: str) -> str:
        """Return its value; empty if there is none, or if it is empty or null."""
        slot = self.slots.get(key)
        return "" if slot is None else self.tree.text_of(slot.node)


@dataclass(frozen=True, slots=True)
class Site:
    """A mapping for a format to read.

    claimed: marks of scalars that a format with precedence has read. Skipping them saves a tenth of the time of a file.
    """

    tree: Tree
    trail: Trail
    claimed: frozenset[int] = frozenset()

    @property
    def key_path(self) -> KeyPath:
        """Return keys and positions from the document's root."""
        keys = [key for parent, key, _ in self._ancestors() if parent is not None]
        return tuple(reversed(keys))

    @property
    def document(self) -> int:
        """Return which document of the stream it is in."""
        return int(next(key for parent, key, _ in self._ancestors() if parent is None))

    def key_above(self, levels: int) -> str | int | None:
        """Return the key of the mapping (0), or of what holds it (1), and so on; None above the document."""
        trail = self.trail
        for _ in range(levels):
            if trail[0] is None:
                return None
            trail = trail[0]
        return None if trail[0] is None else trail[1]

    def root(self) -> "Site":
        """Return the document's outermost mapping."""
        trail = self.trail
        while trail[0] is not None:
            trail = trail[0]
        return Site(self.tree, trail)

    def around(self) -> "Iterator[Site]":
        """Yield this mapping and what holds it, from the inside to the document."""
        return (Site(self.tree, trail) for trail in self._ancestors())

    def names(self) -> Iterable[str]:
        """Return the mapping's keys, including merged ones."""
        return self.tree.entries(self.trail[2]).keys()

    def node(self, *keys: str) -> Node | None:
        """Return the node at a key, or below several, with merge keys followed."""
        node: Node | None = self.trail[2]
        for key in keys:
            node = None if node is None else self.tree.entries(node).get(key)
        return node

    def slot(self, *keys: str) -> Slot | None:
        """Return the same if it is a scalar, empty or not."""
        node = self.node(*keys)
        return Slot(node, keys) if isinstance(node, ScalarNode) else None

    def text(self, *keys: str) -> str:
        """Return the value of a scalar; empty if there is none, or if it is empty or null."""
        slot = self.slot(*keys)
        return "" if slot is None else self.tree.text_of(slot.node)

    def fields(self, *keys: str) -> Fields:
        """Return the scalars of this mapping, or of one below it."""
        node = self.node(*keys)
        entries = {} if node is None else self.tree.entries(node)
        slots = {key: Slot(value, (*keys, key)) for key, value in entries.items() if isinstance(value, ScalarNode)}
        return Fields(self.tree, slots)

    def items(self, *keys: str) -> list[Node]:
        """Return the elements of a list; empty if there is none."""
        node = self.node(*keys)
        return list(node.value) if isinstance(node, SequenceNode) else []

    def repeated_key(self) -> Problem | None:
        """Return a key that occurs twice in this mapping or in one around it: YAML readers disagree which counts."""
        for _, _, node in self._ancestors():
            key = self.tree.repeated_key(node)
            if key is not None:
                return Problem(
                    line=self.tree.line(key),
                    seen=str(key.value),
                    reason="the mapping has this key twice, and YAML readers disagree about which one counts",
                    advice="remove one of them",
                )
        return None

    def _ancestors(self) -> Iterator[Trail]:
        trail: Trail | None = self.trail
        while trail is not None:
            yield trail
            trail = trail[0]


def scalars(tree: Tree) -> Iterator[tuple[Site, Slot]]:
    """Yield every value that is a scalar, once, at the site of its anchor."""
    seen: set[int] = set()
    stack: list[Trail] = [(None, number, root) for number, root in reversed(list(enumerate(tree.roots)))]
    while stack:
        trail = stack.pop()
        parent, key, node = trail
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode) and parent is not None:
            yield Site(tree, parent), Slot(node, (key,))
        stack.extend((trail, key, child) for key, child in reversed(_children(node)))


def _children(node: Node) -> list[tuple[str | int, Node]]:
    if isinstance(node, MappingNode):
        return [(key.value, value) for key, value in node.value if isinstance(key, ScalarNode)]
    return list(enumerate(node.value)) if isinstance(node, SequenceNode) else []
