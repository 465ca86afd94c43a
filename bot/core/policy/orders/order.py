"""What every order is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from bot.core.policy.suggestions import listed, meant
from bot.core.values.build_times import BuildTime


class OrderKind(StrEnum):
    """How versions are ordered; the values are the keys in the file."""

    SEMVER = "semver"
    NUMERIC = "numeric"
    ALPHABETICAL = "alphabetical"
    NEWEST = "newest"
    COMMIT = "commit"
    DIGEST = "digest"


class NoVersionError(ValueError):
    """Why a tag is no version, or none that counts."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen beyond the tags.

    history: commit ids of the source branch, newest first. untouched: those of them that touch none of the source's paths.
    created: build times by tag. charts: the tags are those of Helm charts.
    """

    history: tuple[str, ...] = ()
    created: Mapping[str, BuildTime] = field(default_factory=dict)
    untouched: frozenset[str] = frozenset()
    charts: bool = False


class Place(Protocol):
    """Where a version is in an order; the newer one is greater."""

    def __lt__(self, other: Any, /) -> bool:
        """Whether this one is older."""
        ...


@dataclass(frozen=True, slots=True)
class OrderRules:
    """One order, ready to be asked about tags and the parts of them that are compared. Both raise `NoVersionError`.

    place: return where a tag is. admits: raise for a tag that has a place and still does not count as a candidate.
    """

    place: Callable[[str, str], Place]
    admits: Callable[[str, str], None] = lambda _tag, _text: None


@dataclass(frozen=True, slots=True)
class OrderDefinition:
    """One order.

    check: raises ValueError for a wrong argument. description, schema: of its key, for people and for the JSON schema.
    rules: the argument and the evidence → how it places tags.
    """

    check: Callable[[str], object]
    description: str
    schema: Mapping[str, Any]
    rules: Callable[[str, Evidence], OrderRules]


@dataclass(frozen=True, slots=True)
class Reversed:
    """A place in the reversed order."""

    place: Any

    def __lt__(self, other: "Reversed") -> bool:
        return bool(other.place < self.place)


def one_of(*words: str, description: str, rules: Callable[[str, Evidence], OrderRules]) -> OrderDefinition:
    """Return an order whose argument is one of a few words."""

    def check(argument: str) -> None:
        if argument not in words:
            raise ValueError(f"expected {listed(words)}, saw {argument!r}{meant(argument, words)}")

    return OrderDefinition(check, description, {"enum": list(words)}, rules)
