"""Which tags are versions, and which of two is the newer one.

An order is a row of `ORDERS`: `place` says where a text stands, `admits` which of those count as versions. Adding an order
adds a row here, a kind and its key in `policy/application.py`, and whatever new evidence it needs as a keyword of `rank`
and `compare`. The policy's `tags` says which part of a tag is the text; without it, the whole tag is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Protocol

from semver import Version

from bot.core.patterns import GROUP, compile_pattern, extract, glob_matches
from bot.core.policy.application import OrderKind, Versions
from bot.core.ranges import parse_range, parse_version

FULL_COMMIT = 40
SHORT_COMMIT = 7


@dataclass(frozen=True, slots=True)
class RejectedTag:
    """A tag that is no version, and why: a sentence for people."""

    tag: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """All tags that were asked about, each once: the versions, best first, and the rest in the order of their names."""

    candidates: tuple[str, ...]
    rejected: tuple[RejectedTag, ...]


class Comparison(Enum):
    """How one version stands to another. What the order cannot compare is UNKNOWN, and moved by people only."""

    NEWER = "newer"
    SAME = "same"
    OLDER = "older"
    UNKNOWN = "unknown"


class Place(Protocol):
    """Where a version stands in an order; the newer one is greater."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether this one is older."""
        ...


@dataclass(frozen=True, slots=True)
class OrderRules:
    """One order, ready to be asked. Both functions raise `NoVersionError` with the reason.

    place: where a text stands. admits: that a version which stands somewhere also counts as a candidate.
    """

    place: Callable[[str], Place]
    admits: Callable[[Any], None]


class NoVersionError(ValueError):
    """Why a tag is no version, or none that counts."""


def rank(versions: Versions, tags: Iterable[str], *, history: tuple[str, ...] = ()) -> Ranking:
    """Sort the tags into versions, best first, and the rest.

    history: commit ids of the source branch, newest first. Two tags that the order calls the same version (`1.0.0` and
    `v1.0.0`) are both candidates, the alphabetically first of them first.
    """
    rules = _rules(versions, history)
    placed: list[tuple[str, Place]] = []
    rejected: list[RejectedTag] = []
    for tag in sorted(set(tags)):
        try:
            _refuse_ignored(versions, tag)
            place = rules.place(_text(versions, tag))
            rules.admits(place)
        except NoVersionError as error:
            rejected.append(RejectedTag(tag, str(error)))
        else:
            placed.append((tag, place))
    # Python's sort is stable, in reverse too: equal versions stay in alphabetical order.
    placed.sort(key=lambda each: each[1], reverse=True)
    return Ranking(tuple(tag for tag, _ in placed), tuple(rejected))


def compare(versions: Versions, left: str, right: str, *, history: tuple[str, ...] = ()) -> Comparison:
    """How `left` stands to `right`: NEWER if it is the newer one.

    Tags are compared wherever the order can place them, whether they are candidates or not: a version that the range has
    come to exclude is still older than the next one. One tag is the SAME as itself, even where the order cannot place it.
    """
    if left == right:
        return Comparison.SAME
    rules = _rules(versions, history)
    try:
        mine, theirs = (rules.place(_text(versions, tag)) for tag in (left, right))
    except NoVersionError:
        return Comparison.UNKNOWN
    if mine < theirs:
        return Comparison.OLDER
    return Comparison.NEWER if theirs < mine else Comparison.SAME


def _rules(versions: Versions, history: tuple[str, ...]) -> OrderRules:
    return ORDERS[versions.order.kind](versions.order.argument, history)


def _refuse_ignored(versions: Versions, tag: str) -> None:
    glob = next((glob for glob in versions.ignore if glob_matches(glob, tag)), None)
    if glob is not None:
        raise NoVersionError(f"is ignored: {glob}")


def _text(versions: Versions, tag: str) -> str:
    """The part of a tag that is compared."""
    if versions.tags is None:
        return tag
    text = extract(versions.tags, tag)
    if text is None:
        found = f"the group {GROUP} of " if GROUP in compile_pattern(versions.tags).groupindex else ""
        raise NoVersionError(f"does not match {found}{versions.tags}")
    return text


@lru_cache(maxsize=64)
def _semver(argument: str, history: tuple[str, ...]) -> OrderRules:  # noqa: ARG001 -- every order is given all evidence
    """By https://semver.org/#spec-item-11; build metadata makes no difference."""
    allowed = parse_range(argument)

    def place(text: str) -> Version:
        try:
            return parse_version(text)
        except ValueError as error:
            raise NoVersionError(str(error)) from error

    def admits(version: Version) -> None:
        if version in allowed:
            return
        if version.prerelease and not allowed.prereleases:
            raise NoVersionError(f"is a prerelease, and the range {argument} names none")
        raise NoVersionError(f"is outside the range {argument}")

    return OrderRules(place, admits)


@lru_cache(maxsize=64)
def _commit(argument: str, history: tuple[str, ...]) -> OrderRules:
    """By the history of the source branch; a commit that is not on it, or not among those known, has no place."""
    shortest = FULL_COMMIT if argument == "long" else SHORT_COMMIT
    expected = f"{FULL_COMMIT}" if argument == "long" else f"{SHORT_COMMIT} to {FULL_COMMIT}"
    written = re.compile(f"[0-9a-f]{{{shortest},{FULL_COMMIT}}}")
    known: dict[str, list[tuple[int, str]]] = {}
    for depth, commit in enumerate(history):
        known.setdefault(commit[:SHORT_COMMIT], []).append((-depth, commit))

    def place(text: str) -> int:
        if not written.fullmatch(text):
            raise NoVersionError(f"{text!r} is not a commit id: {expected} of the digits 0-9 and a-f")
        places = [depth for depth, commit in known.get(text[:SHORT_COMMIT], ()) if commit.startswith(text)]
        if len(places) > 1:
            raise NoVersionError(
                f"{text} is the beginning of {len(places)} commits of the source branch: use more digits"
            )
        if not places:
            raise NoVersionError(f"{text} is not among the newest {len(history)} commits of the source branch")
        return places[0]

    return OrderRules(place, admits=lambda _: None)


ORDERS: Mapping[OrderKind, Callable[[str, tuple[str, ...]], OrderRules]] = {
    OrderKind.SEMVER: _semver,
    OrderKind.COMMIT: _commit,
}
