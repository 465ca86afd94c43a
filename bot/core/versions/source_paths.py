"""Whether a commit of the source branch touches the `paths` of its source.

The globs are those of `on.push.paths` in GitHub Actions, so that what builds the image and what makes it a version can be
told alike: of those that match a file the last one counts, and `!` excludes.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bot.core.observation.source import ChangedFiles
from bot.core.policy import Application, OrderKind, Policy, Source
from bot.core.values.patterns import EXCLUDE, path_matches

EVERYTHING = Source.model_fields["paths"].default

ROOT = "."


def without_manifests(policy: Policy, *names: str) -> Policy:
    """Leave the manifests out of the source's paths, if code and manifests share a repository and no paths are named.

    names: the repository's, of which the policy may still have a former one.

    Otherwise the commit that a promotion makes would be the next version, and so on for ever. If the whole repository
    is an environment, nobody can tell them apart.
    """
    differing = (each.edit for named in policy.differences.values() for each in named.values() if each.edit)
    edits = (*(each.edit for each in policy.applications.values()), *differing)
    files = (edit.file for each in edits for _, edit in each.located())
    paths_held = (path for environment in policy.environments.values() for path in environment.paths)
    places = dict.fromkeys([*(path for path in paths_held if not path.startswith(EXCLUDE)), *files])
    if ROOT in places:
        return policy
    globs = [re.sub(r"\{[a-z]+\}", "*", place) for place in places]
    paths = (*EVERYTHING, *(f"!{glob}{below}" for glob in globs for below in ("", "/**")))
    changed = {
        name: application.model_copy(update={"source": application.source.model_copy(update={"paths": paths})})
        for name, application in policy.applications.items()
        if application.source is not None
        and application.source.repository.lower() in {name.lower() for name in names}
        and application.versions.order.kind is OrderKind.COMMIT
        and application.source.paths == EVERYTHING
    }
    applications = MappingProxyType({**policy.applications, **changed})
    return policy.changed(applications=applications) if changed else policy


def paths_of(application: Application) -> tuple[str, ...] | None:
    """Return the globs that say which commits are versions; None if all are: in other orders, a tag is somebody's word
    for it.
    """
    source = application.source
    if source is None or application.versions.order.kind is not OrderKind.COMMIT or source.paths == EVERYTHING:
        return None
    return source.paths


def touches(paths: Iterable[str], changed: ChangedFiles | None) -> bool | None:
    """Return whether one of these files counts; None if not all of them are known."""
    if changed is None:
        return None
    globs = tuple(paths)
    if any(path_matches(globs, file) for file in changed.paths):
        return True
    return False if changed.complete else None


def untouched_in(touched: Mapping[str, bool | None]) -> frozenset[str]:
    """Return the commits that are no versions."""
    return frozenset(oid for oid, answer in touched.items() if answer is False)
