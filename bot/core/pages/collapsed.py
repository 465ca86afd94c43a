"""Long lists on a page: the first few lines are read at once, the rest is opened by who wants it.

https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/organizing-information-with-collapsed-sections
"""

SHOWN = 5


def fold(summary: str, content: str) -> str:
    """summary: our own words only, for no markup is read there, and nothing is escaped."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def few(lines: list[str], *, most: int) -> str:
    """A list of which the first few are open to see, and no more than `most` are there at all."""
    if len(lines) <= SHOWN + 1:
        return "\n".join(lines)
    left_out = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    rest = "\n".join([*lines[SHOWN:most], *left_out])
    return "\n".join([*lines[:SHOWN], "", fold(f"{len(lines) - SHOWN} more", rest)])
