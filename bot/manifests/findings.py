"""Everything that one file says about images, computed once and kept instead of the file."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.manifests.formats import FORMATS, MARKERS
from bot.manifests.parsing.sites import Site
from bot.manifests.parsing.templates import masked
from bot.manifests.parsing.tree import Trail, Tree, first_keys_last, has_repeated_keys, read, walk
from bot.manifests.problems import Problem, Unreadable
from bot.manifests.references.nested import inner_files, wants
from bot.manifests.references.sightings import Format, Sighting

_KEYS_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file says about images.

    sightings: in the order of the file.
    failure: why the file could not be read at all; then there are no sightings.
    """

    sightings: tuple[Sighting, ...]
    failure: Problem | None = None


class _Interest(dict[str, int]):
    """Which formats want to see a mapping with a key: bit n stands for the n-th. Cached by key."""

    def __missing__(self, key: str) -> int:
        if len(self) >= _KEYS_REMEMBERED:
            self.clear()
        bits = 0
        for number, form in enumerate(_FORMATS):
            bits |= form.wants(key) << number
        self[key] = bits
        return bits


def _read_inner_files(site: Site) -> Iterator[Sighting]:
    for inner in inner_files(site):
        try:
            yield from map(inner.outward, sightings_in(inner.tree))
        except Unreadable:
            continue


_FORMATS = (*FORMATS, Format(name="nested", wants=wants, read=_read_inner_files))
_INTEREST = _Interest()


def examine(content: bytes) -> Findings:
    """Read a file."""
    try:
        return Findings(sightings_in(read(content)))
    except Unreadable as error:
        return _examine_template(content) or Findings((), error.problem)


def _examine_template(content: bytes) -> Findings | None:
    """Read what a Helm template names literally, although it is not YAML; None if it is not a template either."""
    if b"{{" not in content:
        return None
    try:
        covered = masked(content.decode("utf-8")).encode("utf-8")
        tree = read(covered)
        found = {_identity(each): each for each in sightings_in(tree)}
        if b"*" in covered or has_repeated_keys(tree):  # an alias is met where it comes first
            other_branches = read(covered)
            first_keys_last(other_branches)
            found |= {_identity(each): each for each in sightings_in(other_branches)}
    except (Unreadable, UnicodeDecodeError):
        return None
    line_ends = [match.start() for match in re.finditer("\n", tree.text)]
    return Findings(
        tuple(
            replace(sighting, parts=(), problem=_in_template(sighting, line_ends))
            for sighting in _in_order(found.values())
        )
    )


def _in_template(sighting: Sighting, line_ends: Sequence[int]) -> Problem:
    return Problem(
        line=bisect_left(line_ends, min(sighting.claims)) + 1,
        seen=sighting.repository or " or ".join(map(str, sighting.names)),
        reason="the reference is in a template, which is not YAML until it is rendered",
        advice="keep the version in the chart's values, and let the template read it from there",
    )


def sightings_in(tree: Tree) -> tuple[Sighting, ...]:
    """Return every reference, each once however many aliases lead to it. Raises `Unreadable` for merge keys without bound."""
    marked = _marked(tree)
    found = {_identity(sighting): sighting for sighting in marked}
    taken = _Taken(marked)
    for document in range(len(tree.roots)):
        for trail, bits in walk(tree, document, _INTEREST):
            for sighting in _read(tree, trail, bits):
                if not taken.covers(sighting):
                    found.setdefault(_identity(sighting), sighting)
    return _in_order(found.values())


def _in_order(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    return tuple(sorted(sightings, key=lambda sighting: min(sighting.claims)))


def _marked(tree: Tree) -> list[Sighting]:
    marked: list[Sighting] = []
    for marker in MARKERS:
        if marker.sign in tree.text:
            taken = _Taken(marked)
            marked += [sighting for sighting in marker.read(tree) if not taken.covers(sighting)]
    return marked


class _Taken:
    """The scalars that markers describe, which no format reads again.

    The same scalar at another site is another reference.
    """

    def __init__(self, marked: list[Sighting]) -> None:
        self._addresses = {part.address for sighting in marked for part in sighting.parts}
        self._claims = {mark for sighting in marked for mark in sighting.claims}

    def covers(self, sighting: Sighting) -> bool:
        if sighting.problem is not None:
            return not self._claims.isdisjoint(sighting.claims)
        return any(part.address in self._addresses for part in sighting.parts)


def _identity(sighting: Sighting) -> object:
    """Return the identity of a sighting: two of one image in the same scalars are one, met twice through an alias."""
    return sighting.names, sighting.repository, sighting.claims


def _read(tree: Tree, trail: Trail, bits: int) -> list[Sighting]:
    """Ask each format that has a bit; the first to read a scalar wins. Usually there is only one."""
    if bits & (bits - 1) == 0:
        return list(_FORMATS[bits.bit_length() - 1].read(Site(tree, trail)))
    claimed: frozenset[int] = frozenset()
    sightings: list[Sighting] = []
    for number, form in enumerate(_FORMATS):
        if bits >> number & 1:
            fresh = [seen for seen in form.read(Site(tree, trail, claimed)) if claimed.isdisjoint(seen.claims)]
            sightings += fresh
            claimed = claimed.union(*(seen.claims for seen in fresh))
    return sightings
