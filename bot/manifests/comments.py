"""Which value a comment speaks of: the one before it on its line, or the one on the line after it.

Comments are not in the tree, so they are found in the text and matched to values by position.
"""

import re
from bisect import bisect_left

from bot.manifests.sites import Site, Slot, scalars
from bot.manifests.tree import Tree

_BEHIND_VALUE = re.compile(r"[ \t,\]}]*")
_UP_TO_VALUE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)(?:[ \t]*#[^\r\n]*(?:\r\n|\r|\n))*[^\r\n]*")


class Values:
    """The values of a file by position; keys and what stands in flow of aliases are left out."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._values = sorted(scalars(tree), key=lambda value: tree.mark(value[1].node))
        self._starts = [tree.mark(slot.node) for _, slot in self._values]

    def before(self, comment: int) -> tuple[Site, Slot] | None:
        """The value that ends on the line of the comment that begins at this offset."""
        index = bisect_left(self._starts, comment) - 1
        if index < 0:
            return None
        value = self._values[index]
        gap = self._tree.text[self._tree.end(value[1].node) : comment]
        is_near = self._tree.end(value[1].node) <= comment and _BEHIND_VALUE.fullmatch(gap) is not None
        return value if is_near else None

    def after(self, comment: int) -> tuple[Site, Slot] | None:
        """The first value on the next line that is no comment."""
        index = bisect_left(self._starts, comment)
        if index == len(self._starts):
            return None
        gap = self._tree.text[comment : self._starts[index]]
        return self._values[index] if _UP_TO_VALUE.fullmatch(gap) is not None else None
