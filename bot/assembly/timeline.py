"""The timeline: which version an environment held when, read from the bytes at each commit of the default branch.

An environment can consist of several files. At each commit that changed one of them, it held the version that all files
held together. GitHub gives the order within a file's history; between files, the times decide.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.observation.files import FileRevision, History
from bot.core.state import Arrival
from bot.core.values.version import Version

Look = Callable[[Mapping[str, str]], Version | None]
"""path → blob id → the version that these files hold together; None where it is not one, or has to be read first."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """arrivals: newest first. complete: they reach back to the first commit of every file."""

    arrivals: tuple[Arrival, ...]
    complete: bool


def timeline(histories: Mapping[str, History], look: Look) -> Timeline:
    """Build the timeline from the newest commit backwards."""
    complete = all(history.complete for history in histories.values())
    left = {path: list(history.revisions) for path, history in histories.items() if history.revisions}
    held = {path: revisions[0].blob_id for path, revisions in left.items()}
    found: list[tuple[Version | None, FileRevision]] = []
    while left:
        newest = max((revisions[0] for revisions in left.values()), key=lambda revision: revision.at)
        found.append((look(held), newest))
        touched = [path for path, revisions in left.items() if revisions[0].commit == newest.commit]
        for path in touched:
            del left[path][0]
            held[path] = left[path][0].blob_id if left[path] else ""
        if any(not left[path] and not histories[path].complete for path in touched):
            break  # the content before it is unknown
        left = {path: revisions for path, revisions in left.items() if revisions}
    return Timeline(tuple(_arrivals(found)), complete)


def _arrivals(found: list[tuple[Version | None, FileRevision]]) -> Iterator[Arrival]:
    """Yield the first commit of each uninterrupted run of one version."""
    for position, (version, revision) in enumerate(found):
        older = found[position + 1][0] if position + 1 < len(found) else None
        if version is None or not version.is_same(older):
            yield Arrival(
                version,
                revision.at,
                revision.commit,
                revision.by,
                revision.pull,
                promotion=revision.promotion,
                latest=revision.latest,
            )
