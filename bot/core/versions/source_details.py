"""What people who can see the manifests may read of the source: its commits' subjects, or nothing but their ids."""

from collections.abc import Iterable

from bot.core.observation.commits import Report
from bot.core.policy import Application, ShownCommits
from bot.core.state import State
from bot.core.values.patterns import glob_matches


def are_shown(application: Application, state: State) -> bool:
    """Return whether pages may show more of the source than commit ids.

    The policy decides. Without its word they may, unless more people can see the manifests repository than the source.
    """
    source, seen = application.source, state.source
    if source is None or source.commits is not None:
        return source is not None and source.commits is ShownCommits.SUBJECTS
    return seen is not None and seen.visibility.value >= state.repository.visibility.value


def check_names(
    application: Application, state: State, reports: Iterable[Report], *, patterns: Iterable[str]
) -> tuple[str, ...]:
    """Return these checks of the source as pages may name them, sorted: by their names, or by the policy's patterns."""
    names = sorted({report.name for report in reports})
    if are_shown(application, state):
        return tuple(names)
    return tuple(sorted(pattern for pattern in patterns if any(glob_matches(pattern, name) for name in names)))
