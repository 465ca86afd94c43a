"""CODEOWNERS: the owners of a path.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

import re
from functools import lru_cache

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Return (pattern, owners) per line, in order. Owners are `@login`, `@organisation/team` or an address."""
    rules = []
    for line in text.splitlines():
        words = line.partition(" #")[0].split()
        if words and not words[0].startswith("#"):
            rules.append((_pattern(words[0]), tuple(words[1:])))
    return tuple(rules)


def owners(text: str, path: str) -> tuple[str, ...]:
    """Return the owners of a path: the last matching line counts, and one without owners means none."""
    found: tuple[str, ...] = ()
    for pattern, names in parse(text):
        if pattern.fullmatch(path):
            found = names
    return found


def _pattern(glob: str) -> re.Pattern[str]:
    """Compile a pattern with gitignore's rules, without `!` and `[ ]`, which GitHub does not support here."""
    body = glob.strip("/")
    anchored = glob.startswith("/") or "/" in body
    parts = re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body)
    words = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    middle = "".join(words.get(part, re.escape(part)) for part in parts)
    # `docs/*` matches only files directly in docs; a plain name matches a file, or everything below a folder.
    below = "" if body.endswith("/*") else "(?:/.*)?"
    if glob.endswith("/"):
        below = "/.*"
    return re.compile(("" if anchored else "(?:.*/)?") + middle + below)
