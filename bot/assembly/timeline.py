"""Which version an environment held when: read from the bytes at each commit of the default branch.

Several files are one environment: at each commit that touched one of them, the environment held what all of them held
together. Each file's history is in GitHub's order; between files, the times decide.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.assembly.files import common_version
from bot.core.observation import FileRevision, History
from bot.core.places import Place
from bot.core.state import Arrival
from bot.core.version import Version

Look = Callable[[str, str], tuple[Place, ...]]
"""path, blob id → the places in it; nothing for an absent file or for bytes that have to be read first."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """arrivals: newest first. complete: they reach back to the first commit of every file."""

    arrivals: tuple[Arrival, ...]
    complete: bool


def timeline(histories: Mapping[str, History], look: Look) -> Timeline:
    """Walk back from the newest commit."""
    complete = all(history.complete for history in histories.values())
    left = {path: list(history.revisions) for path, history in histories.items() if history.revisions}
    held = {path: revisions[0].blob_id for path, revisions in left.items()}
    found: list[tuple[Version | None, FileRevision]] = []
    while left:
        newest = max((revisions[0] for revisions in left.values()), key=lambda revision: revision.at)
        found.append((_version(held, look), newest))
        touched = [path for path, revisions in left.items() if revisions[0].commit == newest.commit]
        for path in touched:
            del left[path][0]
            held[path] = left[path][0].blob_id if left[path] else ""
        if any(not left[path] and not histories[path].complete for path in touched):
            break  # what stood there before is not known
        left = {path: revisions for path, revisions in left.items() if revisions}
    return Timeline(tuple(_arrivals(found)), complete)


def _version(held: Mapping[str, str], look: Look) -> Version | None:
    return common_version(place for path, blob in held.items() if blob for place in look(path, blob))


def _arrivals(found: list[tuple[Version | None, FileRevision]]) -> Iterator[Arrival]:
    """Of each unbroken run of one version, the commit that began it."""
    for position, (version, revision) in enumerate(found):
        older = found[position + 1][0] if position + 1 < len(found) else None
        if version is None or not version.is_same(older):
            yield Arrival(
                version, revision.at, revision.commit, revision.by, revision.pull, promotion=revision.promotion
            )
