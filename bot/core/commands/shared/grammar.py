"""How words are read: the parts that several commands share."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from bot.core.commands.command import Answer, Command, Line, Misread, Names
from bot.core.values.text import code

# https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
VERSION = re.compile(r"(?:sha256:)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

SIMILAR, ROUGHLY_SIMILAR = 0.75, 0.6
"""How much of a word must match for a hint; the second where a typing error would loosen something."""


def read_nothing(line: Line, _: Names) -> Command:
    """Read a command that takes no words; others are ignored."""
    return line.command()


def read_place(line: Line, _: Names) -> Command | Misread:
    """Read `[ENV [APP]]`."""
    if len(line.words) > 2:
        return line.misread(usage(line.syntax))
    environment, application = [*line.words, "", ""][:2]
    if "@" in environment:
        return line.misread(environment_first(line.syntax))
    if "@" in application:
        return line.misread(usage(line.syntax))
    return line.command(environment, application)


def read_version_at_place(line: Line, names: Names) -> Command | Misread:
    """Read `ENV [APP[@VERSION]]`."""
    if len(line.words) != 2 or "@" in line.words[0]:
        return read_place(line, names) if line.words else line.misread(usage(line.syntax))
    environment, place = line.words
    application, at, version = place.partition("@")
    if at and not VERSION.fullmatch(version):
        return line.misread(usage(line.syntax))
    return line.command(environment, application, version=version)


def similar(word: str, known: Iterable[str], *, cutoff: float) -> str:
    """Return the known name that was probably meant; '' if none is similar enough."""
    near = get_close_matches(word.lower(), sorted(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


def usage(syntax: str) -> Answer:
    """Say how a command is written."""
    return Answer(f"Usage: {code(syntax)}.")


def environment_first(syntax: str) -> Answer:
    """Say that the place is missing before a version."""
    return Answer(f"The environment comes first: {code(syntax)}.")


def not_a_place(word: str, near: str) -> Answer:
    """Say that a word is nearly a name, which would otherwise be taken for a reason."""
    return Answer(f"There is no {code(word)}. Did you mean {code(near)}?")
