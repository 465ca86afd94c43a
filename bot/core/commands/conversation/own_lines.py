"""Which lines of a comment are its author's own: not a quote, not code, not hidden, and seen by its readers on GitHub.

A Markdown library says what a line is: https://github.github.com/gfm/. Only the first lines of a long comment are parsed, so
that no comment holds up anybody else's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import accumulate, pairwise

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MOST_LINES, MOST_CHARACTERS = 1_000, 20_000
"""How much of a comment is parsed: a fraction of the 65,536 characters that GitHub takes, in a few hundredths of a second."""

MOST_UNPARSED = 10
"""Commands behind that part which are pointed out."""

INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
"""Format characters and variation selectors, as ranges for a pattern: https://www.unicode.org/reports/tr36/."""

_COMMAND = re.compile(rf"[{INVISIBLE}]* {{0,3}}[{INVISIBLE}]*/[{INVISIBLE}]*[A-Za-z]")

_LINE_END = re.compile(r"\r\n|\r|\n")

# https://github.github.com/gfm/#html-blocks: those that hide what they hold, or show it as code.
_HIDING = re.compile(r" {0,3}<(?:[!?]|(?:pre|script|style|textarea)(?:[\s>]|$))", re.IGNORECASE)


class Part(Enum):
    """What a line belongs to on GitHub's page: to nothing else, to what stands above it, or to what is not parsed."""

    OWN = "own"
    QUOTE = "quote"
    LIST = "list"
    HTML = "HTML"
    UNPARSED = "unparsed"


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line that may be a command."""

    text: str
    part: Part


@lru_cache(maxsize=512)
def own_lines(body: str) -> tuple[OwnLine, ...]:
    """Return the lines that start with a slash and a letter and are neither code nor hidden, with what each is part of."""
    source = _LINE_END.split(body)
    commands = [number for number, line in enumerate(source) if _COMMAND.match(line)]
    if not commands:
        return ()
    ends = accumulate(len(line) + 1 for line in source[:MOST_LINES])
    parsed = sum(end <= MOST_CHARACTERS + 1 for end in ends)
    parts = dict(_text_lines(source[:parsed]))
    parts |= dict.fromkeys([number for number in commands if number >= parsed][:MOST_UNPARSED], Part.UNPARSED)
    return tuple(OwnLine(source[number].strip(), parts[number]) for number in commands if number in parts)


def _text_lines(source: list[str]) -> Iterator[tuple[int, Part]]:
    """Yield the number of each line that people read as text, with what it is part of."""
    tokens, containers = _MARKDOWN.parse("\n".join(source)), list[str]()
    for before, token in pairwise(tokens):
        if before.type in ("blockquote_open", "list_item_open"):
            containers.append(before.type)
        elif before.type in ("blockquote_close", "list_item_close"):
            containers.pop()
        elif before.type in ("paragraph_open", "heading_open"):
            yield from _lines_of(source, token, containers)
    for token in tokens:
        if token.type == "html_block" and token.map and not _HIDING.match(source[token.map[0]]):
            yield from ((number, Part.HTML) for number in range(*token.map))


def _lines_of(source: list[str], text: Token, containers: list[str]) -> Iterator[tuple[int, Part]]:
    begin, end = text.map or (0, 0)
    if not any(map(_COMMAND.match, source[begin:end])):
        return
    starts: list[int] = [0]
    _MARKDOWN.inline.parse(text.content, _MARKDOWN, {_STARTS: starts}, [])
    for start in starts:
        number = begin + text.content.count("\n", 0, start)
        yield number, _part(source[number], containers)


def _part(line: str, containers: list[str]) -> Part:
    """Return what a line of text is part of. At the margin below a list, it is a line of its own to its author."""
    if "blockquote_open" in containers:
        return Part.QUOTE
    return Part.LIST if containers and line.startswith(" ") else Part.OWN


def _note_start(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 -- the library's signature
    """Note where a line begins that is no continuation of code or of a tag; consume nothing."""
    if not silent and state.src.startswith(("\n", "\\\n"), state.pos):
        state.env[_STARTS].append(state.src.index("\n", state.pos) + 1)
    return False


def _parser() -> MarkdownIt:
    """Return a parser of blocks. Of what stands within a line it only knows what can hide the next one."""
    parser = MarkdownIt("commonmark").enable("table").disable("inline")
    parser.inline.ruler.before("newline", "note_start", _note_start)
    parser.inline.ruler.enableOnly(["text", "note_start", "newline", "escape", "backticks", "autolink", "html_inline"])
    return parser


_STARTS = "starts"

_MARKDOWN = _parser()
