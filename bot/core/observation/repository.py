"""The manifests repository: its rules, its settings, and the branch `gitops-state`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.core.observation.commits import Report


class Visibility(Enum):
    """Who can see a repository, from fewest to most: https://docs.github.com/en/graphql/reference/enums#repositoryvisibility"""

    PRIVATE = 0
    INTERNAL = 1
    PUBLIC = 2


@dataclass(frozen=True, slots=True)
class Protection:
    """GitHub's rules for the default branch. strict: a branch must be up to date before it merges.

    check_apps: required check → the database id of the only App whose report counts. code_owners: an owner of each
    changed file must approve. conversations: all must be resolved. deployments: environments to which the head must
    have been deployed. others: further rules by GitHub's name, such as REQUIRED_SIGNATURES. head_green: the merge queue
    merges a group as soon as its last entry is green. is_whole: False if there are more rules than were read.
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
    head_green: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Repository:
    """The manifests repository. merge_methods: the allowed ones of MERGE, SQUASH, REBASE. app_id: this App's.

    hold_issue: the number of an open issue with the label `gitops/hold`, None if there is none.
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
    visibility: Visibility = Visibility.PUBLIC

    def own_report(self, reports: Iterable[Report], name: str) -> Report | None:
        """Return this App's check run of this name. Other Apps may use the same name."""
        return next((each for each in reports if each.name == name and each.app_id == self.app_id), None)


@dataclass(frozen=True, slots=True)
class StateBranch:
    """The branch `gitops-state`. head_oid: None if it does not exist. files: name → text, at the head.

    ours: the files at the App's newest commit, if others committed after it, moved the branch back or deleted it; empty
    if none of the newest commits is the App's; None if the head can be trusted. strangers: the authors of the later
    commits, newest first. unreadable: files that cannot be read, name → reason. doubt: why the author of the content
    cannot be determined, '' if it can. is_unverified: GitHub has not verified the signature yet. undone: when the App
    recently undid changes by others, newest first; undone_before: when it undid exactly the present content, None if it
    did not.
    """

    head_oid: str | None
    files: Mapping[str, str]
    ours: Mapping[str, str] | None = None
    strangers: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    doubt: str = ""
    is_unverified: bool = False
    undone: tuple[datetime, ...] = ()
    undone_before: datetime | None = None
