"""How an answer names the comment that it answers, so that the bot finds it before it answers again.

The 🚀 or 😕 on the comment says the same, but GitHub can refuse it, and what is written after it can be lost.
"""

import re

_MARK = re.compile(r"\n\n<!-- gitops-bot answers (\d{1,20}) -->\s*\Z")


def with_mark(text: str, comment: int) -> str:
    """Return the answer with a last line that nobody sees. comment: GitHub's number of the comment."""
    return f"{text}\n\n<!-- gitops-bot answers {comment} -->"


def without_mark(text: str) -> str:
    """Return the text that people see."""
    return _MARK.sub("", text)


def answered(body: str) -> int | None:
    """Return the number of the comment that this text answers; None where it answers none. Anybody can write such a text."""
    found = _MARK.search(body)
    return int(found[1]) if found else None
