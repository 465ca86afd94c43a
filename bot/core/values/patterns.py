"""The two kinds of pattern that a policy may hold: regular expressions in RE2's syntax, and globs.

RE2 runs in linear time, so that no tag and no pattern can hold the bot up: https://github.com/google/re2/wiki/Syntax.
Globs are turned into RE2 as well, for the same reason.
"""

from functools import lru_cache
from typing import Protocol, cast

import re2

GROUP = "version"


class Match(Protocol):
    """What we use of a match."""

    def group(self, name: str | int, /) -> str | None:
        """The text of a group, None where it took no part."""
        ...


class Pattern(Protocol):
    """What we use of a compiled pattern."""

    @property
    def groupindex(self) -> dict[str, int]:
        """The named groups."""
        ...

    def search(self, text: str, /) -> Match | None:
        """The first match anywhere in the text."""
        ...


def _options() -> object:
    """RE2 tells us about bad patterns; it need not tell stderr as well."""
    options = re2.Options()
    options.log_errors = False
    return options


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """A regular expression. Raises ValueError, with what RE2 says of it."""
    try:
        return cast("Pattern", re2.compile(text, _options()))
    except re2.error as error:
        said = error.args[0]
        raise ValueError(said.decode() if isinstance(said, bytes) else str(said)) from error


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


_PATH_TOKENS = re2.compile(r"\\.|\*\*/|\*\*|\*|\?|\+|\[[^\]]*\]|.")

_PATH_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "?", "+": "+"}


@lru_cache(maxsize=1024)
def path_pattern(glob: str) -> Pattern:
    """A glob of GitHub Actions' `paths`, without its `!`: `**` is anything, `*` anything but a slash, `?` and `+` repeat what
    stands before them, `[]` is one of some characters. Raises ValueError.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
    """
    if glob[:1] in ("?", "+"):
        raise ValueError(f"{glob[0]} repeats what stands before it, and nothing does")
    written = "".join(map(_path_part, _PATH_TOKENS.findall(glob)))
    return compile_pattern(f"(?s)^{written}$")


def _path_part(token: str) -> str:
    if token.startswith("["):
        return token
    return _PATH_WILDCARDS.get(token) or re2.escape(token.removeprefix("\\") if len(token) > 1 else token)
