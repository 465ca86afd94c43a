"""A pull request's head and base, and what blocks the merge between them."""

import re
from dataclasses import dataclass, field

from bot.simulator.github.git.history import Change
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.protection.protection import UNSIGNED, BranchProtection
from bot.simulator.github.model.protection.required_checks import RequiredCheck, checks_refusal
from bot.simulator.github.model.pulls import reviews
from bot.simulator.github.model.pulls.reviews import Diff, Reviewable
from bot.simulator.github.model.pulls.states import Mergeable, MergeState
from bot.simulator.github.model.pulls.target import TargetRepository
from bot.simulator.github.model.pulls.threads import Thread, unresolved
from bot.simulator.github.model.world.world import Mergeability


@dataclass(eq=False, slots=True, kw_only=True)
class Proposal(Reviewable):
    """A head and a base. `repository` is the base's; `head_repository` is None after a fork was deleted.

    `head_oid` and `base_oid` follow the branches as on GitHub: the head with every push while open, the base when the
    pull request is opened and at pushes to the head (use `base_tip` for the base's present commit).
    """

    repository: TargetRepository
    head_repository: CodeRepository | None
    head_ref: str
    base_oid: str
    threads: list[Thread] = field(default_factory=list)
    computed_for: tuple[str, str] | None = None

    @property
    def is_cross_repository(self) -> bool:
        """Report whether it comes from a fork."""
        return self.head_repository is not self.repository

    @property
    def head_label(self) -> str:
        """`owner:branch`."""
        owner = self.head_repository.owner.login if self.head_repository else "unknown"
        return f"{owner}:{self.head_ref}"

    def base_tip(self) -> str:
        """Return the base's commit: the present one while open, later the one when it was closed or merged."""
        if self.state is not State.OPEN:
            return self.base_oid
        return self.repository.store.ref(f"refs/heads/{self.base_ref}") or self.base_oid

    def commits(self) -> tuple[str, ...]:
        """Return its own commits, oldest first."""
        return self.repository.history.between(self.base_tip(), self.head_oid)

    def changes(self) -> tuple[Change, ...]:
        """Return its changed files: the difference between the merge base and the head."""
        return self._changes(self.head_oid)

    def _changes(self, head: str) -> tuple[Change, ...]:
        parted = self.repository.history.merge_base(self.base_tip(), head)
        return self.repository.history.changes(parted, head)

    def diff(self, head: str | None = None) -> Diff:
        """Return what reviewers see (of `head`, if given): the changed lines without their numbers."""
        return tuple(
            (change.path, change.previous_path or "", change.kind.value, _without_line_numbers(change))
            for change in self._changes(head or self.head_oid)
        )

    def protections(self) -> list[BranchProtection]:
        """Return the protections of the base."""
        return self.repository.protections_of(self.base_ref)

    def required_checks(self) -> tuple[RequiredCheck, ...]:
        """Return the base's required checks, each once."""
        return tuple(dict.fromkeys(check for found in self.protections() for check in found.protection.required_checks))

    def conflicts(self) -> bool:
        """Report whether head and base conflict, computed now."""
        return self.repository.history.merged_tree(self.base_tip(), self.head_oid) is None

    @property
    def is_behind(self) -> bool:
        """Report whether the base has commits that the head lacks."""
        return not self.repository.history.is_ancestor(self.base_tip(), of=self.head_oid)

    def mergeable(self, *, asks: bool = True) -> Mergeable:
        """Return GitHub's answer. Asking starts the computation for the next request (see `GitHub.mergeability`).

        asks: False for a webhook's payload, which shows what is known and starts no computation.
        https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
        """
        if self.state is not State.OPEN or not self._knows_mergeability(asks=asks):
            return Mergeable.UNKNOWN
        return Mergeable.CONFLICTING if self.conflicts() else Mergeable.MERGEABLE

    def _knows_mergeability(self, *, asks: bool) -> bool:
        """Report whether mergeability is known for this head and base; else with `asks`, start to compute it."""
        github = self.repository.github
        wanted = (self.base_tip(), self.head_oid)
        if github.mergeability is Mergeability.AT_ONCE or self.computed_for == wanted:
            return github.mergeability is not Mergeability.NEVER
        if asks and github.mergeability is Mergeability.AFTER_ASKING:
            github.work_in_background(lambda: self._compute(wanted))
        return False

    def _compute(self, wanted: tuple[str, str]) -> None:
        self.computed_for = wanted
        self.repository.github.events.touch()
        self.repository.reconsider(self.head_oid)

    def merge_state(self, *, asks: bool = True) -> MergeState:
        """Return the merge state; `asks` as for `mergeable`."""
        mergeable = self.mergeable(asks=asks)
        if mergeable is Mergeable.UNKNOWN:
            return MergeState.UNKNOWN
        if mergeable is Mergeable.CONFLICTING:
            return MergeState.DIRTY
        if self.is_draft:
            return MergeState.DRAFT
        if self.blocked_by(self.protections()):
            return MergeState.BLOCKED
        if self.is_behind and any(found.protection.strict for found in self.protections()):
            return MergeState.BEHIND
        contexts = self.repository.checks.contexts(self.head_oid)
        return MergeState.CLEAN if all(c.state.value == "SUCCESS" for c in contexts) else MergeState.UNSTABLE

    def blocked_by(self, protections: list[BranchProtection]) -> list[str]:
        """Return GitHub's messages about unmet requirements: reviews, conversations, then checks."""
        required = tuple(dict.fromkeys(check for found in protections for check in found.protection.required_checks))
        found = (
            reviews.refusal(self, protections),
            unresolved(self.threads, protections),
            *(
                f"Missing successful active {name} deployment."
                for each in protections
                for name in each.protection.deployments
            ),
            checks_refusal(required, self.repository.checks.contexts(self.head_oid)),
            self._unsigned(protections),
        )
        return [sentence for sentence in found if sentence]

    def _unsigned(self, protections: list[BranchProtection]) -> str | None:
        """Return GitHub's message about commits without a verified signature, if the base requires one."""
        wanted = any(found.protection.signatures for found in protections)
        return UNSIGNED if wanted and self.repository.unverified(self.commits()) else None


def _without_line_numbers(change: Change) -> str:
    if change.patch is None:
        return change.oid
    return re.sub(r"^@@ [^@]* @@", "@@", change.patch, flags=re.MULTILINE)
