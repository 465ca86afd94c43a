"""Proves that an edit did what it says and nothing else, on the tree and on the bytes.

Comments and white space are not in the tree, so the bytes are compared too. The meaning of a plain scalar is not in the
bytes, so the trees are compared with resolved tags.
"""

import tomllib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.manifests.editing.quoting import is_no_text
from bot.manifests.parsing.tree import Style, Tree, compose, read
from bot.manifests.problems import Unreadable

MOST_TOML = 100_000
"""Bytes. tomllib reads two megabytes a second."""

MOST_DOTS = 100
"""In a line. What tomllib takes grows with the square of a key's length."""

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

    def says_it(mark: int, _: ScalarNode, new: Node) -> bool:
        return isinstance(new, ScalarNode) and (new.tag, new.value) == (_TEXT, expected[mark])

    return _is_kept(before, after, expected.keys(), says_it)


def yaml_is_kept(before: bytes, after: bytes, replaced: Sequence[tuple[int, int, int]]) -> bool:
    """Report whether a file that was YAML still is it, and the same but for the texts around what was replaced.

    replaced: as in `outside_is_kept`, but in code points. These texts must stay text, for every reader.
    """
    try:
        old = read(before, loader=yaml.CSafeLoader)
    except Unreadable:
        return True  # a template, whose bytes are all that can be compared
    try:
        new = read(after, loader=yaml.CSafeLoader)
    except Unreadable:
        return False
    grown = _grown(old, replaced)

    def is_text(mark: int, one: ScalarNode, other: Node) -> bool:
        return (
            isinstance(other, ScalarNode)
            and other.tag == _TEXT
            and one.style == other.style
            and len(other.value) - len(one.value) == grown[mark]
            and not (Style(other.style or "") is Style.PLAIN and is_no_text(other.value))
        )

    return _is_kept(old, new, grown.keys(), is_text)


def toml_is_kept(before: bytes, after: bytes, *, most: int) -> bool:
    """Report whether a file that was TOML still is it, and says the same but for this many texts at most."""
    old, new = _toml(before), _toml(after)
    if old is None:
        return True
    changed = None if new is None else _changed_texts(old, new)
    return changed is not None and changed <= most


def _grown(tree: Tree, replaced: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Return by how much each scalar grows in which something is replaced; what is replaced in comments is in none."""
    nodes = sorted({tree.mark(node): tree.end(node) for node in _scalars(tree)}.items())
    grown: dict[int, int] = {}
    for start, end, length in replaced:
        index = bisect_right(nodes, start, key=lambda node: node[0]) - 1
        if index >= 0 and end <= nodes[index][1]:
            mark = nodes[index][0]
            grown[mark] = grown.get(mark, 0) + length - (end - start)
    return grown


def _scalars(tree: Tree) -> Iterator[ScalarNode]:
    stack, seen = list(tree.roots), set[int]()
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            stack.extend(_children(node))
            if isinstance(node, ScalarNode):
                yield node


def _toml(content: bytes) -> object:
    """Return what a file says; None where it is not TOML, or would take tomllib long."""
    if len(content) > MOST_TOML or any(line.count(b".") > MOST_DOTS for line in content.split(b"\n")):
        return None
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _changed_texts(old: object, new: object) -> int | None:
    """Return how many texts differ; None where anything else does."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        counts = [_changed_texts(old[key], new[key]) for key in old]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        counts = [_changed_texts(*both) for both in zip(old, new, strict=True)]
    elif isinstance(old, str) and isinstance(new, str):
        return int(old != new)
    else:
        return 0 if (type(old), repr(old)) == (type(new), repr(new)) else None
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _is_kept(
    before: Tree, after: Tree, marks: Collection[int], is_right: Callable[[int, ScalarNode, Node], bool]
) -> bool:
    """Report whether the trees are the same but for the scalars at these marks, which all are there and are right."""
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
        if mark in marks and isinstance(old, ScalarNode):
            changed.add(mark)
            is_same = is_right(mark, old, new)
        else:
            is_same = _shape(old) == _shape(new)
        if not is_same:
            return False
        stack.extend(zip(_children(old), _children(new), strict=True))
    return len(changed) == len(marks)


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
