"""The files of an environment, and their history on the default branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor
from bot.core.observation.pull_request import PastPull, PullRequest


@dataclass(frozen=True, slots=True)
class FileRevision:
    """One revision of a file on the default branch.

    commit: the commit that changed the file there: the pull request's merge commit, or the commit of a direct push. at:
    when, by GitHub's clock: the time of the merge or push. latest: None if `at` is known so; else the latest time at
    which the push can have happened, and `at` is the committer date, which the pusher chose. by: who merged, or the
    author of the commit. pull: the merged pull request's number; promotion: it was the bot's own, from a branch
    `gitops/…` of this repository. blob_id: the file after the change, '' if deleted.
    """

    commit: str
    at: datetime
    by: Actor
    blob_id: str
    pull: int | None = None
    promotion: bool = False
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A file's revisions, newest first. complete: they reach back to the file's first commit."""

    revisions: tuple[FileRevision, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file below an environment's folder. mode: as in a Git tree, such as 0o100644, 0o100755 or 0o120000."""

    path: str
    blob_id: str
    mode: int


@dataclass(frozen=True, slots=True)
class SeenEnvironment:
    """What the manifests repository contains for one application in one environment.

    files: every file below the folder; None if the folder does not exist. histories: of the files that were asked for.
    branch_oid: the head of the promotion branch, with or without a pull request; None if the branch does not exist.
    branch_by_app: the head names this App as its author. former_branch: the promotion branch, if it carries a former
    name of the environment or application; None if it carries the present names. pull: the open promotion, if any;
    past: the newest closed and merged ones, newest first.
    """

    files: tuple[ListedFile, ...] | None
    histories: Mapping[str, History]
    branch_oid: str | None
    pull: PullRequest | None
    past: tuple[PastPull, ...]
    former_branch: str | None = None
    branch_by_app: bool = True
