"""Which tags are versions, and which of two is the newer one.

The policy's `tags` says which part of a tag is compared; without it, the whole tag is. How they compare is the order's
row in `orders`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from bot.core.policy.application import Versions
from bot.core.policy.orders import ORDERS, Evidence, NoVersionError, OrderKind, OrderRules, Place
from bot.core.policy.orders.commit import depth_of
from bot.core.values.build_times import BuildTime
from bot.core.values.patterns import GROUP, compile_pattern, extract, glob_matches

NO_TIMES: Mapping[str, BuildTime] = MappingProxyType({})


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


def rank(
    versions: Versions,
    tags: Iterable[str],
    *,
    history: tuple[str, ...] = (),
    created: Mapping[str, BuildTime] = NO_TIMES,
    untouched: frozenset[str] = frozenset(),
    charts: bool = False,
) -> Ranking:
    """Sort the tags into versions, best first, and the rest.

    history: for `commit`, commit ids of the source branch, newest first; untouched: those that touch none of its paths.
    created: for `newest`, when the image of each tag was built. charts: the tags are those of Helm charts. Two tags that the
    order calls the same version (`1.0.0` and `v1.0.0`) are both candidates, the alphabetically first of them first.
    """
    return _rank(versions, frozenset(tags), history, tuple(created.items()), untouched, charts=charts)


@lru_cache(maxsize=32)
def _rank(
    versions: Versions,
    tags: frozenset[str],
    history: tuple[str, ...],
    created: tuple[tuple[str, BuildTime], ...],
    untouched: frozenset[str],
    *,
    charts: bool,
) -> Ranking:
    """Hundreds of applications may share one image with thousands of tags, and its list seldom changes."""
    rules = _rules(versions, Evidence(history, dict(created), untouched, charts))
    placed: list[tuple[str, Place]] = []
    rejected: list[RejectedTag] = []
    for tag in sorted(tags):
        try:
            _refuse_ignored(versions, tag)
            text = _text(versions, tag)
            place = rules.place(tag, text)
            rules.admits(tag, text)
        except NoVersionError as error:
            rejected.append(RejectedTag(tag, str(error)))
        else:
            placed.append((tag, place))
    # Python's sort is stable, in reverse too: equal versions stay in alphabetical order.
    placed.sort(key=lambda each: each[1], reverse=True)
    return Ranking(tuple(tag for tag, _ in placed), tuple(rejected))


def compare(
    versions: Versions,
    left: str,
    right: str,
    *,
    history: tuple[str, ...] = (),
    created: Mapping[str, BuildTime] = NO_TIMES,
    charts: bool = False,
) -> Comparison:
    """Compare two tags: NEWER if `left` is the newer one. history, created, charts: as for `rank`.

    Tags are compared whenever the order can place them, even if they are not candidates: a version that the range now
    excludes is still older than the next one. A tag is the SAME as itself even if the order cannot place it.
    """
    return _compared(_rules(versions, Evidence(history, created, charts=charts)), versions.tags, left, right)


def compare_alone(versions: Versions, left: str, right: str, *, charts: bool) -> Comparison:
    """Compare two tags in an order that needs to know nothing else."""
    return _remembered(versions.order.kind, versions.order.argument, versions.tags, left, right, charts)


@lru_cache(maxsize=4096)
def _remembered(kind: OrderKind, argument: str, part: str | None, left: str, right: str, charts: bool) -> Comparison:  # noqa: FBT001 -- a key
    """Compare them once: one decision compares the same few again and again."""
    rules = ORDERS[kind].rules(argument, Evidence((), NO_TIMES, charts=charts))
    return _compared(rules, part, left, right)


def _compared(rules: OrderRules, part: str | None, left: str, right: str) -> Comparison:
    if left == right:
        return Comparison.SAME
    try:
        mine, theirs = rules.place(left, _part(part, left)), rules.place(right, _part(part, right))
    except NoVersionError:
        return Comparison.UNKNOWN
    if mine < theirs:
        return Comparison.OLDER
    return Comparison.NEWER if theirs < mine else Comparison.SAME


def fits(versions: Versions, tag: str) -> bool:
    """Report whether `tags` and `ignore` let this tag through, whatever the order makes of it."""
    try:
        _refuse_ignored(versions, tag)
        _text(versions, tag)
    except NoVersionError:
        return False
    return True


def commit_of(versions: Versions, tag: str, history: tuple[str, ...]) -> str | None:
    """Return the commit of the source branch that this tag names in the order `commit`; None if it names none."""
    try:
        return history[depth_of(versions.order.argument, history)(_text(versions, tag))]
    except NoVersionError:
        return None


def _rules(versions: Versions, evidence: Evidence) -> OrderRules:
    return ORDERS[versions.order.kind].rules(versions.order.argument, evidence)


def _refuse_ignored(versions: Versions, tag: str) -> None:
    glob = next((glob for glob in versions.ignore if glob_matches(glob, tag)), None)
    if glob is not None:
        raise NoVersionError(f"is ignored: {glob}")


def _text(versions: Versions, tag: str) -> str:
    return _part(versions.tags, tag)


def _part(pattern: str | None, tag: str) -> str:
    """Return the part of a tag that is compared."""
    if pattern is None:
        return tag
    text = extract(pattern, tag)
    if text is None:
        found = f"the group {GROUP} of " if GROUP in compile_pattern(pattern).groupindex else ""
        raise NoVersionError(f"does not match {found}{pattern}")
    return text
