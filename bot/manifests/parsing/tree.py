"""A YAML stream as a tree in which every scalar knows its place in the text.

libyaml composes the nodes; its marks count code points, leave a byte order mark out, begin at anchors and tags, and run
past block scalars (`&a !!str v1`). `Tree.span` turns them into the exact place of the value, or says why there is none.
Nothing here resolves aliases by copying: a node at ten sites is one node, visited once, so that documents
which expand to gigabytes cost what their bytes cost.
"""

import json
import operator
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import yaml
from yaml.composer import ComposerError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.manifests.parsing.anchors import with_distinct_anchors
from bot.manifests.parsing.limits import check_size
from bot.manifests.problems import Problem, unreadable

MAX_MERGED = 200_000


class PlainLoader(yaml.CBaseLoader):
    """Composes with every scalar as text. PyYAML would spend as long on resolving tags as libyaml on parsing."""

    def resolve(self, kind: object, _value: object, _implicit: object) -> str:
        """Return the tag of a node that has none."""
        return _STRING_TAG if kind is ScalarNode else _COLLECTION_TAG

    # Nothing is resolved by position. Both are called for every node; this is the fastest no-op in Python.
    descend_resolver = staticmethod(operator.is_)  # type: ignore[assignment]  # what it returns is not looked at
    ascend_resolver = frozenset  # type: ignore[assignment]  # likewise


Loader = type[PlainLoader] | type[yaml.CSafeLoader]

# From a node up to its document: (trail of the parent, key or position there, the node). Plain tuples, because one is
# made for every collection of every file.
Trail = tuple["Trail | None", str | int, Node]

_BOM = "\ufeff"

_STRING_TAG = "tag:yaml.org,2002:str"

_COLLECTION_TAG = "tag:yaml.org,2002:map"  # of sequences too: it is not used

_PROPERTY_GAP = re.compile(r"(?:[ \t\r\n\x85\u2028\u2029]+|(?<=[ \t\r\n\x85\u2028\u2029])#[^\r\n\x85\u2028\u2029]*)*")

_PROPERTY = re.compile(r"[&!][^ \t\r\n\x85\u2028\u2029]*")

_ODD_LINE_BREAK = re.compile("[\x85\u2028\u2029]")

_BLANKS = re.compile(r"[ \t\r\n]+")

EMPTY = frozenset({"", "~", "null", "Null", "NULL"})


class Style(Enum):
    """How a scalar is written."""

    PLAIN = ""
    SINGLE = "'"
    DOUBLE = '"'
    LITERAL = "|"
    FOLDED = ">"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a scalar's value stands, in code points of the decoded text, without quotes and properties."""

    start: int
    end: int
    style: Style


