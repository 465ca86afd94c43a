"""Whether a commit of the source branch touches the `paths` of its source.

The globs are those of `on.push.paths` in GitHub Actions, so that what builds the image and what makes it a version can be
told alike: of those that match a file the last one counts, and `!` excludes.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onpushpull_requestpull_request_targetpathspaths-ignore
"""

from collections.abc import Iterable, Mapping

from bot.core.observation import ChangedFiles
from bot.core.patterns import path_pattern
from bot.core.policy import Application, OrderKind, Source

EVERYTHING = Source.model_fields["paths"].default


def paths_of(application: Application) -> tuple[str, ...] | None:
    """The globs that tell which commits are versions, None where all are: in other orders a tag is somebody's word for it."""
    source = application.source
    if source is None or application.versions.order.kind is not OrderKind.COMMIT or source.paths == EVERYTHING:
        return None
    return source.paths


def touches(paths: Iterable[str], changed: ChangedFiles | None) -> bool | None:
    """Whether one of these files counts; None where that cannot be told, because not all of them are known."""
    if changed is None:
        return None
    globs = tuple(paths)
    if any(_counts(globs, file) for file in changed.paths):
        return True
    return False if changed.complete else None


def untouched_in(touched: Mapping[str, bool | None]) -> frozenset[str]:
    """The commits that are no versions."""
    return frozenset(oid for oid, answer in touched.items() if answer is False)


def _counts(globs: tuple[str, ...], file: str) -> bool:
    last = next((glob for glob in reversed(globs) if path_pattern(glob.removeprefix("!")).search(file)), "!")
    return not last.startswith("!")
