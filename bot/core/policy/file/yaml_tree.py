"""YAML text as a tree in which every key and value has its line and column.

It reads libyaml's events, not its tree. So the depth is limited during reading, an alias counts as what it refers to, and the
largest file takes half a second. Scalars follow YAML 1.2, where `on`, `yes` and `12:30` are text:
https://yaml.org/spec/1.2.2/#103-core-schema. Dates stay text as well. Merge keys are read as in YAML 1.1, as people expect:
https://yaml.org/type/merge.html. What is merged keeps the place where it is written. Tags are not read.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import yaml
from yaml.error import Mark

from bot.core.values.errors import Problem

MAX_CHARACTERS = 500_000

MAX_VALUES = 200_000

MAX_DEPTH = 20

MERGE = "<<"

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})

_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")

_REAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")

# https://yaml.org/spec/1.2.2/#51-character-set
_UNPRINTABLE = re.compile("[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")

_HINTS = {
    "did not find expected key": "; look at the indentation, and quote a value that begins with { or [",
    "found character that cannot start any token": "; quote a value that begins with @, ` or %",
    "did not find expected alphabetic or numeric character": "; quote a value that begins with * or &",
    "mapping values are not allowed in this context": "; quote a value that has a colon and a space in it",
    "did not find expected ',' or ']'": "; quote a value that has one of {}[], in it",
    "did not find expected ',' or '}'": "; quote a value that has one of {}[], in it",
}

Scalar = str | int | float | bool | None

Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True, slots=True)
class Spot:
    """The place where something begins. Both count from 1."""

    line: int
    column: int


START = Spot(1, 1)


@dataclass(frozen=True, slots=True)
class Node:
    """A value. written: a scalar as in the file, without quotes. size: its number of values, with aliases expanded."""

    spot: Spot
    value: "Scalar | tuple[Node, ...] | Mapping[str, Entry]"
    written: str = ""
    size: int = 1

    @property
    def entries(self) -> "Mapping[str, Entry]":
        """Return the entries of a mapping; none for any other value."""
        return self.value if isinstance(self.value, Mapping) else {}

    def __str__(self) -> str:
        """Return how messages name this value."""
        match self.value:
            case None:
                return "nothing"
            case str():
                return repr(self.written if len(self.written) <= 60 else self.written[:57] + "...")
            case tuple():
                return "a list"
            case Mapping():
                return "a mapping"
        return self.written


NOTHING = Node(START, None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key, by its place, and its value.

    inherited: it is taken from the defaults, or from what an application's difference is laid over. path: the file it stands
    in, '' for the file of the part itself. replaces: what would count if this entry were left out.
    """

    spot: Spot
    node: Node
    inherited: bool = False
    path: str = ""
    replaces: "Entry | None" = None

    def find(self, keys: tuple[str | int, ...]) -> tuple["Entry", Spot]:
        """Return the innermost entry that the keys lead to, and the place to show.

        Keys that are not there are passed over, because the model has some that the file has not: `order` of `versions`, the
        0 of a list that is written as its only entry. The place is the value's; but the key's of a mapping that lacks the last.
        """
        entry, found = self, True
        for key in keys:
            value = entry.node.value
            if isinstance(value, Mapping) and key in value:
                below = value[str(key)]
                inherited, path = entry.inherited or below.inherited, below.path or entry.path
                entry, found = replace(below, inherited=inherited, path=path), True
            elif isinstance(value, tuple) and isinstance(key, int):
                entry, found = Entry(value[key].spot, value[key], entry.inherited, entry.path), True
            else:
                found = False
        lacks_it = not found and isinstance(entry.node.value, Mapping)
        return entry, entry.spot if lacks_it else entry.node.spot


def plain(node: Node) -> Plain:
    """Return the tree as plain Python values."""
    match node.value:
        case tuple() as items:
            return [plain(item) for item in items]
        case Mapping() as entries:
            return {key: plain(entry.node) for key, entry in entries.items()}
        case scalar:
            return scalar


