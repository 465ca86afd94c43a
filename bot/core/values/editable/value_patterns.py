"""How people name a value inside any text file: a regular expression in RE2's syntax with one group, which is the value.

`^TAG=(.*)$`, `\\?ref=(\\w+)`, `download/(?P<version>v[^/]+)/`. A match lies within one line, `^` and `$` are the ends of it,
and spaces around the value are not part of it. RE2 runs in linear time; what it takes at worst is the size of the compiled
pattern times that of the text, so both are limited. The policy's `edit` and `gitops-bot set --pattern` read the same grammar.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.values.patterns import GROUP, MEMORY_TO_SEARCH, MOST_MEMORY, Pattern, compile_pattern

LONGEST = 1024

MOST_STEPS = 500
"""Instructions of the compiled pattern. `version=(.*)` has 22, a commit's forty digits have 91."""

MOST_WORK = 5_000_000
"""Instructions times bytes. At 10 ns each, which is the slowest that RE2 was measured at, this is 50 ms."""

MOST_MATCHES = 100

BY_LINE = "(?m)"
"""What makes `^` and `$` the ends of a line."""

_BOM = b"\xef\xbb\xbf"

_AROUND = b" \t\r"


class ValuePatternError(ValueError):
    """Not a pattern that names a value, or not in this text; the message says why, and what is expected."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a value stands, in bytes."""

    start: int
    end: int


def parse_value_pattern(text: str) -> str:
    """Return the pattern if it names a value. Raises `ValuePatternError`."""
    if not text or len(text) > LONGEST:
        seen = f"this pattern has {len(text)} characters" if text else "this pattern is empty"
        raise ValuePatternError(f"{seen}: write one such as 'version=(.*)', of at most {LONGEST} characters")
    try:
        compiled = _compiled(text)
    except ValueError as error:
        said = str(error).replace(BY_LINE, "")
        raise ValuePatternError(
            f"{text!r} is not a regular expression in RE2's syntax: {said}; see https://github.com/google/re2/wiki/Syntax"
        ) from error
    if GROUP not in compiled.groupindex and compiled.groups != 1:
        seen = f"{compiled.groups} groups" if compiled.groups else "no group"
        raise ValuePatternError(
            f"{text!r} has {seen}: put the value in one group, as in 'version=(.*)', or name its group (?P<{GROUP}>…)"
        )
    if compiled.programsize > MOST_STEPS:
        raise ValuePatternError(f"{text!r} takes too long: use fewer repetitions and character classes")
    return text


def find_values(pattern: str, content: bytes) -> Iterator[Found]:
    """Yield the values that the pattern finds, from the first to the last; nothing where its group takes no part.

    Lines may end in CRLF, and a byte order mark may stand before the first: the pattern sees neither. Raises
    `ValuePatternError` where the search could hold the bot up.
    """
    compiled = _compiled(pattern, memory=MEMORY_TO_SEARCH)
    group = compiled.groupindex.get(GROUP, 1)
    text = _with_plain_lines(content)
    work = len(text)
    _check_work(compiled, work, pattern)
    for number, match in enumerate(compiled.finditer(text)):
        if number == MOST_MATCHES:
            raise ValuePatternError(f"{pattern!r} is found more than {MOST_MATCHES} times: make it more specific")
        # To know where this match ends, RE2 may have read the rest of its line.
        last = match.span(0)[1]
        line_end = text.find(b"\n", last)
        work += (len(text) if line_end < 0 else line_end) - last
        _check_work(compiled, work, pattern)
        start, end = match.span(group)
        if start >= 0:
            inside = content[start:end]
            start += len(inside) - len(inside.lstrip(_AROUND))
            yield Found(start, start + len(inside.strip(_AROUND)))


def _compiled(text: str, *, memory: int = MOST_MEMORY) -> Pattern:
    return compile_pattern(f"{BY_LINE}{text}", never_newline=True, memory=memory)


def _check_work(compiled: Pattern, work: int, pattern: str) -> None:
    if compiled.programsize * work > MOST_WORK:
        raise ValuePatternError(f"{pattern!r} takes too long in a file of this size: shorten the pattern, or the file")


def _with_plain_lines(content: bytes) -> bytes:
    """The same bytes at the same places, but for what editors of other systems write at the ends of lines."""
    plain = content.replace(b"\r\n", b"\n\n")
    return b"\n" * len(_BOM) + plain[len(_BOM) :] if plain.startswith(_BOM) else plain
