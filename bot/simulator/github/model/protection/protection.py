"""Branch protection: what a branch asks of those who push to it and merge into it.

GitHub has two kinds, which add up: classic protection rules and rulesets. GraphQL shows the first as `refUpdateRule`
and the second as `rules`.
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
    """How a pull request becomes part of its base."""

    MERGE = "MERGE"
    SQUASH = "SQUASH"
    REBASE = "REBASE"


class ProtectionSource(Enum):
    """Which of GitHub's two mechanisms a protection belongs to."""

    CLASSIC = "classic"
    RULESET = "ruleset"


UNSIGNED = "Commits must have verified signatures."
"""What GitHub says of them: https://github.com/vercel/sandbox/pull/169"""

MOST_QUEUE_ENTRIES, QUEUE_TIMEOUT_MINUTES, QUEUE_WAIT_MINUTES = 5, 60, 5
"""A merge queue's settings that nobody changes here, with GitHub's defaults."""


class Grouping(Enum):
    """Which commits of a merge group must be green; GraphQL's MergeQueueMergingStrategy.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue#about-merge-queues
    """

    ALLGREEN = "ALLGREEN"
    HEADGREEN = "HEADGREEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What to ask. `approvals` None: no review needed at all; 0 with a ruleset still means "by pull request".

    deployments: environments to which the head must have been deployed; nothing here ever is. name: a ruleset's.
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
        """The checks, with plain names made into values."""
        return tuple(RequiredCheck(check) if isinstance(check, str) else check for check in self.checks)

    @property
    def asks_for_pull_request(self) -> bool:
        """Whether changes must come by pull request."""
        return self.approvals is not None or self.merge_queue is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchProtection:
    """A protection in force: for the branches `pattern` matches."""

    id: int
    repository: CodeRepository
    pattern: str
    protection: Protection

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.PROTECTION, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchProtectionEvent(RepositoryEvent):
    """created, edited, deleted."""

    protection: BranchProtection


def covers(pattern: str, branch: str) -> bool:
    """Whether a pattern means a branch (short name): `*` stops at a slash, `**` does not, and `~ALL` means all."""
    if pattern == "~ALL":
        return True
    words = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = (words.get(part, re.escape(part)) for part in re.split(r"(\*\*|\*|\?)", pattern))
    return re.fullmatch("".join(parts), branch) is not None


def bound_by(protections: Iterable[BranchProtection], user: User, role: Role) -> list[BranchProtection]:
    """The protections this user must obey: all but those that name them as bypassing, or do not bind administrators."""
    return [found for found in protections if not _exempt(found.protection, user, role)]


def _exempt(protection: Protection, user: User, role: Role) -> bool:
    if names(protection.bypass, user):
        return True
    return role is Role.ADMIN and protection.source is ProtectionSource.CLASSIC and not protection.admins_enforced


def names(actors: Sequence[User | Team | App], user: User) -> bool:
    """Whether a list of people, teams and Apps includes this user (an App by its bot)."""
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
