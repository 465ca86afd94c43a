"""Lists of words and "did you mean", for messages about a policy.

A policy may come from a stranger's pull request, and finding a near word is slow. So one reading of a policy makes a limited
number of suggestions, and no list grows with the policy.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches

MOST_SUGGESTIONS = 50

MOST_LISTED = 20

LONGEST_WORD = 100

_left: ContextVar[list[int] | None] = ContextVar("suggestions_left", default=None)


@contextmanager
def limited_suggestions() -> Iterator[None]:
    """Make at most `MOST_SUGGESTIONS` suggestions in this block."""
    token = _left.set([MOST_SUGGESTIONS])
    try:
        yield
    finally:
        _left.reset(token)


def meant(seen: str, words: Iterable[str]) -> str:
    """Return ` (did you mean 'staging'?)`, or nothing where no word is near."""
    near = nearest(seen, words)
    return f" (did you mean {near!r}?)" if near else ""


def nearest(seen: str, words: Iterable[str]) -> str:
    """Return the word that was probably meant, '' where none is near or too many were looked for."""
    left = _left.get()
    if left is not None:
        if left[0] == 0:
            return ""
        left[0] -= 1
    near = get_close_matches(seen[:LONGEST_WORD].lower(), [str(word) for word in words], n=1, cutoff=0.6)
    return near[0] if near and near[0] != seen else ""


def listed(words: Iterable[str], *, last: str = "or") -> str:
    """Return `a, b or c`; of many words the first few, and how many more there are."""
    *first, end = words
    if len(first) >= MOST_LISTED:
        first, end = first[: MOST_LISTED - 1], f"{len(first) + 2 - MOST_LISTED} more"
    return f"{', '.join(first)} {last} {end}" if first else end
