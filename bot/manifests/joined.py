"""Joins what people named in a file with what was found there by looking, so that no value is read twice."""

from bisect import bisect_right, insort
from collections.abc import Iterable

from bot.core.values.places import Place
from bot.manifests.locate import Located
from bot.manifests.references.patterns import NAME as PATTERN


def joined(named: Iterable[Located], seen: Located) -> Located:
    """Join what people named in one file with what was found there by looking. Of two that concern one value, the first counts.

    What a format refuses or only reports on the line of a named pattern is left out, since people have said what stands there.
    """
    taken = _Taken()
    listed = tuple(named)
    places = [place for found in (*listed, seen) for place in found.places if taken.take(place)]
    lines = frozenset() if seen.failed else taken.lines
    return Located(
        tuple(places),
        (
            *(refusal for found in listed for refusal in found.refusals),
            *(refusal for refusal in seen.refusals if refusal.line not in lines),
        ),
        tuple(mention for mention in seen.mentions if mention.line not in taken.lines),
        failed=seen.failed,
    )


class _Taken:
    """Which values places are about: by their keys, and by their bytes where a pattern named them."""

    def __init__(self) -> None:
        self.lines: frozenset[int] = frozenset()
        self._addresses: set[tuple[int, object]] = set()
        self._spans: list[tuple[int, int]] = []

    def take(self, place: Place) -> bool:
        """Report whether no place is about these values yet, and remember them."""
        addresses = {(scalar.document, scalar.key_path) for scalar in place.scalars}
        spans = [(scalar.start, scalar.end) for scalar in place.scalars]
        if not self._addresses.isdisjoint(addresses) or any(map(self._overlaps, spans)):
            return False
        if place.entry is not None:
            self._addresses |= addresses
        if place.found_by == PATTERN:
            self.lines |= {scalar.line for scalar in place.scalars}
            for span in spans:
                insort(self._spans, span)
        return True

    def _overlaps(self, span: tuple[int, int]) -> bool:
        """Report whether a span begins where one of a pattern does, or shares a character with it."""
        index = bisect_right(self._spans, span[0], key=lambda each: each[0])
        before, after = self._spans[max(0, index - 1) : index], self._spans[index : index + 1]
        return any(start == span[0] or end > span[0] for start, end in before) or any(
            start < span[1] for start, _ in after
        )
