"""Reads a comment: one command, on a line of its own.

Words that are no command are passed over. A word that is nearly a command gets a hint, and so does a command that GitHub
shows as part of a quote, a list or HTML. A comment carries one command, because its reaction is the durable mark that the
command was carried out.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.core.commands import BY_WORD
from bot.core.commands.command import Answer, Command, Line, Misread, Names
from bot.core.commands.conversation.own_lines import INVISIBLE, MOST_CHARACTERS, MOST_LINES, OwnLine, Part, own_lines
from bot.core.commands.shared.answers import listed
from bot.core.commands.shared.grammar import SIMILAR, similar
from bot.core.values.text import code

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")

# A variation selector at the end of an emoji is part of it.
_INVISIBLE_AT_EDGES = re.compile(f"^[{INVISIBLE}]+|(?:(?![\ufe00-\ufe0f])[{INVISIBLE}])+$")


def read_comment(body: str, names: Names) -> Command | Misread | None:
    """Return the command of a comment, if it has one."""
    found = [read for line in own_lines(body) if (read := _read_line(line, names)) is not None]
    if len(found) > 1:
        return Misread(found[0].line, several_commands([each.line for each in found]))
    return found[0] if found else None


def speaks(body: str) -> bool:
    """Return whether there may be a command in it, whatever the policy says."""
    return bool(own_lines(body))


def _read_line(written: OwnLine, names: Names) -> Command | Misread | None:
    line = written.text
    first, *rest = _words(line)
    word = first.removeprefix("/").lower()
    command = BY_WORD.get(word)
    if command is None:
        near = _similar_command(word)
        return Misread(line, unknown_command(_plain(word), near)) if near else None
    if written.part is Part.UNPARSED:
        return Misread(line, beyond_the_limit())
    if written.part is not Part.OWN:
        return Misread(line, part_of(written.part))
    return command.read(Line(line, word, tuple(rest), command.syntax), names)


@lru_cache(maxsize=4096)
def _similar_command(word: str) -> str:
    return similar(word, BY_WORD, cutoff=SIMILAR)


def _words(line: str) -> list[str]:
    """Return the words of a line. What nobody sees is ignored, unless it joins characters of other scripts and emoji."""
    seen = ((word, _INVISIBLE.sub("", word)) for word in line.split())
    return [bare if bare.isascii() else _INVISIBLE_AT_EDGES.sub("", word) for word, bare in seen if bare]


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "", word)[:30]


def unknown_command(word: str, near: str) -> Answer:
    """Name the command that was probably meant."""
    return Answer(f"There is no {code(f'/{word}')}. Did you mean {code(f'/{near}')}?")


def part_of(part: Part) -> Answer:
    """Say that GitHub shows the line as part of something else."""
    return Answer(
        f"This line is part of the {part.value} above it, where commands are not read. Leave an empty line, and start the "
        "next line with the command."
    )


def beyond_the_limit() -> Answer:
    """Say that the comment is too long to be read to its end."""
    return Answer(
        f"I read only the first {MOST_LINES:,} lines and {MOST_CHARACTERS:,} characters of a comment. Write this command in "
        "a comment of its own."
    )


def several_commands(lines: Sequence[str]) -> Answer:
    """Say that a comment carries one command, because its reaction can stand for one only."""
    return Answer(f"Nothing was done: write one command per comment. This one has {len(lines)}: {listed(lines)}.")
