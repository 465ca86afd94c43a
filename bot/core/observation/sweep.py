"""The look at a whole manifests repository: what it returned, and which applications it makes due.

Keys that name no application (`owner/repo`) run it. It costs one request, whatever the number of applications.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.observation.actors import Permission
from bot.core.observation.comments import Comment
from bot.core.observation.commits import Commit
from bot.core.observation.pull_request import Merged
from bot.core.observation.repository import Repository, StateBranch


@dataclass(frozen=True, slots=True)
class SweptPull:
    """An open pull request in brief. fingerprint: changes whenever anything that a gate reads on it may have changed.

    policy_id: of its head, as in Observation; None if GitHub does not return it. group_oid: the commit that a merge
    queue built from it and waits for. group_passed: our check run on that commit is green; read for promotions in a queue
    that looks at its last entry alone (`HEADGREEN`). is_ours: this App opened it; head_is_ours: its newest commit is this
    App's, signed by GitHub; head_is_unverified: that commit names the App, and GitHub has not verified its signature yet.
    updated_at: when somebody last changed it, as GitHub sorts them; None for one that was made up.
    our_checks: the names of this App's check runs on the head, but for asked_again: those on which, or on whose suite,
    somebody pressed "Re-run".
    """

    node_id: str
    number: int
    title: str
    branch: str
    head_oid: str
    is_cross_repository: bool
    fingerprint: str
    our_checks: frozenset[str]
    policy_id: str | None = None
    group_oid: str | None = None
    group_passed: bool = False
    is_ours: bool = False
    head_is_ours: bool = False
    head_is_unverified: bool = False
    asked_again: frozenset[str] = frozenset()
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """entries: folder → name → object id. recent: the default branch's newest commits with their reports, newest first.

    policy_files, policy_id and merges: as in Observation. complete: False if there may be a promotion's pull request
    that was not read; branches_complete: the same of the branches. partial: pull requests by others that were read before, and
    have not changed since, were left out. more_said: there are unread comments, which the next look reads.
    repeated: ids of the bot's own answers to comments that have an older answer. branches: promotion branches and their
    heads; own_branches: those whose newest commit is this App's, signed by GitHub.
    """

    repository: Repository
    policy_files: Mapping[str, str]
    policy_id: str
    state: StateBranch
    entries: Mapping[str, Mapping[str, str]]
    pulls: tuple[SweptPull, ...]
    branches: Mapping[str, str]
    recent: tuple[Commit, ...]
    comments: tuple[Comment, ...]
    people: Mapping[str, Permission]
    teams: Mapping[str, frozenset[str] | None]
    merges: tuple[Merged, ...] = ()
    complete: bool = True
    partial: bool = False
    more_said: bool = False
    repeated: tuple[str, ...] = ()
    own_branches: frozenset[str] = frozenset()
    branches_complete: bool = True
    folders: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def listing(self) -> Mapping[str, Mapping[str, bool]]:
        """Return what stands in the listed folders: name → whether it is a folder."""
        return {
            folder: {name: name in self.folders.get(folder, ()) for name in entries}
            for folder, entries in self.entries.items()
        }
