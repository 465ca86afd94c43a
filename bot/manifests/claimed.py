"""Whether two ways to name a value lead to the same bytes of a file."""

from collections.abc import Iterable, Iterator, Sequence

from bot.core.values.editable.key_paths import parse_key_path
from bot.core.values.editable.value_patterns import ValuePatternError, find_values
from bot.core.values.images import ImageName
from bot.core.values.places import Scalar
from bot.manifests.parsing.tree import Tree, read
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.references.entries import find_entry

Entry = tuple[str, str]
"""A key path, and the image whose version stands there."""


def overlap(one: Scalar, other: Scalar) -> bool:
    """Report whether two values share a character, or begin at one place where both are empty."""
    return one.start == other.start or (one.start < other.end and other.start < one.end)


def at_entries(content: bytes, entries: Iterable[Entry]) -> list[tuple[Scalar, ...]]:
    """Return for each key path the scalars that it leads to; none where it leads nowhere. The file is parsed once."""
    try:
        tree = read(content)
    except Unreadable:
        return [() for _ in entries]
    return [_at(tree, key_path, image) for key_path, image in entries]


def _at(tree: Tree, key_path: str, image: str) -> tuple[Scalar, ...]:
    found = find_entry(tree, parse_key_path(key_path), ImageName.parse(image))
    return () if isinstance(found, Problem) else tuple(part.scalar for part in found.parts)


def found_at(text: str, scalars: Sequence[Scalar], pattern: str) -> Iterator[Scalar]:
    """Yield those scalars of which a pattern finds a part. Only their lines are searched: no match is longer than a line."""
    for scalar in scalars:
        begin, end = text.rfind("\n", 0, scalar.start) + 1, text.find("\n", scalar.end) + 1
        line = text[begin : end or None]
        start, stop = (len(text[begin:position].encode()) for position in (scalar.start, scalar.end))
        try:
            found = list(find_values(pattern, line.encode()))
        except ValuePatternError:
            continue
        if any(each.start == start or (each.start < stop and start < each.end) for each in found):
            yield scalar
