"""When the default branch came to hold each state of a file."""

from bot.core.observation.files import FileRevision, History
from bot.core.observation.promotion_branches import BRANCHES
from bot.github.errors import Json
from bot.github.parsing.actors import actor, author
from bot.github.parsing.answers import moment, nodes


def history(connection: Json, *, base: str) -> History:
    """Return the revisions of a file on the default branch, newest first. base: the default branch's name.

    A merged pull request is one revision, whatever the number of its commits and the method of its merge: the newest of
    its commits has the content that arrived. GitHub's order is kept.
    """
    revisions: list[FileRevision] = []
    pulls: set[int] = set()
    for node in nodes(connection):
        revision = _revision(node, base=base)
        if revision.pull is None or revision.pull not in pulls:
            revisions.append(revision)
        if revision.pull is not None:
            pulls.add(revision.pull)
    return History(tuple(revisions), not connection["pageInfo"]["hasNextPage"])


def _revision(node: Json, *, base: str) -> FileRevision:
    """Parse one commit of a file's history, as the pull request that merged it.

    A pull request into this base comes first. One into another branch counts as well: that may be the default branch's
    former name.
    """
    blob_id = (node["at"] or {}).get("oid", "")
    for pull in sorted(nodes(node["associatedPullRequests"]), key=lambda pull: pull["baseRefName"] != base):
        if pull["mergedAt"] and pull["mergeCommit"]:
            return FileRevision(
                commit=pull["mergeCommit"]["oid"],
                at=moment(pull["mergedAt"]),
                by=actor(pull["mergedBy"]),
                blob_id=blob_id,
                pull=pull["number"],
                promotion=pull["headRefName"].startswith(BRANCHES) and not pull["isCrossRepository"],
            )
    return FileRevision(node["oid"], moment(node["committedDate"]), author(node["author"]), blob_id)
