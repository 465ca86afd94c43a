"""The orders that a policy may choose from: where a tag stands, and which of those that stand somewhere count.

An order is a row of `ORDERS`. Adding one adds its row here, a kind and its key in `policy/application.py`, and whatever
it has to know beyond the tags themselves in `Evidence`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from bot.core.policy.application import OrderKind
from bot.core.values.semver_ranges import Precedence, parse_range, parse_version

FULL_COMMIT = 40

SHORT_COMMIT = 7

UNTOUCHED = "paths-untouched: its commit changes nothing that `source.paths` names"

_DIGITS = re.compile(r"[0-9]+")


class NoVersionError(ValueError):
    """Why a tag is no version, or none that counts."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen beyond the tags. history: commit ids of the source branch, newest first. created: build times by tag.

    untouched: those of the commits that touch none of the source's paths.
    """

    history: tuple[str, ...] = ()
    created: Mapping[str, datetime] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()


class Place(Protocol):
    """Where a version stands in an order; the newer one is greater."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether this one is older."""
        ...


Rule = Callable[[str, str], Place]
"""A tag, and the part of it that is compared → where it stands. Raises `NoVersionError` with the reason."""


@dataclass(frozen=True, slots=True)
class OrderRules:
    """One order, ready to be asked about tags and the parts of them that are compared. Both raise `NoVersionError`.

    place: where a tag stands. admits: that one which stands somewhere also counts as a candidate.
    """

    place: Rule
    admits: Callable[[str, str], None] = lambda _tag, _text: None


@dataclass(frozen=True, slots=True)
class Backwards:
    """Turns an order round: what would be the greatest is the least."""

    place: Any

    def __lt__(self, other: "Backwards") -> bool:
        return bool(other.place < self.place)


@lru_cache(maxsize=64)
def _semver(argument: str) -> OrderRules:
    """By https://semver.org/#spec-item-11."""
    allowed = parse_range(argument)

    def place(_: str, text: str) -> Precedence:
        try:
            return parse_version(text)
        except ValueError as error:
            raise NoVersionError(str(error)) from error

    def admits(_: str, text: str) -> None:
        version = parse_version(text)
        if version in allowed:
            return
        if not version.released and not allowed.prereleases:
            raise NoVersionError(f"is a prerelease, and the range {argument} names none")
        raise NoVersionError(f"is outside the range {argument}")

    return OrderRules(place, admits)


@lru_cache(maxsize=64)
def depth_of(argument: str, history: tuple[str, ...]) -> Callable[[str], int]:
    """How deep in the history of the source branch the commit is that a text names.

    It raises `NoVersionError` for one that is not on it, or not among those known.
    """
    shortest = FULL_COMMIT if argument == "long" else SHORT_COMMIT
    expected = f"{FULL_COMMIT}" if argument == "long" else f"{SHORT_COMMIT} to {FULL_COMMIT}"
    written = re.compile(f"[0-9a-f]{{{shortest},{FULL_COMMIT}}}")
    known: dict[str, list[tuple[int, str]]] = {}
    for depth, commit in enumerate(history):
        known.setdefault(commit[:SHORT_COMMIT], []).append((depth, commit))

    def find(text: str) -> int:
        if not written.fullmatch(text):
            raise NoVersionError(f"{text!r} is not a commit id: {expected} of the digits 0-9 and a-f")
        depths = [depth for depth, commit in known.get(text[:SHORT_COMMIT], ()) if commit.startswith(text)]
        if len(depths) > 1:
            raise NoVersionError(
                f"{text} is the beginning of {len(depths)} commits of the source branch: use more digits"
            )
        if not depths:
            raise NoVersionError(f"{text} is not among the newest {len(history)} commits of the source branch")
        return depths[0]

    return find


def _commit(argument: str, evidence: Evidence) -> OrderRules:
    """By the history of the source branch."""
    depth = depth_of(argument, evidence.history)

    def admits(_: str, text: str) -> None:
        if evidence.history[depth(text)] in evidence.untouched:
            raise NoVersionError(UNTOUCHED)

    return OrderRules(lambda _, text: -depth(text), admits)


def _numeric(argument: str) -> OrderRules:
    """By the number, of any length that a tag can have; zeros in front make no difference.

    A dot is no part of a number here: whether 1.10 comes before or after 1.9 depends on who is asked.
    """

    def place(_: str, text: str) -> Place:
        if not _DIGITS.fullmatch(text):
            hint = ": is it a version, for the order semver?" if "." in text else ""
            raise NoVersionError(f"{text!r} is not a whole number{hint}")
        return _turned(int(text), argument == "lowest")

    return OrderRules(place)


def _alphabetical(argument: str) -> OrderRules:
    """By the characters' codes, as `LC_ALL=C sort` does: digits, then upper case, then lower case."""
    return OrderRules(lambda _, text: _turned(text, argument == "first"))


def _newest(created: Mapping[str, datetime]) -> OrderRules:
    """By the time at which the image says it was built."""

    def place(tag: str, _: str) -> Place:
        if tag not in created:
            raise NoVersionError("does not say when it was built, or was not asked")
        return created[tag]

    return OrderRules(place)


def _digest(argument: str) -> OrderRules:
    """One tag; which of its digests is newer is no matter of tags (see `following`)."""

    def place(tag: str, _: str) -> Place:
        if tag != argument:
            raise NoVersionError(f"is not {argument}, the tag that is followed")
        return 0

    return OrderRules(place)


def _turned(place: int | str, turn: bool) -> Place:  # noqa: FBT001 -- called in this file alone
    return Backwards(place) if turn else place


ORDERS: Mapping[OrderKind, Callable[[str, Evidence], OrderRules]] = {
    OrderKind.SEMVER: lambda argument, _: _semver(argument),
    OrderKind.NUMERIC: lambda argument, _: _numeric(argument),
    OrderKind.ALPHABETICAL: lambda argument, _: _alphabetical(argument),
    OrderKind.NEWEST: lambda _, evidence: _newest(evidence.created),
    OrderKind.COMMIT: _commit,
    OrderKind.DIGEST: lambda argument, _: _digest(argument),
}