def read(content: bytes, *, loader: Loader = PlainLoader) -> "Tree":
    """Read every document of a file. Raises `Unreadable` for what is not YAML in UTF-8, and for too much of it."""
    check_size(content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable(
            line=content.count(b"\n", 0, error.start) + 1,
            seen=f"byte 0x{content[error.start]:02x}",
            reason="the file is not UTF-8",
            advice="save the file as UTF-8",
        ) from error
    return compose(text, loader=loader)


def compose(text: str, *, loader: Loader = PlainLoader, depth: int = 0) -> "Tree":
    """Read a text whose size is known to be harmless. depth: how many files it is inside of."""
    shift = 1 if text.startswith(_BOM) else 0
    try:
        roots = tuple(_documents(text[shift:], loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise unreadable(
            line=0 if mark is None else mark.line + 1,
            seen=" ".join(str(getattr(error, "problem", None) or error).split()),
            reason="the file is not valid YAML",
            advice="correct the file, or leave it out of the environment's path",
        ) from error
    return Tree(text, roots, shift=shift, depth=depth)


def _documents(text: str, loader: Loader) -> list[Node]:
    try:
        return list(yaml.compose_all(text, Loader=loader))
    except ComposerError as error:
        if not str(error.context).startswith("found duplicate anchor"):
            raise
    return list(yaml.compose_all(with_distinct_anchors(text), Loader=loader))


class Tree:
    """The documents of one file, with cached results about them."""

    def __init__(self, text: str, roots: tuple[Node, ...], *, shift: int, depth: int) -> None:
        self.text = text
        self.roots = roots
        self.depth = depth
        self._odd_line_breaks = (
            () if text.isascii() else tuple(match.start() for match in _ODD_LINE_BREAK.finditer(text))
        )
        self._shift = shift
        self._entries: dict[int, Mapping[str, Node]] = {}
        self._is_json: bool | None = None
        self._merged = 0
        self._repeated: dict[int, ScalarNode | None] = {}

    @property
    def is_json(self) -> bool:
        """Report whether the file is JSON, which has no plain strings."""
        if self._is_json is None:
            text = self.text[self._shift :]
            self._is_json = text.lstrip()[:1] in {"{", "["} and _parses_as_json(text)
        return self._is_json

    def mark(self, node: Node) -> int:
        """Return where the node begins, with its properties, in code points; unlike `id` it survives a new reading."""
        return node.start_mark.index + self._shift

    def end(self, node: Node) -> int:
        """Return where the node ends, after its closing quote."""
        return node.end_mark.index + self._shift

    def entries(self, node: Node) -> Mapping[str, Node]:
        """Return a mapping's entries with merge keys (`<<`) followed; empty for any other node."""
        known = self._entries.get(id(node))
        if known is not None:
            return known
        self._entries[id(node)] = {}  # the entries that a self-merging mapping gets from itself
        merged: dict[str, Node] = {}
        own: dict[str, Node] = {}
        for key, value in _pairs(node):
            if key == "<<":
                merged = self._merge(value)
            else:
                own[key] = value
        self._entries[id(node)] = merged | own
        return self._entries[id(node)]

    def _merge(self, value: Node) -> dict[str, Node]:
        """Return the entries of one or several merged mappings; the first one with a key wins.

        https://yaml.org/type/merge.html
        """
        sources = value.value if isinstance(value, SequenceNode) else [value]
        merged: dict[str, Node] = {}
        for source in sources:
            entries = self.entries(source)
            self._merged += len(entries) + len(merged) + 1
            if self._merged > MAX_MERGED:
                raise unreadable(
                    line=self.line(source),
                    seen="<<",
                    reason="the file's merge keys expand without bound",
                    advice="use fewer merge keys",
                )
            merged = {**entries, **merged}
        return merged

    def repeated_key(self, node: Node) -> ScalarNode | None:
        """Return a key that a mapping has twice, on which YAML readers disagree."""
        if id(node) not in self._repeated:
            pairs = node.value if node.__class__ is MappingNode else ()
            keys = [key for key, _ in pairs if key.__class__ is ScalarNode]
            first = {key.value: key for key in reversed(keys)}
            self._repeated[id(node)] = next((key for key in keys if first[key.value] is not key), None)
        return self._repeated[id(node)]

    def line(self, node: Node) -> int:
        """Return the line from 1, as people and GitHub count; libyaml also counts NEL, LS and PS, as YAML 1.1 did."""
        return int(node.start_mark.line) + 1 - bisect_left(self._odd_line_breaks, self.mark(node))

    def is_empty(self, node: ScalarNode) -> bool:
        """Report whether a scalar is empty, or one of the plain forms of null."""
        return not node.value or (Style(node.style or "") is Style.PLAIN and node.value in EMPTY)

    def text_of(self, node: ScalarNode) -> str:
        """Return the text of a scalar; empty if it is empty or null."""
        return "" if self.is_empty(node) else str(node.value)

    def span(self, node: ScalarNode) -> Span | Problem:
        """Return the exact place of a value that is in one piece."""
        start = self.content_start(node)
        end = node.end_mark.index + self._shift
        if start is None:
            return self.problem(node, "its tag says that it is not text", "remove the tag")
        style = Style(node.style or "")
        if style in {Style.SINGLE, Style.DOUBLE}:
            start, end = start + 1, end - 1
        elif style is not Style.PLAIN:
            return self._block_span(node, start=start, end=end, style=style)
        if self.text[start:end] != node.value:
            return self.problem(
                node,
                "the value is written with escapes or over several lines",
                "write the value in one piece, on one line",
            )
        return Span(start, end, style)

    def _block_span(self, node: ScalarNode, *, start: int, end: int, style: Style) -> Span | Problem:
        body = self.text[start:end]
        if body.count(node.value) != 1 or not node.value or node.value.splitlines() != [node.value]:
            return self.problem(node, "the value fills a block scalar", "write the value on the line of its key")
        inner = start + body.index(node.value)
        return Span(inner, inner + len(node.value), style)

    def content_start(self, node: ScalarNode) -> int | None:
        """Return the offset behind anchor and tag; None where the tag makes the value something other than text."""
        position = self.mark(node)
        end = node.end_mark.index + self._shift
        while (found := _PROPERTY.match(self.text, position, end)) is not None:
            if found[0].startswith("!") and node.tag != _STRING_TAG:
                return None
            gap = _PROPERTY_GAP.match(self.text, found.end(), end)
            position = found.end() if gap is None else gap.end()
        return position

    def problem(self, node: Node, reason: str, advice: str) -> Problem:
        """Return a problem at a node, with what the file says there."""
        seen = _BLANKS.sub(" ", self.text[self.mark(node) : node.end_mark.index + self._shift]).strip()
        return Problem(
            line=self.line(node), seen=seen if len(seen) <= 200 else f"{seen[:197]}...", reason=reason, advice=advice
        )


def walk(tree: Tree, document: int, wanted: Mapping[str, int]) -> Iterator[tuple[Trail, int]]:
    """Yield every mapping with a wanted key, with the union of its keys' bits; each once, however often it is aliased.

    wanted: a bit set for each key, 0 for most. In the order of the file. This loop sees every node of every file.
    """
    stack: list[Trail] = [(None, document, tree.roots[document])]
    seen: set[int] = set()
    while stack:
        trail = stack.pop()
        node = trail[2]
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.__class__ is MappingNode:
            bits = 0
            for key, value in reversed(node.value):
                if key.__class__ is ScalarNode:
                    bits |= wanted[key.value]
                    if value.__class__ is not ScalarNode:
                        stack.append((trail, key.value, value))
            if bits:
                yield trail, bits
        elif node.__class__ is SequenceNode:
            stack.extend(_items(trail, node.value))


def has_repeated_keys(tree: Tree) -> bool:
    """Report whether a mapping has a key twice. No node may be met twice, through an alias that contains itself."""
    stack = list(tree.roots)
    while stack:
        node = stack.pop()
        if node.__class__ is MappingNode:
            keys = [key.value for key, _ in node.value if key.__class__ is ScalarNode]
            if len(set(keys)) < len(keys):
                return True
            stack += [value for _, value in node.value if value.__class__ is not ScalarNode]
        elif node.__class__ is SequenceNode:
            stack += [item for item in node.value if item.__class__ is not ScalarNode]
    return False


def first_keys_last(tree: Tree) -> None:
    """Let the first of repeated keys win. In a template, the later one is another branch of an `if`."""
    stack = list(tree.roots)
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            node.value.reverse()
            stack.extend(value for _, value in node.value)
        elif isinstance(node, SequenceNode):
            stack.extend(node.value)


def _parses_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _items(trail: Trail, items: list[Node]) -> Iterator[Trail]:
    return (
        (trail, position, item)
        for position, item in reversed(list(enumerate(items)))
        if item.__class__ is not ScalarNode
    )


def _pairs(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key.value, value
