"""Branch protection: what a branch asks of those who push to it and merge into it.

GitHub has two kinds, which add up: classic protection rules and rulesets. GraphQL shows the first as `refUpdateRule`
and the second as `rules`.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-protected-branches
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.simulator.github.model.accounts.accounts import App, Role, Team, User
from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus, CommitStatus, StatusState
from bot.simulator.github.model.world.ids import Kind, node_id

if TYPE_CHECKING:
    from bot.simulator.github.model.code.repository import Repository


class MergeMethod(Enum):
    """How a pull request becomes part of its base."""

    MERGE = "MERGE"
    SQUASH = "SQUASH"
    REBASE = "REBASE"


class ProtectionSource(Enum):
    """Which of GitHub's two mechanisms a protection belongs to."""

    CLASSIC = "classic"
    RULESET = "ruleset"


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A context that must be green; with `app_id` only that App's check run counts."""

    context: str
    app_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What to ask. `approvals` None: no review needed at all; 0 with a ruleset still means "by pull request".

    deployments: environments to which the head must have been deployed; nothing here ever is.
    """

    source: ProtectionSource = ProtectionSource.CLASSIC
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
    repository: "Repository"
    pattern: str
    protection: Protection

    @property
    def node_id(self) -> str:
        """The node id."""
        return node_id(Kind.PROTECTION, self.id)


def covers(pattern: str, branch: str) -> bool:
    """Whether a pattern means a branch (short name): `*` stops at a slash, `**` does not."""
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


def checks_refusal(required: Sequence[RequiredCheck], contexts: Sequence[CheckRun | CommitStatus]) -> str | None:
    """GitHub's sentence about required checks that are not green, or None when all are."""
    verdicts = [(check.context, _standing(check, contexts)) for check in required]
    missing = [(context, standing) for context, standing in verdicts if standing is not None]
    if not missing:
        return None
    if len(missing) == 1:
        return f'Required status check "{missing[0][0]}" is {missing[0][1]}.'
    counts = {standing: sum(1 for _, other in missing if other == standing) for _, standing in missing}
    listed = " and ".join(f"{count} {standing}" for standing, count in counts.items())
    return f"{len(missing)} of {len(required)} required status checks have not succeeded: {listed}."


def _standing(check: RequiredCheck, contexts: Sequence[CheckRun | CommitStatus]) -> str | None:
    found = [context for context in contexts if _answers(check, context)]
    if not found:
        return "expected"
    # A required context can be reported by a status and by a check run; every one of them must be green.
    for context in found:
        if isinstance(context, CheckRun) and context.status is not CheckStatus.COMPLETED:
            return "in progress" if context.status is CheckStatus.IN_PROGRESS else "queued"
        if context.state is StatusState.PENDING:
            return "pending"
        if context.state is not StatusState.SUCCESS:
            return "failing"
    return None


def _answers(check: RequiredCheck, context: CheckRun | CommitStatus) -> bool:
    if isinstance(context, CheckRun):
        return context.name == check.context and check.app_id in {None, context.suite.app.id}
    return context.context == check.context and check.app_id is None
