"""Which value a comment speaks of: the one before it on its line, or the one on the line after it.

Comments are not in the tree, so they are found in the text and matched to values by position.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.manifests.sites import Site, Slot
from bot.manifests.tree import Trail, Tree

_BEHIND_VALUE = re.compile(r"[ \t,\]}]*")
_UP_TO_VALUE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)(?:[ \t]*#[^\r\n]*(?:\r\n|\r|\n))*[^\r\n]*")


class Values:
    """The values of a file by position; keys and what stands in flow of aliases are left out."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values = sorted(_scalars(tree), key=lambda value: tree.mark(value[1].node))
        self._starts = [tree.mark(slot.node) for _, slot in self._values]

    def before(self, comment: int) -> tuple[Site, Slot] | None:
        """The value that ends on the line of the comment that begins at this offset."""
        index = bisect_left(self._starts, comment) - 1
        if index < 0:
            return None
        value = self._values[index]
        gap = self._tree.text[self._tree.end(value[1].node) : comment]
        is_near = self._tree.end(value[1].node) <= comment and _BEHIND_VALUE.fullmatch(gap) is not None
        return value if is_near else None

    def after(self, comment: int) -> tuple[Site, Slot] | None:
        """The first value on the next line that is no comment."""
        index = bisect_left(self._starts, comment)
        if index == len(self._starts):
            return None
        gap = self._tree.text[comment : self._starts[index]]
        return self._values[index] if _UP_TO_VALUE.fullmatch(gap) is not None else None


def _scalars(tree: Tree) -> Iterator[tuple[Site, Slot]]:
    """Every value that is a scalar, once, at the site of its anchor."""
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
