"""Which versions a digest can be, for references that name no tag: `ghcr.io/acme/web@sha256:…`.

Two sources tell: the digests that were recorded when a version was first seen, and the registry's tags. Git has neither.
"""

from collections.abc import Mapping

from bot.core.policy import Application
from bot.core.records.branch import Records
from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.images import is_digest
from bot.core.versions.newer import build_times, holds_charts
from bot.core.versions.tags import rank

MOST_SEARCHED = 50
"""How many of the newest tags are asked for the digest that an environment holds."""


def tags_by_digest(
    application: Application,
    records: Records,
    artifacts: Mapping[tuple[str, str], Artifact | Missing | Unanswered],
    history: tuple[str, ...],
    *,
    tags: Mapping[str, Tags | Missing | Unanswered],
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the tags of each image and digest: the versions first, newest first, then other tags by name.

    history: as for `rank`. tags: the registries' lists, by image. A tag that moved since it was recorded stands for both
    digests.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for here in records.environments.values():
        for tag, digests in here.digests.get(application.name, {}).items():
            for pair in digests.items():
                found.setdefault(pair, set()).add(tag)
    for (image, tag), seen in artifacts.items():
        if isinstance(seen, Artifact) and not is_digest(tag):
            found.setdefault((image, seen.digest), set()).add(tag)
    ranking = rank(
        application.versions,
        {tag for tags in found.values() for tag in tags},
        history=history,
        created=build_times(application, artifacts),
        charts=holds_charts(application, tags),
    )
    order = (*ranking.candidates, *(rejected.tag for rejected in ranking.rejected))
    return {pair: tuple(tag for tag in order if tag in tags) for pair, tags in found.items()}
