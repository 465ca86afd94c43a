"""The order `digest`: one tag that moves, and each digest that it comes to point at is a version.

A version is newer the later it was first seen, in an environment or, before that, in the registry (`seen` on
`gitops-state`). What the tag points at now, if nobody has seen it before, is the newest. So a tag that moves back
points at an older version, and nothing follows it there automatically.
"""

from collections.abc import Iterable
from datetime import datetime

from bot.core.policy import Application, OrderKind
from bot.core.records.entries import Sighting
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Missing, Unanswered
from bot.core.values.version import Version
from bot.core.versions.tags import Comparison

Rank = tuple[float, ...]
"""Whether it was seen; then since when, and the how manyth that was recorded: clocks may stand still between two of them."""

UNPINNED, SEEN, COMING = 0, 1, 2


def follows(application: Application) -> str | None:
    """Return the tag that the policy follows; None if tags name versions."""
    order = application.versions.order
    return order.argument if order.kind is OrderKind.DIGEST else None


def pointed_at(application: Application, state: State) -> tuple[Artifact | Missing | Unanswered | None, ...]:
    """Return what the tag is for each image, in the policy's order; None if it was not asked."""
    tag = application.versions.order.argument
    return tuple(state.artifacts.get((image, tag)) for image in application.images)


def current(application: Application, state: State) -> Version | None:
    """Return what the tag points at now; None if an image lacks it, or several images were not built from one commit."""
    seen = pointed_at(application, state)
    found = [each for each in seen if isinstance(each, Artifact)]
    revisions = {each.revision for each in found}
    if len(found) < len(seen) or (len(found) > 1 and (len(revisions) > 1 or None in revisions)):
        return None
    digests = tuple(sorted((each.image, each.digest) for each in found))
    return Version(application.versions.order.argument, digests, found[0].revision, followed=True)


def compare_digests(application: Application, state: State, *, version: Version, to: Version) -> Comparison:
    """Return how one digest compares with another; digests that nobody saw appear cannot be compared."""
    if version.is_same(to):
        return Comparison.SAME
    order = _Order(application, state)
    mine, theirs = order.rank(version), order.rank(to)
    if mine is None or theirs is None or mine == theirs:
        return Comparison.UNKNOWN
    return Comparison.NEWER if mine > theirs else Comparison.OLDER


def newest_first(application: Application, state: State, versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return the versions that were seen, or appear now. Without a digest it is no version to promote."""
    order = _Order(application, state)
    ranked = [(rank, each) for each in versions if (rank := order.rank(each)) and each.digests]
    ranked.sort(key=lambda each: each[0], reverse=True)
    return tuple(each for _, each in ranked)


def moved_back(application: Application, state: State, version: Version) -> Version | None:
    """Return what the tag points at now, if that is older than what it pointed at before, and no newer than this
    version.
    """
    now, order = current(application, state), _Order(application, state)
    place = order.rank(now) if now else None
    if place is None:
        return None
    seen = (each.version for each in _sightings(application, state))
    overtaken = any((rank := order.rank(each)) and rank > place for each in (*seen, version))
    mine = order.rank(version)
    return now if overtaken and (mine is None or mine >= place) else None


def fill_in(application: Application, state: State, version: Version) -> Version:
    """Return the version with the digests of the images released with it, and the commit it was built from."""
    now = current(application, state)
    known = [*([now] if now else []), *(each.version for each in _sightings(application, state))]
    same = [each for each in known if each.is_same(version)]
    digests = dict(version.digests)
    for each in same:
        digests = dict(each.digests) | digests
    named = [state.artifacts.get((image, digest)) for image, digest in digests.items()]
    built_from = [seen.revision for seen in named if isinstance(seen, Artifact)]
    commits = [version.source_commit, *(each.source_commit for each in same), *built_from]
    source = next(filter(None, commits), None)
    return Version(version.tag, tuple(sorted(digests.items())), source, followed=version.tag == follows(application))


def find(application: Application, state: State, words: str) -> Version | None:
    """Return the version that people mean by these words: the tag itself, or the beginning of a digest that was seen or
    held.
    """
    now = current(application, state)
    if words == follows(application):
        return now
    held = [arrival.version for here in state.environments.values() for arrival in here.arrivals if arrival.version]
    seen = [each.version for each in _sightings(application, state)]
    found = next((each for each in (*([now] if now else []), *held, *seen) if each.is_called(words)), None)
    return fill_in(application, state, found) if found else None


def _sightings(application: Application, state: State) -> tuple[Sighting, ...]:
    """Return the sightings of the followed tag."""
    return state.records.sightings(application.name, application.versions.order.argument)


class _Order:
    """When each digest of each image was first held by an environment, or seen in the registry."""

    def __init__(self, application: Application, state: State) -> None:
        self._tag = follows(application)
        self._current = current(application, state)
        self._first: dict[tuple[str, str], tuple[float, int]] = {}
        for number, sighting in enumerate(_sightings(application, state)):
            self._learn(sighting.version, sighting.at, number)
        for here in state.environments.values():
            for arrival in here.arrivals:
                if arrival.version is not None:
                    self._learn(arrival.version, arrival.at, -1)

    def _learn(self, version: Version, at: datetime, number: int) -> None:
        seen = at.timestamp(), number
        for pair in version.digests:
            self._first[pair] = min(self._first.get(pair, seen), seen, key=lambda each: each[0])

    def rank(self, version: Version) -> Rank | None:
        """Return where it is in the order; None for another tag, which the order does not know, and for an unknown
        origin.

        A version is as old as the youngest of its digests: of several images, some may be the same in two of them.
        """
        if version.tag != self._tag:
            return None
        if not version.digests:
            return (UNPINNED,)
        if all(pair in self._first for pair in version.digests):
            return SEEN, *max(self._first[pair] for pair in version.digests)
        return (COMING,) if version.is_same(self._current) else None
