"""Ranges of semantic versions, in the dialect that users of Flux, Argo CD Image Updater and Kargo write.

That is the dialect of github.com/Masterminds/semver v3.4: https://github.com/Masterminds/semver#checking-version-constraints.
`=`, `!=`, `>`, `>=`, `<`, `<=`, `~`, `~>`, `^`; `x`, `X`, `*` or fewer than three numbers for "any"; a space or a comma
for AND, `||` for OR; `1.2 - 1.4` for both ends included. Prereleases count only in an AND group that names one
(`>=1.0.0-0 <2.0.0`), and then they compare as https://semver.org/#spec-item-11 says.

Here every comparison is one half-open interval, because every version has a next one: nothing lies between `1.2.3` and
`1.2.4-0`, nor between `1.2.3-rc.1` and `1.2.3-rc.1.0`.

Not taken over, as nobody means them: an empty range (that is `*`), `~0.0.0` for any version, and the reading of
`!=` with a wildcard and a prerelease at once.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from semver import Version

_NUMBER = r"(?:0|[1-9][0-9]{0,17})"

_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"

_PARTIAL = (
    rf"v?(?P<major>{_NUMBER}|[xX*])(?:\.(?P<minor>{_NUMBER}|[xX*]))?(?:\.(?P<patch>{_NUMBER}|[xX*]))?"
    rf"(?:-(?P<prerelease>{_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?"
)

_OPERATOR = r"=>|>=|=<|<=|!=|~>|[=<>~^]"

_ALIASES = {"=>": ">=", "=<": "<=", "~>": "~"}

_TERM = re.compile(
    rf"\s*(?P<operator>{_OPERATOR})?\s*(?P<version>{_PARTIAL})(?P<end>\s+-\s+(?=\S)|\s*,\s*(?=\S)|\s+|$)"
)


LOWEST = (0, 0, "")
"""The identifier of a prerelease, `0`, that is below every other."""


class Precedence(NamedTuple):
    """Where a semantic version stands, https://semver.org/#spec-item-11: build metadata makes no difference.

    A tuple, because it is compared for every tag of a registry. released: a release is above its prereleases, of which
    this is the first unless it says otherwise. identifiers: of a prerelease; words are above numbers.
    """

    major: int
    minor: int
    patch: int
    released: bool = False
    identifiers: tuple[tuple[int, int, str], ...] = (LOWEST,)

    @property
    def next(self) -> "Precedence":
        """Return the next precedence.

        A prerelease gets one more, lowest, identifier; a release is followed by the next patch's first prerelease.
        """
        if self.released:
            return Precedence(self.major, self.minor, self.patch + 1)
        return self._replace(identifiers=(*self.identifiers, LOWEST))


@dataclass(frozen=True, slots=True)
class Interval:
    """The versions from `low`, included, up to `high`, excluded; None is no end. `inside` False: all the others."""

    low: Precedence | None
    high: Precedence | None
    inside: bool = True

    def __contains__(self, version: Precedence) -> bool:
        above = self.low is None or version >= self.low
        below = self.high is None or version < self.high
        return (above and below) is self.inside


@dataclass(frozen=True, slots=True)
class Group:
    """Comparisons that must all hold."""

    intervals: tuple[Interval, ...]
    prereleases: bool

    def __contains__(self, version: Precedence) -> bool:
        if not version.released and not self.prereleases:
            return False
        return all(version in interval for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Range:
    """A parsed range: `version in parse_range(">=1.0.0")`."""

    text: str
    groups: tuple[Group, ...]

    def __contains__(self, version: Precedence) -> bool:
        return any(version in group for group in self.groups)

    @property
    def prereleases(self) -> bool:
        """Report whether any part of the range names a prerelease."""
        return any(group.prereleases for group in self.groups)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A version as ranges write it; None for what is left open. floor: the lowest version that it can mean."""

    major: int | None
    minor: int | None
    patch: int | None
    floor: Precedence

    @property
    def after(self) -> Precedence | None:
        """Return the lowest version beyond all that it can mean; None where there is none."""
        if self.major is None:
            return None
        if self.minor is None:
            return Precedence(self.major + 1, 0, 0)
        if self.patch is None:
            return Precedence(self.major, self.minor + 1, 0)
        return self.floor.next

    @property
    def tilde(self) -> Precedence | None:
        """Beyond the last patch level; beyond the last minor one where that is left open."""
        if self.major is None or self.minor is None:
            return self.after
        return Precedence(self.major, self.minor + 1, 0)

    @property
    def caret(self) -> Precedence | None:
        """Beyond the last version that may be compatible: the first number that is not zero stays."""
        if self.major is None or self.minor is None:
            return self.after
        if self.major:
            return Precedence(self.major + 1, 0, 0)
        if self.minor or self.patch is None:
            return Precedence(0, self.minor + 1, 0)
        return Precedence(0, 0, self.patch + 1)


