"""The two kinds of pattern that a policy may hold: regular expressions in RE2's syntax, and globs.

RE2 runs in linear time, so that no tag and no pattern can hold the bot up: https://github.com/google/re2/wiki/Syntax.
Globs are turned into RE2 as well, for the same reason.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol, cast

import re2

GROUP = "version"

MOST_MEMORY = 64 * 1024
"""For one pattern, in bytes. A larger one takes long to compile: with RE2's 8 MB, ten characters can take 60 ms."""

MEMORY_TO_SEARCH = 256 * 1024
"""For one that searches files. With less, RE2 forgets what it knows of the pattern, and takes longer for each byte."""


MOST_CLASSES = 8
"""Unicode classes such as `\\pL` in one pattern. Each has hundreds of ranges: 300 of them take 20 ms to refuse."""

_CLASS = "\\p"


class Match(Protocol):
    """What we use of a match."""

    def group(self, name: str | int, /) -> str | None:
        """The text of a group, None where it took no part."""
        ...

    def span(self, number: int, /) -> tuple[int, int]:
        """Where a group begins and ends, -1 where it took no part."""
        ...


class Pattern(Protocol):
    """What we use of a compiled pattern."""

    @property
    def groupindex(self) -> dict[str, int]:
        """The named groups."""
        ...

    @property
    def groups(self) -> int:
        """How many groups there are, named or not."""
        ...

    @property
    def programsize(self) -> int:
        """How many instructions it was compiled to."""
        ...

    def search(self, text: str, /) -> Match | None:
        """The first match anywhere in the text."""
        ...

    def finditer(self, text: bytes, /) -> Iterator[Match]:
        """Every match, none of which overlaps another."""
        ...


@lru_cache(maxsize=1024)
def compile_pattern(text: str, *, never_newline: bool = False, memory: int = MOST_MEMORY) -> Pattern:
    """A regular expression. Raises ValueError, with what RE2 says of it.

    never_newline: no match crosses the end of a line, whatever the expression says.
    """
    if text.lower().count(_CLASS) > MOST_CLASSES:
        raise ValueError(f"more than {MOST_CLASSES} Unicode classes")
    options = re2.Options()
    options.log_errors = False  # RE2 tells us about bad patterns; it need not tell stderr as well
    options.max_mem = memory
    options.never_nl = never_newline
    try:
        return cast("Pattern", re2.compile(text, options))
    except re2.error as error:
        said = error.args[0]
        raise ValueError(said.decode() if isinstance(said, bytes) else str(said)) from error


def literal(text: str) -> str:
    """The pattern that finds this text and nothing else."""
    return cast("str", re2.escape(text))


@lru_cache(maxsize=8192)
def extract(pattern: str, text: str) -> str | None:
    """What the pattern finds in the text: the group `version` if it has one, else the whole text; None without a match."""
    compiled = compile_pattern(pattern)
    match = compiled.search(text)
    if match is None:
        return None
    return match.group(GROUP) if GROUP in compiled.groupindex else text


def glob_matches(glob: str, text: str) -> bool:
    """Whether all of the text fits: `*` is any run of characters, slashes and spaces too, `?` any one; nothing else is special.

    Brackets are themselves, because names of checks have them: `test [linux]`.
    """
    return _glob(glob).search(text) is not None


@lru_cache(maxsize=1024)
def _glob(glob: str) -> Pattern:
    special = {"*": ".*", "?": "."}
    return compile_pattern("(?s)^" + "".join(special.get(character, re2.escape(character)) for character in glob) + "$")


EXCLUDE = "!"

_WILDCARDS = frozenset("*?+[")

_PATH_TOKENS = re2.compile(r"\\.|\*\*/|\*\*|\*|\?|\+|\[[^\]]*\]|.")

_PATH_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


@lru_cache(maxsize=1024)
def path_pattern(glob: str) -> Pattern:
    """A glob for paths, without its `!`: `**` is anything, `*` anything but a slash, `?` and `+` repeat what stands before
    them, `[]` is one of some characters. What matches a folder means everything below it, unless it ends in `/*`, which is the
    files right there. `.` is the root. Raises ValueError.

    The signs are those of the `paths` of GitHub Actions, and folders are those of CODEOWNERS:
    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
    https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#codeowners-syntax
    """
    if glob == ".":
        return compile_pattern("")
    if glob[:1] in ("?", "+"):
        raise ValueError(f"{glob[0]} repeats the character before it, but there is none")
    written = "".join(map(_path_part, _PATH_TOKENS.findall(glob)))
    below = "" if glob.rpartition("/")[2] == "*" else "(?:/.*)?"
    return compile_pattern(f"(?s)^{written}{below}$")


def is_glob(path: str) -> bool:
    """Whether a path may mean several files or folders."""
    return not _WILDCARDS.isdisjoint(path)


def path_matches(globs: Iterable[str], file: str) -> bool:
    """Whether a file is meant: of the globs that match it the last one counts, and `!` excludes."""
    last = next((glob for glob in reversed(tuple(globs)) if _means(glob, file)), EXCLUDE)
    return not last.startswith(EXCLUDE)


def _means(glob: str, file: str) -> bool:
    """Whether one glob matches. Most are plain paths, one for each application, and compiling one takes fifty times longer."""
    path = glob.removeprefix(EXCLUDE)
    if is_glob(path) or "\\" in path:
        return path_pattern(path).search(file) is not None
    return path in (".", file) or file.startswith(f"{path}/")


def _path_part(token: str) -> str:
    if token.startswith("["):
        return token
    return _PATH_WILDCARDS.get(token) or re2.escape(token.removeprefix("\\") if len(token) > 1 else token)
