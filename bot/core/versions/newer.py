"""Which of an application's versions is newer, given what was seen of its source branch, its registry and its past."""

from collections.abc import Iterable, Mapping

from bot.core.policy import Application, OrderKind
from bot.core.policy.orders import Evidence
from bot.core.state import State
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.build_times import BuildTime, read_build_times
from bot.core.values.version import Version
from bot.core.versions.moving_tag import compare_digests, follows, newest_first
from bot.core.versions.source_paths import untouched_in
from bot.core.versions.tags import NO_TIMES, Comparison, compare, compare_alone, rank

BY_EVIDENCE = frozenset({OrderKind.COMMIT, OrderKind.NEWEST})
"""Orders for which two tags alone do not tell which is newer."""


def relation(application: Application, state: State, *, version: Version, to: Version) -> Comparison:
    """Return how `version` compares with another: NEWER, SAME, OLDER, or UNKNOWN if the order cannot place one of them."""
    if follows(application) is not None:
        return compare_digests(application, state, version=version, to=to)
    if application.versions.order.kind not in BY_EVIDENCE:
        charts = holds_charts(application, state.tags)
        return compare_alone(application.versions, version.tag, to.tag, charts=charts)
    evidence = _evidence(application, state)
    return compare(
        application.versions,
        version.tag,
        to.tag,
        history=evidence.history,
        created=evidence.created,
        charts=evidence.charts,
    )


def is_newer(application: Application, state: State, *, version: Version, than: Version) -> bool:
    """Return whether the order places `version` above the other."""
    return relation(application, state, version=version, to=than) is Comparison.NEWER


def best_first(application: Application, state: State, versions: Iterable[Version]) -> tuple[Version, ...]:
    """Return those that the policy counts as versions, newest first; of one tag, the last that is given."""
    if follows(application) is not None:
        return newest_first(application, state, versions)
    by_tag = {version.tag: version for version in versions}
    return tuple(by_tag[tag] for tag in best_tags(application, state, by_tag))


def best_tags(application: Application, state: State, tags: Iterable[str]) -> tuple[str, ...]:
    """Return the same of tags."""
    evidence = _evidence(application, state)
    ranking = rank(
        application.versions,
        tags,
        history=evidence.history,
        created=evidence.created,
        untouched=evidence.untouched,
        charts=evidence.charts,
    )
    return ranking.candidates


def build_times(
    application: Application, artifacts: Mapping[tuple[str, str], Artifact | Missing | Unanswered]
) -> Mapping[str, BuildTime]:
    """Return by tag when the versions that registries were asked about were built, for the order `newest`."""
    if application.versions.order.kind is not OrderKind.NEWEST:
        return NO_TIMES
    return read_build_times(application.images, artifacts.values())


def holds_charts(application: Application, tags: Mapping[str, Tags | Missing | Unanswered]) -> bool:
    """Return whether all images of the application are Helm charts, in whose tags `_` stands for `+`."""
    for image in application.images:
        seen = tags.get(image)
        if not (isinstance(seen, Tags) and seen.charts):
            return False
    return True


def _evidence(application: Application, state: State) -> Evidence:
    times, charts = build_times(application, state.artifacts), holds_charts(application, state.tags)
    if state.source is None:
        return Evidence((), times, charts=charts)
    return Evidence(state.source.history, times, untouched_in(state.source.touched), charts)
