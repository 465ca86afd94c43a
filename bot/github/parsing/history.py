"""When the default branch came to hold each state of a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core.observation.files import FileRevision, History
from bot.core.observation.promotion_branches import BRANCHES
from bot.github.errors import Json
from bot.github.parsing.actors import actor, author
from bot.github.parsing.answers import is_whole, moment, nodes


@dataclass(frozen=True, slots=True)
class Pushed:
    """A commit that no pull request into the default branch brought there.

    claimed: what it says of its own time. merged_at: when a pull request brought it into a branch that is gone, which may be
    the default branch under its former name; None where there is none.
    """

    oid: str
    claimed: datetime
    merged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """When a pushed commit came to the default branch. at, latest: as in FileRevision."""

    at: datetime
    latest: datetime | None = None


def pushed(connection: Json, *, base: str) -> Iterator[Pushed]:
    """Yield the commits of a file's history whose time the answer does not contain. base: the default branch's name."""
    for node in nodes(connection):
        if _is_unexplained(node, base):
            return
        pull = _pull_of(node, base)
        if pull is None:
            yield Pushed(node["oid"], moment(node["committedDate"]))
        elif pull["baseRefName"] != base:
            merged_at = moment(pull["mergedAt"]) if pull["baseRef"] is None else None
            yield Pushed(node["oid"], moment(node["committedDate"]), merged_at)


def history(connection: Json, *, base: str, came: Mapping[str, Came]) -> History:
    """Return the revisions of a file on the default branch, newest first. base: the default branch's name.

    A merged pull request is one revision, whatever the number of its commits and the method of its merge: the newest of
    its commits has the content that arrived. GitHub's order is kept. came: by commit, when each of those `pushed` came.
    """
    revisions: list[FileRevision] = []
    pulls: set[int] = set()
    for node in nodes(connection):
        if _is_unexplained(node, base):
            return History(tuple(revisions), complete=False)
        revision = _revision(node, base=base, came=came)
        if revision.pull is None or revision.pull not in pulls:
            revisions.append(revision)
        if revision.pull is not None:
            pulls.add(revision.pull)
    return History(tuple(revisions), not connection["pageInfo"]["hasNextPage"])


def _revision(node: Json, *, base: str, came: Mapping[str, Came]) -> FileRevision:
    """Parse one commit of a file's history, as the pull request that merged it."""
    blob_id, pull = (node["at"] or {}).get("oid", ""), _pull_of(node, base)
    if pull is None:
        arrived = came[node["oid"]]
        return FileRevision(node["oid"], arrived.at, author(node["author"]), blob_id, latest=arrived.latest)
    revision = FileRevision(
        commit=pull["mergeCommit"]["oid"],
        at=moment(pull["mergedAt"]),
        by=actor(pull["mergedBy"]),
        blob_id=blob_id,
        pull=pull["number"],
        promotion=pull["headRefName"].startswith(BRANCHES) and not pull["isCrossRepository"],
    )
    if pull["baseRefName"] == base:
        return revision
    # It was merged into another branch, and came from there to this one later.
    return replace(revision, at=came[node["oid"]].at, latest=came[node["oid"]].latest)


def _is_unexplained(node: Json, base: str) -> bool:
    """Return whether a pull request that was not read may have merged a commit into this base.

    Its history is unread from there on: nobody may take it for a push.
    """
    pull, pulls = _pull_of(node, base), node["associatedPullRequests"]
    return pulls is not None and not is_whole(pulls) and (pull is None or pull["baseRefName"] != base)


def _pull_of(node: Json, base: str) -> Json | None:
    """Return the pull request that merged a commit: one into this base, or else into another branch."""
    merged = (pull for pull in nodes(node["associatedPullRequests"]) if pull["mergedAt"] and pull["mergeCommit"])
    return min(merged, key=lambda pull: pull["baseRefName"] != base, default=None)
