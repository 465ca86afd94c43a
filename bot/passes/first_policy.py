"""What a pass does in a repository that has no policy, or a first one with mistakes: looks, detects, and opens one thing.

It costs nothing where the bot was before, and one look at what it opened after a restart. Files are read only where nothing
was ever opened, and not more often than once a day where they held nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.core.budget.costs import Ask, Urgency
from bot.core.observation.beginnings import Beginnings
from bot.core.observation.commits import Outcome
from bot.core.observation.sweep import Sweep
from bot.core.pages.refused_writes import WritesRefused
from bot.core.plan import Action
from bot.core.repository.first_policy import (
    BRANCH,
    BROKEN_LOCK,
    Suggestion,
    Way,
    is_worth_a_look,
    locked_until,
    propose,
    report_first_policy,
)
from bot.core.repository.other_pull_requests import POLICY_CHECK
from bot.core.values.artifacts import Tags
from bot.core.values.errors import PolicyError, Problem, Temporary
from bot.core.values.first_policy import GiveLockBack, OpenIssue, TakeLock
from bot.core.values.permit import Permit
from bot.detection import Draft, Tree, draft, first_promotions, images_to_ask, most_telling, suggestion
from bot.passes.outside import Outside

_log = logging.getLogger(__name__)

MOST_MANIFESTS = 2_000
"""Of one repository: twenty requests."""

AGAIN = timedelta(days=1)
"""When a repository without anything to propose is read again, at the earliest."""

ASK = "first policy"
"""What opening something is called in the budget: a fleet's installation must not use up what its promotions need."""

TAKEN = "already exists"
"""How GitHub says that another server was quicker."""


@dataclass(slots=True)
class _Known:
    """What this process knows of a repository without a valid policy. silent_until: None for good.

    settled: the commit and the mistakes for which the issue is as it should be. Only a commit can change that, so a quiet
    sweep asks nothing.
    """

    is_silent: bool = False
    silent_until: datetime | None = None
    locked_since: datetime | None = None
    was_broken: bool = False
    settled: tuple[str, tuple[Problem, ...]] | None = None