def parse(path: str, text: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Return the file's only document, None if reading stopped early, and the problems of the YAML."""
    builder = _Builder(path)
    try:
        _check_text(text)
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            builder.take(event)
    except _UnreadableError as error:
        return None, (*builder.problems, _problem(path, error.spot, str(error)))
    except yaml.MarkedYAMLError as error:
        return None, (*builder.problems, _problem(path, *_explain(text, error)))
    return builder.root, tuple(builder.problems)


class _UnreadableError(Exception):
    """Reading stops here."""

    def __init__(self, spot: Spot, message: str) -> None:
        super().__init__(message)
        self.spot = spot


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read. In a mapping, keys and values alternate."""

    event: yaml.CollectionStartEvent
    children: list[Node] = field(default_factory=list)


class _Builder:
    """Builds the tree from events. Duplicate keys and tags become problems, and reading goes on."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.root = Node(START, None)
        self.frames: list[_Frame] = []
        self.anchors: dict[str, Node] = {}
        self.documents = 0
        self.copied = 0

    def complain(self, spot: Spot, message: str) -> None:
        self.problems.append(_problem(self.path, spot, message))

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise _UnreadableError(_spot(event), "a second document begins here: write one document per file")
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.ScalarEvent():
                self._put(_scalar(event), event)
            case yaml.CollectionStartEvent():
                if len(self.frames) == MAX_DEPTH:
                    raise _UnreadableError(_spot(event), f"this is nested more than {MAX_DEPTH} deep")
                self.frames.append(_Frame(event))
            case yaml.CollectionEndEvent():
                frame = self.frames.pop()
                self._put(self._collection(frame), frame.event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self.anchors.get(str(event.anchor))
        if node is None:
            raise _UnreadableError(
                _spot(event),
                f"*{event.anchor} refers to nothing: no &{event.anchor} ends before it; quote it if it is text",
            )
        self._add(Node(_spot(event), node.value, node.written, node.size))

    def _put(self, node: Node, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor:
            self.anchors[event.anchor] = node
        if event.tag:
            self.complain(
                node.spot, f"the tag {event.tag} is not supported: remove it, and quote the value if it is text"
            )
        self._add(node)

    def _add(self, node: Node) -> None:
        if self.frames:
            self.frames[-1].children.append(node)
        else:
            self.root = node

    def _collection(self, frame: _Frame) -> Node:
        spot = _spot(frame.event)
        if isinstance(frame.event, yaml.SequenceStartEvent):
            return self._of_legal_size(Node(spot, tuple(frame.children), size=_size(frame.children)))
        self._of_legal_size(Node(spot, None, size=_size(frame.children)))
        own = dict(self._entries(frame.children))
        if MERGE in own:
            own = {**self._merged(own.pop(MERGE).node), **own}
        return self._of_legal_size(Node(spot, own, size=len(own) + _size(entry.node for entry in own.values())))

    def _of_legal_size(self, node: Node) -> Node:
        if node.size > MAX_VALUES:
            raise _UnreadableError(
                node.spot, f"this has more than {MAX_VALUES} values, with aliases expanded: shorten it"
            )
        return node

    def _merged(self, value: Node) -> dict[str, Entry]:
        """Return what a merge key brings: of several mappings, the first that has a key wins."""
        merged: dict[str, Entry] = {}
        for source in value.value if isinstance(value.value, tuple) else (value,):
            if not isinstance(source.value, Mapping):
                self.complain(
                    source.spot,
                    f"expected a mapping, or a list of mappings, after '{MERGE}', saw {source}: write *name",
                )
                continue
            self.copied += len(source.value) + len(merged) + 1
            if self.copied > MAX_VALUES:
                raise _UnreadableError(source.spot, f"the merge keys copy more than {MAX_VALUES} values: use fewer")
            merged = {**source.value, **merged}
        return merged

    def _entries(self, children: list[Node]) -> Iterator[tuple[str, Entry]]:
        seen: dict[str, Spot] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if isinstance(key.value, tuple | Mapping):
                self.complain(
                    key.spot, f"expected a key that is one word, saw {key}: quote it if it begins with a bracket"
                )
            elif key.written in seen:
                self.complain(
                    key.spot, f"the key {key.written!r} is already in line {seen[key.written].line}: keep one"
                )
            else:
                seen[key.written] = key.spot
                yield key.written, Entry(key.spot, value)


def _size(children: Iterable[Node]) -> int:
    return 1 + sum(child.size for child in children)


def _problem(path: str, spot: Spot, message: str) -> Problem:
    return Problem(path, spot.line, spot.column, message)


def _spot(event: yaml.Event) -> Spot:
    return _place(cast("Mark", event.start_mark))


def _place(mark: Mark) -> Spot:
    return Spot(mark.line + 1, mark.column + 1)


def _scalar(event: yaml.ScalarEvent) -> Node:
    """Return a scalar. A quoted one is always text."""
    written: str = event.value
    value: Scalar = written
    if event.implicit[0]:
        if written in _NOTHING:
            value = None
        elif written in _FLAGS:
            value = _FLAGS[written]
        elif _WHOLE.fullmatch(written):
            value = int(written)
        elif _REAL.fullmatch(written):
            value = float(written)
    return Node(_spot(event), value, written)


def _check_text(text: str) -> None:
    """Check the length and the characters, before libyaml reads the text."""
    if len(text) > MAX_CHARACTERS:
        raise _UnreadableError(
            Spot(0, 0),
            f"the file has {len(text)} characters, and at most {MAX_CHARACTERS} are read: "
            "give applications and environments files of their own",
        )
    strange = _UNPRINTABLE.search(text)
    if strange:
        lines = text[: strange.start() + 1].split("\n")
        spot = Spot(len(lines), len(lines[-1]))
        raise _UnreadableError(spot, f"the character U+{ord(strange[0]):04X} is not allowed in YAML: remove it")


def _explain(text: str, error: yaml.MarkedYAMLError) -> tuple[Spot, str]:
    """Return the place and text of libyaml's error, with the usual cause if we know it."""
    mark = cast("Mark", error.problem_mark)
    spot = _place(mark)
    if text[mark.index : mark.index + 1] == "\t":
        return spot, "a tab cannot indent YAML: use spaces"
    hint = _HINTS.get(str(error.problem), "")
    return spot, f"this is not YAML: {error.problem}" + (f" {error.context}" if error.context else "") + hint
