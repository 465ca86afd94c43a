"""Long lists on a page: the first few lines are visible, the rest opens with a click.

https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/organizing-information-with-collapsed-sections
"""

SHOWN = 5


def fold(summary: str, content: str) -> str:
    """Return a section that opens with a click. summary: our own words only; Markdown is not rendered there, and
    nothing is escaped.
    """
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def few(lines: list[str], *, most: int) -> str:
    """Return a list whose first few lines are visible, and that has no more than `most` lines in all."""
    if len(lines) <= SHOWN + 1:
        return "\n".join(lines)
    left_out = [f"- and {len(lines) - most} more"] if len(lines) > most else []
    rest = "\n".join([*lines[SHOWN:most], *left_out])
    return "\n".join([*lines[:SHOWN], "", fold(f"{len(lines) - SHOWN} more", rest)])