class FirstPolicies:
    """Proposes first policies, and reports mistakes in them; one instance per process."""

    def __init__(self, outside: Outside) -> None:
        self._github = outside.github
        self._registries = outside.registries
        self._runtime = outside.runtime
        self._budget = outside.budget
        self._onboarding = outside.onboarding
        self._known: dict[str, _Known] = {}

    async def propose(self, sweep: Sweep, permit: Permit) -> datetime | None:
        """Propose a policy, ask for one, or do nothing; return when to look again, None for no time."""
        if not self._onboarding:
            return None
        known = self._known.setdefault(sweep.repository.node_id, _Known())
        now = self._runtime.now()
        if known.is_silent and (known.silent_until is None or now < known.silent_until):
            return None
        seen = await self._github.beginnings(sweep.repository.name)
        if not is_worth_a_look(seen, sweep):
            self._be_silent(known, for_good=bool(seen.opened))
            return None
        again_at = self._locked_until(known, sweep, BRANCH)
        if again_at is not None:
            return again_at
        waits = await self._budget.take(sweep.repository.name, sweep.repository.name, {ASK: Ask(Urgency.REST, 1)})
        if waits:
            return waits[ASK].until
        found = await self._suggestion(sweep)
        if found is not None:
            await self._open(sweep, seen, found, permit)
        self._be_silent(known, for_good=found is not None)
        return None

    async def report(self, sweep: Sweep, policy: object, permit: Permit) -> datetime | None:
        """Report the mistakes of a first policy, or that they are fixed; return when to look again, None for no such time.

        policy: as it was read. Where it is valid, GitHub is asked only if a commit of late has a check run that failed.
        """
        known = self._known.setdefault(sweep.repository.node_id, _Known())
        problems = policy.problems if isinstance(policy, PolicyError) else ()
        state = (sweep.repository.head_oid, problems)
        if known.settled == state or not (problems or known.was_broken or _was_broken(sweep)):
            return None
        again_at = self._locked_until(known, sweep, BROKEN_LOCK)
        if again_at is not None:
            return again_at
        seen = await self._github.beginnings(sweep.repository.name)
        actions = report_first_policy(seen, problems, sweep)
        try:
            await self._carry_out(actions, sweep, permit, lambda seen: report_first_policy(seen, problems, sweep))
        except WritesRefused as refusal:
            _log.warning("%s: no issue about the policy's mistakes: %s", sweep.repository.name, refusal.reason)
        else:
            known.settled = state
        known.was_broken = bool(problems)
        return None

    def _locked_until(self, known: _Known, sweep: Sweep, lock: str) -> datetime | None:
        now = self._runtime.now()
        again_at = locked_until(sweep, lock, known.locked_since, now=now)
        known.locked_since = (known.locked_since or now) if again_at is not None else None
        return again_at

    def _be_silent(self, known: _Known, *, for_good: bool) -> None:
        known.is_silent = True
        known.silent_until = None if for_good else self._runtime.now() + AGAIN

    async def _suggestion(self, sweep: Sweep) -> Suggestion | None:
        """Read the files and say what to suggest. Parsing them is work for another thread."""
        repository, loop = sweep.repository, asyncio.get_running_loop()
        blobs = {file.path: file.blob_id for file in await self._github.files(repository)}
        paths = await loop.run_in_executor(None, most_telling, blobs, MOST_MANIFESTS)
        if not paths:
            return None
        contents = await self._github.contents(repository, frozenset(blobs[path] for path in paths))
        tree = Tree(
            tuple(blobs),
            {path: contents[blobs[path]] for path in paths if blobs[path] in contents},
            repository.name,
            left_out=sum(1 for path in blobs if path.endswith((".yaml", ".yml"))) - len(paths)
            if len(paths) >= MOST_MANIFESTS
            else 0,
        )
        found = await loop.run_in_executor(None, draft, tree)
        return suggestion(found, first_promotions(found, await self._tags(found)))

    async def _tags(self, found: Draft) -> Mapping[str, tuple[str, ...]]:
        images = images_to_ask(found)
        answers = await asyncio.gather(*map(self._registries.tags, images.values()))
        return {name: answer.tags for name, answer in zip(images, answers, strict=True) if isinstance(answer, Tags)}

    async def _open(self, sweep: Sweep, seen: Beginnings, found: Suggestion, permit: Permit) -> None:
        """Open the pull request; the issue where GitHub refuses it; nothing where it refuses both."""
        refused: frozenset[Way] = frozenset()
        for way in (Way.PULL_REQUEST, Way.ISSUE):
            actions = propose(seen, sweep, found, refused=refused)
            try:
                await self._carry_out(
                    actions, sweep, permit, partial(propose, sweep=sweep, suggestion=found, refused=refused)
                )
            except WritesRefused as refusal:
                _log.warning("%s: no %s about a first policy: %s", sweep.repository.name, way.value, refusal.reason)
                refused |= {Way.PULL_REQUEST} if Way.PULL_REQUEST not in refused else {Way.ISSUE}
            else:
                return

    async def _carry_out(
        self,
        actions: tuple[Action, ...],
        sweep: Sweep,
        permit: Permit,
        decide: Callable[[Beginnings], tuple[Action, ...]],
    ) -> None:
        """Carry out what was decided; under a lock, what follows from one more look. Raises Temporary, WritesRefused."""
        for lock in (action.lock for action in actions if isinstance(action, OpenIssue) and action.lock):
            await self._write((TakeLock(lock),), sweep, permit)
            actions = (*decide(await self._github.beginnings(sweep.repository.name)), GiveLockBack(lock))
        await self._write(actions, sweep, permit)

    async def _write(self, actions: tuple[Action, ...], sweep: Sweep, permit: Permit) -> None:
        """Write. Raises Temporary where another server was quicker: the next look shows what it opened."""
        try:
            await self._github.apply(sweep.repository, actions, {}, permit)
        except WritesRefused as refusal:
            if any(TAKEN in said for _, _, said in refusal.refused):
                raise Temporary(refusal.reason) from refusal
            raise


def _was_broken(sweep: Sweep) -> bool:
    """Report whether a commit of late has our failed check run about the policy."""
    reports = (report for commit in sweep.recent for report in commit.reports)
    return any(
        report.name == POLICY_CHECK and report.app_id == sweep.repository.app_id and report.outcome is Outcome.FAILURE
        for report in reports
    )
