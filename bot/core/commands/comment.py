"""Reads a comment: one command, on a line of its own.

Quotes, code blocks and words that are no command are passed over; a word that is nearly a command gets a hint. A comment
carries one command, because its reaction is the durable mark that it was carried out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.core.commands import BY_WORD
from bot.core.commands.answers import listed
from bot.core.commands.command import Answer, Command, Line, Misread, Names
from bot.core.commands.grammar import SIMILAR
from bot.core.values.text import code

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")

_BLOCKS = (
    (re.compile(r" {0,3}<!--"), re.compile(r"-->")),
    (
        re.compile(r" {0,3}<(?:pre|script|style|textarea)(?:[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:pre|script|style|textarea)>", re.IGNORECASE),
    ),
)
"""https://github.github.com/gfm/#html-blocks, those that hide what they hold or show it as code."""


def read_comment(body: str, names: Names) -> Command | Misread | None:
    """Return the command of a comment, if it has one."""
    found = [read for line in _own_lines(body) if (read := _read_line(line, names)) is not None]
    if len(found) > 1:
        return Misread(found[0].line, several_commands([each.line for each in found]))
    return found[0] if found else None


def speaks(body: str) -> bool:
    """Return whether there may be a command in it, whatever the policy says."""
    return next(_own_lines(body), None) is not None


@dataclass(frozen=True, slots=True)
class _OwnLine:
    """A line that may be a command. quoted: it continues a quote, without a mark of its own."""

    text: str
    quoted: bool


def _own_lines(body: str) -> Iterator[_OwnLine]:
    """Yield the lines that people see and that are neither marked as quotes nor code: https://github.github.com/gfm/."""
    end: re.Pattern[str] | None = None
    quoted = False
    for line in re.split(r"\r\n|\r|\n", body):
        if end is not None:
            end = None if end.search(line) else end
            continue
        end = _end_of_block(line)
        if end is None and re.match(r" {0,3}/[A-Za-z]", line):
            yield _OwnLine(line.strip(), quoted)
        # https://github.github.com/gfm/#lazy-continuation-line: a quote goes on until an empty line.
        quoted = end is None and (line.lstrip().startswith(">") or (quoted and bool(line.strip())))


def _end_of_block(line: str) -> re.Pattern[str] | None:
    """Return what ends the block that begins here and hides what it holds, or shows it as code; None if none begins."""
    fence = _FENCE.match(line)
    if fence and not (fence[1][0] == "`" and "`" in fence[2]):
        return re.compile(rf"\A {{0,3}}{fence[1][0]}{{{len(fence[1])},}}\s*\Z")
    for begin, end in _BLOCKS:
        begun = begin.match(line)
        if begun:
            return None if end.search(line, begun.end()) else end
    return None


def _read_line(written: _OwnLine, names: Names) -> Command | Misread | None:
    line = written.text
    word, *rest = line.split()
    word = word.removeprefix("/").lower()
    command = BY_WORD.get(word)
    if command is None:
        near = get_close_matches(word, BY_WORD, n=1, cutoff=SIMILAR)
        return Misread(line, unknown_command(_plain(word), near[0])) if near else None
    if written.quoted:
        return Misread(line, part_of_quote())
    return command.read(Line(line, word, tuple(rest), command.syntax), names)


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", word)[:30]


def unknown_command(word: str, near: str) -> Answer:
    """Name the command that was probably meant."""
    return Answer(f"There is no {code(f'/{word}')}. Did you mean {code(f'/{near}')}?")


def part_of_quote() -> Answer:
    """Say that GitHub shows the line as part of a quote."""
    return Answer("This line is part of the quote above it, and quotes are not read. Leave an empty line between them.")


def several_commands(lines: Sequence[str]) -> Answer:
    """Say that a comment carries one command, because its reaction can stand for one only."""
    return Answer(f"Nothing was done: write one command per comment. This one has {len(lines)}: {listed(lines)}.")
