"""Branch protection: what a branch requires of pushes and merges.

GitHub has two mechanisms, which add up: classic branch protection and rulesets. GraphQL shows the first as
`refUpdateRule` and the second as `rules`.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.simulator.github.model.accounts.accounts import Role, Team, User
from bot.simulator.github.model.accounts.apps import App
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from bot.simulator.github.model.world.ids import Kind, node_id


class MergeMethod(Enum):
    """How a pull request is merged into its base."""

    MERGE = "MERGE"
    SQUASH = "SQUASH"
    REBASE = "REBASE"


class ProtectionSource(Enum):
    """The mechanism of a protection."""

    CLASSIC = "classic"
    RULESET = "ruleset"


UNSIGNED = "Commits must have verified signatures."
"""GitHub's message about unsigned commits: https://github.com/vercel/sandbox/pull/169"""

MOST_QUEUE_ENTRIES, QUEUE_TIMEOUT_MINUTES, QUEUE_WAIT_MINUTES = 5, 60, 5
"""Settings of a merge queue that the simulator does not vary: GitHub's defaults."""


class Grouping(Enum):
    """Which commits of a merge group must pass the checks; GraphQL's MergeQueueMergingStrategy.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue#about-merge-queues
    """

    ALLGREEN = "ALLGREEN"
    HEADGREEN = "HEADGREEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """The requirements. `approvals` None: no review required; 0 in a ruleset still requires a pull request.

    deployments: environments to which the head must have been deployed; the simulator has no deployments. name: a
    ruleset's.
    """

    source: ProtectionSource = ProtectionSource.CLASSIC
    name: str = "rules"
    checks: tuple[RequiredCheck | str, ...] = ()
    strict: bool = False
    approvals: int | None = None
    code_owners: bool = False
    dismiss_stale: bool = False
    conversations: bool = False
    deployments: tuple[str, ...] = ()
    linear_history: bool = False
    signatures: bool = False
    admins_enforced: bool = False
    allow_force_pushes: bool = False
    allow_deletions: bool = False
    restrict_pushes: tuple[User | Team | App, ...] | None = None
    bypass: tuple[User | Team | App, ...] = ()
    merge_methods: tuple[MergeMethod, ...] = tuple(MergeMethod)
    merge_queue: MergeMethod | None = None
    grouping: Grouping = Grouping.ALLGREEN

    @property
    def required_checks(self) -> tuple[RequiredCheck, ...]:
        """Return the required checks, with plain names converted."""
        return tuple(RequiredCheck(check) if isinstance(check, str) else check for check in self.checks)

    @property
    def asks_for_pull_request(self) -> bool:
        """Report whether changes must come by pull request."""
        return self.approvals is not None or self.merge_queue is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchProtection:
    """A protection in force, for branches that match `pattern`."""

    id: int
    repository: CodeRepository
    pattern: str
    protection: Protection

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.PROTECTION, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchProtectionEvent(RepositoryEvent):
    """created, edited, deleted."""

    protection: BranchProtection


def covers(pattern: str, branch: str) -> bool:
    """Report whether a pattern matches a branch (short name): `*` stops at a slash, `**` does not, `~ALL` is all."""
    if pattern == "~ALL":
        return True
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (words.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return re.fullmatch("".join(parts), branch) is not None


def bound_by(protections: Iterable[BranchProtection], user: User, role: Role) -> list[BranchProtection]:
    """Return the protections that bind this user: not those with a bypass for them or without administrators."""
    return [found for found in protections if not _exempt(found.protection, user, role)]


def _exempt(protection: Protection, user: User, role: Role) -> bool:
    if names(protection.bypass, user):
        return True
    return role is Role.ADMIN and protection.source is ProtectionSource.CLASSIC and not protection.admins_enforced


def names(actors: Sequence[User | Team | App], user: User) -> bool:
    """Report whether people, teams and Apps in a list include this user (an App by its bot)."""
    for actor in actors:
        if isinstance(actor, Team):
            found = user in actor.all_members()
        elif isinstance(actor, App):
            found = actor.bot is user
        else:
            found = actor is user
        if found:
            return True
    return False
