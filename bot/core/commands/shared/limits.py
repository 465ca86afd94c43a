"""How much the bot answers: in one pass, and in one reply."""

from collections.abc import Sequence

from bot.core.plan import Action, React, Reply, WriteState

MOST_ANSWERS = 10
"""Replies in one pass, so that many questions do not use up what GitHub lets the bot write."""

MOST_MARKS = 50
"""Comments in one pass that get a reaction and no reply."""

LONGEST_ANSWER = 60_000
"""Characters. GitHub takes 65,536 in a comment; the line that a reply quotes and what is left out need room, too."""

LONGEST_REPLY = 64_000
"""Characters of any reply, whatever it is put together from."""

LONGEST_LINE = 4_000
"""Characters of a comment's line that a reply repeats, for its author to paste."""

MOST_LISTED = 10
"""Names, pull requests or sentences of a kind that a reply lists."""


def has_enough(actions: Sequence[Action]) -> bool:
    """Return whether the pass answers nothing further: it changes the records, or has given its share of replies.

    The next pass goes on.
    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
    """
    replies = sum(isinstance(action, Reply) for action in actions)
    marks = sum(isinstance(action, React) for action in actions)
    writes = any(isinstance(action, WriteState) for action in actions)
    return writes or replies >= MOST_ANSWERS or marks >= MOST_MARKS


def shortened(text: str) -> str:
    """Return the text, cut behind a line where GitHub takes no longer comment, with a note that says so."""
    if len(text) <= LONGEST_REPLY:
        return text
    kept = text[:LONGEST_REPLY].rpartition("\n")[0] or text[:LONGEST_REPLY]
    open_fold = "\n\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{open_fold}\n\nThe rest is left out: it would exceed GitHub's limit for a comment."
