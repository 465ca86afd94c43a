"""Why no newer version can come to an environment, when no gate has a version to judge."""

from collections.abc import Set as AbstractSet

from bot.core.gates.question import passed, waiting
from bot.core.history.periods import periods_of
from bot.core.plan import Verdict
from bot.core.policy import Application, Environment, OriginKind
from bot.core.selection import builds
from bot.core.state import State
from bot.core.values.artifacts import Tags
from bot.core.values.version import Version
from bot.core.versions.newer import best_tags, is_newer
from bot.core.versions.source_paths import paths_of
from bot.core.versions.tags import rank


def held_up(
    application: Application, state: State, environment: Environment, common: AbstractSet[str]
) -> Verdict | None:
    """Return why something newer is not a version yet, or how the present version came here another way.

    common: the tags that every image has.
    """
    if environment.origin.kind is not OriginKind.REGISTRY:
        return _ahead(state, environment)
    return (
        _incomplete(application, state, environment, common)
        or builds.failed(application, state, environment)
        or _passed_over(application, state, environment, common)
        or builds.building(application, state, environment)
    )


def _ahead(state: State, environment: Environment) -> Verdict | None:
    """Say that a person set the environment to a version that none of those before it ever had."""
    here = state.environments[environment.name]
    if here.version is None or not here.arrivals or here.arrivals[0].promotion:
        return None
    present = here.version
    without = [
        name for name in environment.origin.environments if not periods_of(state, state.environments[name], present)
    ]
    if len(without) < len(environment.origin.environments):
        return None
    by = here.arrivals[0].by.login or "somebody"
    return passed("candidate", "ahead", present=present.name, by=by, before=", ".join(without))


def _incomplete(
    application: Application, state: State, environment: Environment, common: AbstractSet[str]
) -> Verdict | None:
    """Say that some images have a newer version and others do not have it yet."""
    lists = {name: seen.all for name in application.images if isinstance(seen := state.tags.get(name), Tags)}
    if len(lists) == 1 and len(application.images) == 1:
        return None
    partial = frozenset[str]().union(*lists.values()) - common
    present = state.environments[environment.name].version
    for tag in best_tags(application, state, partial):
        if present is None or is_newer(application, state, version=Version(tag), than=present):
            missing = ", ".join(name for name, tags in lists.items() if tag not in tags)
            return waiting("candidate", "incomplete", version=tag, missing=missing)
    return None


def _passed_over(
    application: Application, state: State, environment: Environment, common: AbstractSet[str]
) -> Verdict | None:
    """Say that the newest tag's commit touches none of the source's paths."""
    present = state.environments[environment.name].version
    if paths_of(application) is None or state.source is None or present is None:
        return None
    ranking = rank(application.versions, common, history=state.source.history)
    newest = ranking.candidates[:1]
    others = best_tags(application, state, newest)
    passed_over = next((tag for tag in newest if tag not in others), None)
    return passed("candidate", "paths-untouched", present=present.name, tag=passed_over) if passed_over else None
