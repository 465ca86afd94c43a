"""A patch as lines for a page, with the changes within each line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")

_WORD = re.compile(r"\w")


class Side(Enum):
    """The side of a line; HUNK heads a group of lines, NOTE is git's own remark. Values are names of style classes."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"
    HUNK = "hunk"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Line:
    """A line in three parts: `changed` differs from its counterpart. Numbers count from 1."""

    side: Side
    before: int | None
    after: int | None
    start: str
    changed: str = ""
    end: str = ""


def lines(patch: str | None) -> list[Line]:
    """Return the lines of a patch that begins at its first hunk; none for a binary file."""
    found: list[Line] = []
    removed: list[Line] = []
    added: list[Line] = []
    for line in _numbered(patch or ""):
        if line.side is Side.BEFORE and not added:
            removed.append(line)
        elif line.side is Side.AFTER:
            added.append(line)
        elif line.side is Side.NOTE:
            (added or removed or found).append(line)
        else:
            found += _compared(removed, added)
            removed, added = ([line], []) if line.side is Side.BEFORE else ([], [])
            found += [] if line.side is Side.BEFORE else [line]
    return found + _compared(removed, added)


def _numbered(patch: str) -> Iterator[Line]:
    before = after = 0
    # Not splitlines, which also splits at a form feed; git does not.
    for raw in patch.split("\n") if patch else ():
        head = _HUNK.match(raw)
        if head:
            before, after = int(head[1]), int(head[2])
            yield Line(Side.HUNK, None, None, raw)
        elif raw.startswith("\\"):
            yield Line(Side.NOTE, None, None, raw[1:].strip())
        elif raw.startswith("-"):
            yield Line(Side.BEFORE, before, None, raw[1:])
            before += 1
        elif raw.startswith("+"):
            yield Line(Side.AFTER, None, after, raw[1:])
            after += 1
        else:
            yield Line(Side.BOTH, before, after, raw[1:])
            before, after = before + 1, after + 1


def _compared(removed: list[Line], added: list[Line]) -> list[Line]:
    """Pair removed and added lines if there are equally many, and mark what changed within each pair."""
    old = [position for position, line in enumerate(removed) if line.side is Side.BEFORE]
    new = [position for position, line in enumerate(added) if line.side is Side.AFTER]
    if len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            removed[one], added[other] = _marked(removed[one], added[other])
    return removed + added


def _marked(old: Line, new: Line) -> tuple[Line, Line]:
    head, tail = _shared(old.start, new.start)
    if not (old.start[:head] + old.start[len(old.start) - tail :]).strip():
        return old, new  # nothing in common: marking the whole line would not help
    return _split(old, head, tail), _split(new, head, tail)


def _split(line: Line, head: int, tail: int) -> Line:
    text, stop = line.start, len(line.start) - tail
    return replace(line, start=text[:head], changed=text[head:stop], end=text[stop:])


def _shared(old: str, new: str) -> tuple[int, int]:
    """Return how many characters two lines share at the start and at the end, in whole words."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    while 0 < head < max(len(old), len(new)) and _inside_word(old, head) | _inside_word(new, head):
        head -= 1
    tail = next((at for at in range(most - head) if old[-1 - at] != new[-1 - at]), most - head)
    while tail > 0 and _inside_word(old, len(old) - tail) | _inside_word(new, len(new) - tail):
        tail -= 1
    return head, tail


def _inside_word(text: str, at: int) -> bool:
    """Report whether a cut before the character `at` would split a word (`v1.4.1` is one)."""
    return 0 < at < len(text) and all(_WORD.match(char) or char in ".-" for char in text[at - 1 : at + 1])
