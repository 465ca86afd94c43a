"""Proves that an edit did what it says and nothing else, on the tree and on the bytes.

Comments and white space are not in the tree, so the bytes are compared too. The meaning of a plain scalar is not in the
bytes, so the trees are compared with resolved tags.
"""

from collections.abc import Mapping, Sequence

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.manifests.parsing.tree import Tree, compose

_TEXT = "tag:yaml.org,2002:str"


def outside_is_kept(before: bytes, after: bytes, replaced: Sequence[tuple[int, int, int]]) -> bool:
    """Report whether all bytes but the replaced ones are the same, in the same order.

    replaced: in the order of the file, (start, end, length of the new text) in bytes of `before`.
    """
    old = new = 0
    for start, end, length in replaced:
        kept = start - old
        if before[old:start] != after[new : new + kept]:
            return False
        old, new = end, new + kept + length
    return before[old:] == after[new:]


def tree_is_kept(before: Tree, after: Tree, expected: Mapping[int, str]) -> bool:
    """Report whether the trees are equal except for some scalars, which are text with the expected value.

    expected: by the mark in `before` at which the scalar begins. A node with several sites must keep them. Both trees
    must have been read with resolved tags.
    """
    if len(before.roots) != len(after.roots):
        return False
    counterparts: dict[int, Node] = {}
    changed: set[int] = set()
    stack = list(zip(before.roots, after.roots, strict=True))
    while stack:
        old, new = stack.pop()
        if id(old) in counterparts:
            if counterparts[id(old)] is not new:
                return False
            continue
        counterparts[id(old)] = new
        mark = before.mark(old)
        if mark in expected and isinstance(old, ScalarNode):
            changed.add(mark)
            is_same = isinstance(new, ScalarNode) and (new.tag, new.value) == (_TEXT, expected[mark])
        else:
            is_same = _shape(old) == _shape(new)
        if not is_same:
            return False
        stack.extend(zip(_children(old), _children(new), strict=True))
    return changed == expected.keys()


def inner_tree_is_kept(before: str, after: str, expected: Mapping[int, str]) -> bool:
    """Report the same for the texts of a file within a file."""
    old, new = (compose(text, loader=yaml.CSafeLoader, depth=1) for text in (before, after))
    return tree_is_kept(old, new, expected)


def _shape(node: Node) -> tuple[object, ...]:
    """Return what identifies a node, without its children."""
    if isinstance(node, ScalarNode):
        return ScalarNode, node.tag, node.style, node.value
    return type(node), node.tag, len(node.value)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [child for pair in node.value for child in pair]
    return node.value if isinstance(node, SequenceNode) else []
