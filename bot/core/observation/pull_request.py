"""A pull request as GitHub shows it: its head, reviews, commits and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.core.observation.actors import Actor
from bot.core.observation.commits import Commit


class ReviewState(Enum):
    """The states that count in `latestOpinionatedReviews`."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True, slots=True)
class Review:
    """The latest opinion of one reviewer. blobs: the promotion's files at the reviewed commit, path → blob id."""

    author: Actor
    state: ReviewState
    at: datetime
    can_push: bool
    blobs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PullCommit:
    """A commit on a promotion's branch.

    parents: each parent's oid with its files, path → blob id; two or more make it a merge.
    by_app: authored by this App and signed by GitHub, so nobody else can have made it. is_unverified: it names this App, and
    GitHub has not verified its signature yet.
    """

    oid: str
    by_app: bool
    author: Actor
    parents: tuple[tuple[str, Mapping[str, str]], ...]
    is_unverified: bool = False


class Mergeable(Enum):
    """GitHub's own words; UNKNOWN means that it is still being computed."""

    MERGEABLE = "MERGEABLE"
    CONFLICTING = "CONFLICTING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment that this App wrote."""

    node_id: str
    body: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open promotion pull request as GitHub shows it.

    head: its head commit with reports; head_blobs: the promotion's files there, path → blob id ('' where absent);
    head_modes: likewise, of those that are there, as in ListedFile.
    changed_paths: complete unless changed_files is larger. commits_total: all commits, `commits` has the last few.
    merge_state: GitHub's mergeStateStatus, such as CLEAN, BLOCKED, BEHIND, DIRTY, UNSTABLE, UNKNOWN.
    review_decision: APPROVED, CHANGES_REQUESTED, REVIEW_REQUIRED, or None where no review is required.
    owners_asked: code owners whose review GitHub waits for, such as `@alice` or `@acme/web`. open_threads: conversations that
    nobody has resolved; of more than a hundred, those among the first.
    group: in the merge queue, the commit made of it and of all that stands before it there; None as long as there is none.
    own_comments: of its first few comments, those of this App. room_for_status: a comment made now would be among the first.
    """

    node_id: str
    number: int
    url: str
    title: str
    body: str
    author: Actor
    is_draft: bool
    created_at: datetime
    base: str
    head: Commit
    head_blobs: Mapping[str, str]
    mergeable: Mergeable
    merge_state: str
    review_decision: str | None
    reviews: tuple[Review, ...]
    labels: frozenset[str]
    commits: tuple[PullCommit, ...]
    commits_total: int
    changed_paths: tuple[str, ...]
    changed_files: int
    is_queued: bool = False
    group: Commit | None = None
    head_modes: Mapping[str, int] = field(default_factory=dict)
    own_comments: tuple[OwnComment, ...] = ()
    room_for_status: bool = False
    owners_asked: tuple[str, ...] = ()
    open_threads: int = 0


@dataclass(frozen=True, slots=True)
class LastPage:
    """What people read of a pull request that is no longer open. own_comments, room_for_status: as in PullRequest."""

    node_id: str
    title: str
    body: str
    own_comments: tuple[OwnComment, ...] = ()
    room_for_status: bool = False


@dataclass(frozen=True, slots=True)
class PastPull:
    """A promotion pull request that is no longer open. head_blobs as in PullRequest; head_oid: its last commit.

    merged_by, merge_oid: who merged it, and the commit on the default branch. page: of those that changed last, else None.
    """

    number: int
    merged: bool
    closed_at: datetime
    author: Actor
    labels: frozenset[str]
    head_blobs: Mapping[str, str]
    head_oid: str = ""
    merged_by: Actor | None = None
    merge_oid: str = ""
    page: LastPage | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """A promotion that was merged lately, of whichever application."""

    environment: str
    application: str
    at: datetime
    number: int
    title: str
