"""A pull request as GitHub shows it: its head, reviews, commits and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.core.observation.actors import Actor
from bot.core.observation.commits import Commit


class ReviewState(Enum):
    """The review states that GitHub returns in `latestOpinionatedReviews`."""

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
    """A commit on a promotion branch.

    parents: each parent's oid with its files, path → blob id; two or more parents make it a merge. by_app: authored by
    this App and signed by GitHub, so nobody else can have made it. is_unverified: it names this App, and GitHub has not
    verified its signature yet.
    """

    oid: str
    by_app: bool
    author: Actor
    parents: tuple[tuple[str, Mapping[str, str]], ...]
    is_unverified: bool = False


class Mergeable(Enum):
    """GitHub's MergeableState. UNKNOWN: GitHub is still computing it."""

    MERGEABLE = "MERGEABLE"
    CONFLICTING = "CONFLICTING"
    UNKNOWN = "UNKNOWN"


class PullList(Enum):
    """Lists of a pull request, as people read them, of which GitHub may have more than was read."""

    LABELS = "labels"
    REVIEWS = "reviews"
    REVIEWERS = "requested reviewers"
    CONVERSATIONS = "conversations"
    COMMITS = "commits"


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment that this App wrote."""

    node_id: str
    body: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open promotion pull request as GitHub shows it.

    head: its head commit with reports; head_blobs: the promotion's files there, path → blob id ('' if absent);
    head_modes: the modes of the files that exist there, as in ListedFile. changed_paths: complete unless changed_files
    is larger. commits_total: the number of all commits; `commits` has the newest. merge_state: GitHub's
    mergeStateStatus, such as CLEAN, BLOCKED, BEHIND, DIRTY, UNSTABLE, UNKNOWN. review_decision: APPROVED,
    CHANGES_REQUESTED, REVIEW_REQUIRED, or None if no review is required. owners_asked: code owners whose review GitHub
    waits for, such as `@alice` or `@acme/web`. open_threads: the number of unresolved conversations. group: the commit
    that the merge queue built from this pull request and those ahead of it; None if there is none yet. own_comments:
    this App's, among the pull request's first few comments. room_for_status: a new comment would be among these.
    unread: the lists of which GitHub has more than was read; what is not in such a list may exist.
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
    unread: frozenset[PullList] = frozenset()

    @property
    def files_unread(self) -> bool:
        """Whether it changes more files than were read."""
        return self.changed_files > len(self.changed_paths)


@dataclass(frozen=True, slots=True)
class LastPage:
    """The texts of a pull request that is no longer open. own_comments, room_for_status: as in PullRequest."""

    node_id: str
    title: str
    body: str
    own_comments: tuple[OwnComment, ...] = ()
    room_for_status: bool = False


@dataclass(frozen=True, slots=True)
class EndedPull:
    """A pull request that is no longer open, as the list of all shows it. branch: without `refs/heads/`."""

    number: int
    branch: str
    merged: bool
    closed_at: datetime
    labels: frozenset[str]
    page: LastPage


@dataclass(frozen=True, slots=True)
class PastPull:
    """A promotion pull request that is no longer open. head_blobs: as in PullRequest; head_oid: its last commit.

    ended_by: who merged or closed it, None where GitHub does not tell; by_app: that was this App.
    merge_oid: the commit on the default branch.
    page: of the one that changed last, else None.
    """

    number: int
    merged: bool
    closed_at: datetime
    author: Actor
    labels: frozenset[str]
    head_blobs: Mapping[str, str]
    head_oid: str = ""
    ended_by: Actor | None = None
    by_app: bool = False
    merge_oid: str = ""
    page: LastPage | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """A recently merged promotion of any application."""

    environment: str
    application: str
    at: datetime
    number: int
    title: str