@lru_cache(maxsize=1024)
def parse_range(text: str) -> Range:
    """Raises ValueError, with a sentence for people, if the text is no range."""
    return Range(text, tuple(_group(part, text) for part in text.split("||")))


@lru_cache(maxsize=8192)
def parse_version(text: str) -> Precedence:
    """`1.2.3` or `v1.2.3`, with a prerelease and build metadata if any. Raises ValueError, with a sentence for people."""
    try:
        version = Version.parse(text.removeprefix("v"))
    except ValueError:
        raise ValueError(f"{text!r} is not a semantic version: three numbers, as in 1.4.0 or v1.4.0-rc.1") from None
    parts = version.prerelease.split(".") if version.prerelease else ()
    identifiers = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
    return Precedence(version.major, version.minor, version.patch, not identifiers, identifiers)


def _group(part: str, text: str) -> Group:
    """Return one side of `||`: `>=1.2 <2`, `1.2 - 1.4`, `^1`."""
    intervals: list[Interval] = []
    prereleases = False
    start: _Partial | None = None  # of a hyphen range, when its end is still to come
    position = 0
    while True:
        term = _TERM.match(part, position)
        hyphen = term is not None and "-" in term["end"]
        if term is None or (term["operator"] and (start or hyphen)) or (start and hyphen):
            raise ValueError(_complaint(part[position:].strip(), text))
        partial = _partial(term, text)
        prereleases = prereleases or not partial.floor.released
        if start:
            intervals.append(Interval(start.floor, partial.after))
        elif not hyphen:
            intervals.append(_interval(term["operator"] or "=", partial))
        start = partial if hyphen else None
        position = term.end()
        if position == len(part):
            return Group(tuple(intervals), prereleases)


def _interval(operator: str, partial: _Partial) -> Interval:
    """Return what a comparison allows, prereleases aside."""
    floor, after = partial.floor, partial.after
    bounds = {
        ">": (after, None)
        if after
        else (floor, floor),  # nothing is beyond "any version": from here to here is nothing
        ">=": (floor, None),
        "<": (None, floor),
        "<=": (None, after),
        "~": (floor, partial.tilde),
        "^": (floor, partial.caret),
    }
    low, high = bounds.get(_ALIASES.get(operator, operator), (floor, after))
    return Interval(low, high, inside=operator != "!=")


def _partial(term: re.Match[str], text: str) -> _Partial:
    """Return the version of a term; all that follows a wildcard is open, too."""
    numbers: list[int | None] = []
    for name in ("major", "minor", "patch"):
        written = term[name]
        is_open = written is None or written in "xX*" or None in numbers
        numbers.append(None if is_open else int(written))
    major, minor, patch = numbers
    prerelease = f"-{term['prerelease']}" if term["prerelease"] else ""
    try:
        floor = parse_version(f"{major or 0}.{minor or 0}.{patch or 0}{prerelease}")
    except ValueError:
        raise ValueError(_complaint(term["version"], text)) from None
    return _Partial(major, minor, patch, floor)


def _complaint(seen: str, text: str) -> str:
    where = f" at {seen!r}" if seen and seen != text else ""
    return f"{text!r} is not a range of versions{where}: write for example >=1.0.0, ^1.2, ~1.2.3, 1.2.x or '>=1.0 <2.0'"
