"""What GitHub was seen to say, at one moment, as frozen values.

`github.observe` fills these and interprets nothing; `assembly` joins them with what stands in the files and makes the
State from which everything is decided. Times are aware and in UTC; `oid` is a full Git object id in hexadecimal.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Outcome(Enum):
    """What a check run or a commit status has come to; neutral and skipped count as success, as on GitHub.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
    """

    SUCCESS = "success"
    PENDING = "pending"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Report:
    """One check run or commit status: the newest of its name on its commit.

    app_id: the database id of the App that made a check run; None for a commit status.
    node_id: of the check run, so that it can be updated; None for a commit status.
    at: when it was completed, else started, else created; None when GitHub names no time. says: on a check run of ours, what
    its page is known by, since the page itself is not read.
    """

    name: str
    outcome: Outcome
    title: str
    url: str | None = None
    at: datetime | None = None
    app_id: int | None = None
    node_id: str | None = None
    says: str = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit and its reports. reports_complete is False where GitHub had more than one page of them.

    at: when it was made, as its committer says.
    """

    oid: str
    reports: tuple[Report, ...] = ()
    reports_complete: bool = True
    at: datetime | None = None


class Permission(Enum):
    """A person's role on the manifests repository, from least to most."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something. login is '' for a deleted account; a bot's login is given without `[bot]`."""

    login: str
    is_bot: bool = False


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
    by_app: authored by this App and signed by GitHub, so nobody else can have made it.
    """

    oid: str
    by_app: bool
    author: Actor
    parents: tuple[tuple[str, Mapping[str, str]], ...]


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
class PastPull:
    """A promotion pull request that is no longer open. head_blobs as in PullRequest; head_oid: its last commit."""

    number: int
    merged: bool
    closed_at: datetime
    author: Actor
    labels: frozenset[str]
    head_blobs: Mapping[str, str]
    head_oid: str = ""


@dataclass(frozen=True, slots=True)
class FileRevision:
    """One entry of a file's history on the default branch, newest first in its list.

    commit: where the default branch came to hold it: the pull request's merge commit, or the commit itself of a direct push.
    at: when: GitHub's mergedAt, or a direct push's committedDate (which the pusher chooses: an accepted race).
    by: who merged, or who wrote the commit. pull: the merged pull request's number; promotion: it was the bot's own, from a
    branch of this repository named `gitops/…`. blob_id: the file after it, '' where it was deleted.
    """

    commit: str
    at: datetime
    by: Actor
    blob_id: str
    pull: int | None = None
    promotion: bool = False


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


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on an issue or pull request of the manifests repository.

    promotion: (environment, application) where it stands on a promotion's pull request. done: the bot has put its 🚀 or 😕
    there; seen: its 👀. subject_id: the node id of the issue or pull request, to answer there.
    """

    node_id: str
    database_id: int
    subject_id: str
    subject_number: int
    promotion: tuple[str, str] | None
    author: Actor
    body: str
    created_at: datetime
    edited: bool
    done: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """A promotion that was merged lately, of whichever application."""

    environment: str
    application: str
    at: datetime
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Protection:
    """GitHub's own rules for the default branch. strict: the branch must be up to date before it merges.

    check_apps: required check → the database id of the only App whose report counts. code_owners: one of each changed file must
    approve. conversations: each must be resolved. deployments: environments to which it must have been deployed. others: what
    else there is, as GitHub calls the rule, such as REQUIRED_SIGNATURES.
    """

    required_checks: frozenset[str] = frozenset()
    required_approvals: int = 0
    strict: bool = False
    merge_queue: bool = False
    check_apps: Mapping[str, int] = field(default_factory=dict)
    code_owners: bool = False
    conversations: bool = False
    deployments: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Repository:
    """The manifests repository. merge_methods: of MERGE, SQUASH, REBASE, those that its settings allow. app_id: our own.

    hold_issue: the number of an open issue with the label `gitops/hold`, None where there is none.
    """

    node_id: str
    name: str
    default_branch: str
    head_oid: str
    archived: bool
    merge_methods: frozenset[str]
    protection: Protection
    app_id: int
    hold_issue: int | None = None

    def own_report(self, reports: Iterable[Report], name: str) -> Report | None:
        """The check run of this name that is ours; anybody's App may use any name."""
        return next((each for each in reports if each.name == name and each.app_id == self.app_id), None)


@dataclass(frozen=True, slots=True)
class StateBranch:
    """The branch `gitops-state`: head_oid is None where it does not exist. files: name → text, at the head.

    ours: likewise, at the newest commit of the App's, where others made later ones, moved the branch back or deleted it;
    empty where none of the newest is one; None where the head is to be believed.
    strangers: who made the later ones, newest first. unreadable: files that cannot be read, name → reason. doubt: why nobody
    can tell who wrote what stands there, '' where that can be told.
    """

    head_oid: str | None
    files: Mapping[str, str]
    ours: Mapping[str, str] | None = None
    strangers: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class LoggedCommit:
    """A commit of the source repository as a page shows it. pull: the pull request that it came with, where there is one."""

    oid: str
    headline: str
    author: Actor
    pull: int | None = None


@dataclass(frozen=True, slots=True)
class ChangedFiles:
    """The paths that a commit changes against its first parent, those that it moves files from among them.

    complete: False where it changes more than GitHub lists.
    """

    paths: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """The application's source repository.

    readable: False where this installation cannot see it. allowed: False where that is another owner's repository, which
    the server's settings do not let this one read. history: the branch's commits, newest first, where they were
    asked for. head: the branch's newest commit, likewise. commits: those asked for that exist there. logs: likewise, by
    commit, it and those that lead to it, newest first; at most fifty. touched: by commit, whether it touches the paths that
    the policy names, where that was asked; None where it cannot be told.
    """

    readable: bool
    history: tuple[str, ...]
    commits: Mapping[str, Commit]
    logs: Mapping[str, tuple[LoggedCommit, ...]] = field(default_factory=dict)
    touched: Mapping[str, bool | None] = field(default_factory=dict)
    allowed: bool = True
    head: Commit | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything one look at GitHub brought.

    policy_files: path → text of `.gitops.yml` and all files below `.gitops/`. recent: the default branch's newest commits.
    commits: further commits of the manifests repository that were asked for. blobs: blob id → exact bytes (checked against
    the id); unreadable: blob ids that were asked for and cannot be had, with the reason.
    teams: 'organisation/team' → logins; None where it cannot be read. merges: the latest, of all applications; at most ten.
    """

    repository: Repository
    policy_files: Mapping[str, str]
    policy_id: str
    state: StateBranch
    environments: Mapping[str, SeenEnvironment]
    recent: tuple[Commit, ...]
    commits: Mapping[str, Commit]
    source: SourceSeen | None
    comments: tuple[Comment, ...]
    people: Mapping[str, Permission]
    teams: Mapping[str, frozenset[str] | None]
    blobs: Mapping[str, bytes]
    unreadable: Mapping[str, str]
    merges: tuple[Merged, ...] = ()
