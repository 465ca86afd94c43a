"""CODEOWNERS: who owns a path.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import re
from functools import lru_cache

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """(pattern, owners) per line, in order; owners are `@login`, `@organisation/team` or an address."""
    rules = []
    for line in text.splitlines():
        words = line.partition(" #")[0].split()
        if words and not words[0].startswith("#"):
            rules.append((_pattern(words[0]), tuple(words[1:])))
    return tuple(rules)


def owners(text: str, path: str) -> tuple[str, ...]:
    """Who owns a path: the last line that matches counts, and one without owners means nobody."""
    found: tuple[str, ...] = ()
    for pattern, names in parse(text):
        if pattern.fullmatch(path):
            found = names
    return found


def _pattern(glob: str) -> re.Pattern[str]:
    """gitignore's rules, without its `!` and `[ ]`, which GitHub does not support here."""
    body = glob.strip("/")
    anchored = glob.startswith("/") or "/" in body
    parts = re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body)
    words = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    middle = "".join(words.get(part, re.escape(part)) for part in parts)
    # `docs/*` means the files of docs only; a plain name means the file, or all below the folder.
    below = "" if body.endswith("/*") else "(?:/.*)?"
    if glob.endswith("/"):
        below = "/.*"
    return re.compile(("" if anchored else "(?:.*/)?") + middle + below)
