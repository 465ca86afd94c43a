"""The files of an environment, and their history on the default branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.observation.actors import Actor
from bot.core.observation.pull_request import PastPull, PullRequest


@dataclass(frozen=True, slots=True)
class FileRevision:
    """One entry of a file's history on the default branch, newest first in its list.

    commit: where the default branch came to hold it: the pull request's merge commit, or the commit itself of a direct push.
    at: when: by GitHub's clock, that of the merge or of the push. latest: None then; otherwise GitHub does not tell when it
    was pushed: it was there no later than this, and `at` is what the commit itself says, which its pusher chose.
    by: who merged, or who wrote the commit. pull: the merged pull request's number; promotion: it was the bot's own, from a
    branch of this repository named `gitops/…`. blob_id: the file after it, '' where it was deleted.
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
    """A file's revisions, newest first; complete when it reaches the file's first commit."""

    revisions: tuple[FileRevision, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file below an environment's folder. mode: as in a tree, such as 0o100644, 0o100755 or 0o120000."""

    path: str
    blob_id: str
    mode: int


@dataclass(frozen=True, slots=True)
class SeenEnvironment:
    """What the manifests repository holds for one application and environment.

    files: every file below the folder; None where the folder does not exist. histories: of the files that were asked for.
    branch_oid: where the promotion's branch points, with or without a pull request; None where there is none. branch_by_app:
    that commit names this App as its author.
    former_branch: the branch in use, where that has a former name of the place; None where it has the present one.
    pull: the open promotion, if there is one; past: the newest closed and merged ones, newest first.
    """

    files: tuple[ListedFile, ...] | None
    histories: Mapping[str, History]
    branch_oid: str | None
    pull: PullRequest | None
    past: tuple[PastPull, ...]
    former_branch: str | None = None
    branch_by_app: bool = True
