"""CODEOWNERS: who has to agree to a change of a file, as GitHub reads it.

Patterns are those of `.gitignore`, without `!`, `[ ]` and `\\#`, which GitHub does not read here. The last one that matches a
file counts, also where it names nobody. Case matters, and a line with anything else in the place of an owner is skipped.
https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.core.values.patterns import compile_pattern, literal

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks; the first file that is there counts."""

LARGEST = 3 * 1024 * 1024
"""In bytes. GitHub reads no larger one."""

_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)?|[^@\s]+@[^@\s]+")

_WORDS = re.compile(r"(?:\\.|[^\s\\])+")

_TOKENS = re.compile(r"\\.|/\*\*/|\*\*/|/\*\*|\*\*|\*|\?|.")

_WILDCARDS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A line. literals: what a path that matches must have, so that few patterns are compiled."""

    pattern: str
    literals: tuple[str, ...]
    owners: tuple[str, ...]

    def means(self, path: str) -> bool:
        """Report whether the file is meant."""
        return all(part in path for part in self.literals) and compile_pattern(self.pattern).search(path) is not None


def owners_of(text: str, path: str) -> tuple[str, ...]:
    """Return the owners of a file, such as `@alice`, `@acme/web` or an address; nobody where CODEOWNERS names nobody."""
    return next((rule.owners for rule in reversed(_rules(text)) if rule.means(path)), ())


@lru_cache(maxsize=64)
def _rules(text: str) -> tuple[Rule, ...]:
    return tuple(_read(text)) if len(text.encode(errors="surrogatepass")) <= LARGEST else ()


def _read(text: str) -> Iterator[Rule]:
    for line in text.splitlines():
        words = _WORDS.findall(line.strip())
        comment = next((number for number, word in enumerate(words) if word.startswith("#")), len(words))
        glob, *owners = words[:comment] or [""]
        if glob and not glob.startswith("!") and "[" not in glob and all(map(_OWNER.fullmatch, owners)):
            yield Rule(*_pattern(glob), tuple(owners))


def _pattern(glob: str) -> tuple[str, tuple[str, ...]]:
    """Return the regular expression of a pattern, and what stands in it as it is.

    One without a slash, but at its end, means files and folders at any depth. A folder means everything below it, and `/*`
    at the end only what is right there.
    """
    body = glob.strip("/")
    tokens = _TOKENS.findall(body)
    begin = "" if glob.startswith("/") or "/" in body else "(?:.*/)?"
    end = "/.*" if glob.endswith("/") else "" if body.endswith("/*") else "(?:/.*)?"
    written = "".join(_WILDCARDS.get(token) or literal(token.removeprefix("\\")) for token in tokens)
    parts = "".join(" " if token in _WILDCARDS else token.removeprefix("\\") for token in tokens)
    return f"(?s)^{begin}{written}{end}$", tuple(parts.split())
