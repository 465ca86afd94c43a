"""The manifests repository: its rules, its settings, and the branch `gitops-state`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.observation.commits import Report


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
    can tell who wrote what stands there, '' where that can be told. is_unverified: GitHub itself cannot tell yet.
    undone: when the App lately undid what others had changed, newest first; undone_before: when it undid exactly what stands
    there now, None where it did not.
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
