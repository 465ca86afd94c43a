"""The value that a comment is about: the one before it on its line, or the one on the next line.

Comments are not in the tree, so they are found in the text and matched to values by position.
"""

import re
from bisect import bisect_left

from bot.manifests.parsing.sites import Site, Slot, scalars
from bot.manifests.parsing.tree import Tree

_FAR = 2_000  # characters, so that ten thousand consecutive comments are not read ten thousand times

_BEHIND_VALUE = re.compile(r"[ \t,\]}]*")

_UP_TO_VALUE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)(?:[ \t]*#[^\r\n]*(?:\r\n|\r|\n))*[^\r\n]*")


class Values:
    """The values of a file by position, without keys."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values = sorted(scalars(tree), key=lambda value: tree.mark(value[1].node))
        self._starts = [tree.mark(slot.node) for _, slot in self._values]

    def before(self, comment: int) -> tuple[Site, Slot] | None:
        """Return the value that ends on the line of the comment at this offset."""
        index = bisect_left(self._starts, comment) - 1
        if index < 0:
            return None
        value = self._values[index]
        return value if self._is_between(_BEHIND_VALUE, self._tree.end(value[1].node), comment) else None

    def after(self, comment: int) -> tuple[Site, Slot] | None:
        """Return the first value on the next line that is not a comment."""
        index = bisect_left(self._starts, comment)
        if index == len(self._starts):
            return None
        return self._values[index] if self._is_between(_UP_TO_VALUE, comment, self._starts[index]) else None

    def _is_between(self, gap: re.Pattern[str], start: int, end: int) -> bool:
        return 0 <= end - start <= _FAR and gap.fullmatch(self._tree.text, start, end) is not None
