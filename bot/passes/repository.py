"""A repository's pass: one look, then everything that concerns no single application.

It makes due every application whose part of the repository has changed. It does this before any write, so a write that
GitHub refuses cannot keep an application from its pass.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.core.budget.costs import Ask, Urgency
from bot.core.budget.planned import affordable, asks_for
from bot.core.commands.shared.limits import has_enough
from bot.core.commands.shared.ration import has_role, spent
from bot.core.needs.repository import repository_needs
from bot.core.notices.sinks import undelivered, unknown_sinks
from bot.core.observation.sweep import Sweep
from bot.core.pages.dashboard import decide_dashboard
from bot.core.pages.refused_writes import WritesRefused
from bot.core.plan import Action, WriteState
from bot.core.policy import Policy
from bot.core.repository.at_rest import is_fleet
from bot.core.repository.decide import Round, decide_repository
from bot.core.repository.other_pull_requests import POLICY_CHECK, Proposal, Reported, asked_again, proposals_to_read
from bot.core.values.errors import ContentLimited, PolicyError, Temporary
from bot.core.values.permit import Permit, Priority
from bot.doctor.advice import advice
from bot.passes.first_policy import FirstPolicies
from bot.passes.fleet.glances import Fleeting, Glances
from bot.passes.fleet.replanning import replan
from bot.passes.fleet.survey import Survey
from bot.passes.memory import Memory
from bot.passes.outside import Outside
from bot.passes.timing import FOLLOW_UP, SWEEP, spread
from bot.passes.turns import Turns, in_turn

ANSWERED = " again"
"""Ends the name of a check that people wanted again and got, among those that were reported."""

MOST_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Swept:
    """A repository's pass after deciding.

    policy: None if it has none. proposals: the policies of pull requests that it judged. fleeting: the applications to
    glance at.
    """

    sweep: Sweep
    policy: Policy | PolicyError | None
    proposals: tuple[Proposal, ...]
    outcome: Round
    fleeting: Fleeting | None = None

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions to apply first."""
        return self.outcome.actions


class RepositoryPasses:
    """Runs the passes of repositories; one instance per process."""

    def __init__(self, outside: Outside, memory: Memory, turns: Turns) -> None:
        self._github = outside.github
        self._make_due = outside.make_due
        self._notifier = outside.notifier
        self._runtime = outside.runtime
        self._memory = memory
        self._turns = turns
        self._survey = Survey(outside.github, memory)
        self._glances = Glances(outside, memory)
        self._budget = outside.budget
        self._statuses = outside.statuses
        self._first_policies = FirstPolicies(outside)

    async def __call__(self, repository: str, permit: Permit) -> datetime | None:
        """Run one pass and return when to look again; None if the repository has no policy."""
        return await in_turn(
            self._turns,
            repository,
            decide=lambda: self._look(repository),
            carry_out=lambda swept: self._carry_out(swept, permit),
        )

    async def _look(self, repository: str) -> Swept:
        """Look at the repository and make changed applications due."""
        read = self._memory.read_pulls.get(repository)
        needs = repository_needs(repository, self._memory.policies.of(repository), None, self._runtime.now())
        needs = replace(needs, read=read)
        for _ in range(MOST_LOOKS):
            sweep = await self._github.sweep(needs)
            self._memory.recognise(repository, sweep.repository)
            policy = self._memory.policies.read(repository, sweep.policy_id, sweep.policy_files, sweep.listing())
            following = repository_needs(repository, policy, sweep, self._runtime.now())
            if needs.cover(following):
                break
            needs = replace(following, read=read)
        if policy is None:
            return Swept(sweep, None, (), decide_repository(sweep, None, self._runtime.now()))
        if not self._memory.policies.is_complete(repository):
            raise Temporary(f"{repository}: the policy changed under every look")
        if isinstance(policy, PolicyError):
            # When the policy is fixed, every application is looked at again.
            self._memory.forget_fingerprints(repository)
        verdicts = self._memory.verdicts(repository)
        again = self._wanted_again(sweep)
        reported = frozenset(self._memory.reported(repository)) - again
        judged = {(POLICY_CHECK, head) for head in verdicts.heads()} - again
        unread = proposals_to_read(sweep, policy, reported | judged)
        proposals = await self._github.proposals(repository, unread) if unread else ()
        present = policy if isinstance(policy, Policy) else None
        sweep, proposals = await self._survey(sweep, needs, proposals, present)
        outcome = await self._decide(sweep, policy, proposals, reported)
        verdicts.learn((proposal.head_oid for proposal in proposals), outcome.reports)
        unwritten = proposals_to_read(sweep, policy, reported | {(POLICY_CHECK, each.head_oid) for each in proposals})
        outcome = replace(outcome, reports=(*outcome.reports, *verdicts.reports(pull.head_oid for pull in unwritten)))
        fleeting = await self._make_changed_due(sweep, policy, outcome)
        return Swept(sweep, policy, proposals, outcome, fleeting)

    async def _make_changed_due(self, sweep: Sweep, policy: Policy | PolicyError, outcome: Round) -> Fleeting | None:
        """Make due the applications that changed, but for those that need no look for a changed policy.

        Returns those to glance at first, where they are many.
        """
        repository, known = sweep.repository.name, self._memory.fingerprints
        if isinstance(policy, PolicyError):
            return None
        if self._memory.decided_under.get(repository) is not policy:
            await self._statuses.keep_only(repository, policy.applications)
        done = await replan(
            self._memory, self._statuses, repository, policy, outcome.fingerprints, now=self._runtime.now()
        )
        self._memory.decided_under[repository] = policy
        self._glances.count(repository, policy)
        await self._glances.deployments.make_due(repository)
        changed = {
            application: fingerprint
            for application, fingerprint in outcome.fingerprints.items()
            if known.get(f"{repository}#{application}") != fingerprint and application not in done
        }
        fleeting = self._glances.plan(sweep, policy, changed, outcome.fingerprints)
        waiting = fleeting.changed if fleeting else {}
        for application, fingerprint in outcome.fingerprints.items():
            if application in waiting:
                continue
            key = f"{repository}#{application}"
            if application in changed:
                await self._make_due(key, Priority.PEOPLE if fingerprint.awaited else Priority.EVENT)
                self._glances.note(repository, policy, application)
            known[key] = fingerprint
        return fleeting

    def _wanted_again(self, sweep: Sweep) -> frozenset[tuple[str, str]]:
        """Return the reports that people want again, each once: its suite may look like that for a while."""
        reported, again = self._memory.reported(sweep.repository.name), asked_again(sweep)
        settled = {(name, pull.head_oid) for pull in sweep.pulls for name in pull.our_checks}
        for name, head in settled:
            reported.pop((f"{name}{ANSWERED}", head), None)
        return frozenset((name, head) for name, head in again if (f"{name}{ANSWERED}", head) not in reported)

    async def _decide(
        self, sweep: Sweep, policy: Policy | PolicyError, proposals: tuple[Proposal, ...], reported: Reported
    ) -> Round:
        """Decide.

        Proposed policies are parsed in another thread: anyone can propose one, and it must not block the loop. Many
        applications are compared there, too.
        """
        repository, memory = sweep.repository.name, self._memory
        applications = policy.applications if proposals and isinstance(policy, Policy) else ()
        decide = partial(
            decide_repository,
            sweep,
            policy,
            self._runtime.now(),
            proposals=proposals,
            reported=reported,
            states=memory.states_of(repository, applications),
            last=memory.last_pass(repository, self._runtime.now()),
            sinks=self._notifier.sinks(repository),
        )
        if not proposals and not (isinstance(policy, Policy) and is_fleet(policy)):
            return decide()
        return await asyncio.get_running_loop().run_in_executor(None, decide)

    async def _carry_out(self, swept: Swept, permit: Permit) -> datetime | None:
        """Write first, for people wait for that; then glance, even if GitHub refused to write."""
        try:
            again_at = await self._write(swept, permit)
        except (WritesRefused, ContentLimited):
            await self._glance(swept)
            raise
        return min((at for at in (again_at, await self._glance(swept)) if at is not None), default=None)

    async def _glance(self, swept: Swept) -> datetime | None:
        """Glance at the applications; return when the next pass goes on, if some are left for it."""
        return await self._glances(swept.fleeting) if swept.fleeting is not None else None

    async def _write(self, swept: Swept, permit: Permit) -> datetime | None:
        sweep, policy, outcome = swept.sweep, swept.policy, swept.outcome
        if policy is None:
            return await self._first_policies.propose(sweep, permit)
        outcome, until = await self._within_budget(sweep, outcome)
        await self._act(sweep, outcome, permit)
        await self._github.apply(sweep.repository, outcome.reports, {}, permit)
        reported = self._memory.reported(sweep.repository.name)
        reported.update({(report.name, report.head_oid): None for report in outcome.reports})
        reported.update({(POLICY_CHECK, proposal.head_oid): None for proposal in swept.proposals})
        answered = asked_again(sweep) & {(report.name, report.head_oid) for report in outcome.reports}
        reported.update({(f"{name}{ANSWERED}", head): None for name, head in answered})
        show_at = None
        if isinstance(policy, Policy) and not sweep.repository.archived:
            show_at = await self._write_dashboard(sweep, policy, permit)
        await self._github.apply(sweep.repository, outcome.abandoned, {}, permit)
        report_at = await self._first_policies.report(sweep, policy, permit)
        now = self._runtime.now()
        self._memory.learn_pulls(sweep, unfinished=outcome.unfinished, now=now)
        again = now + (FOLLOW_UP if has_enough(outcome.actions) else spread(SWEEP, self._runtime))
        return now if outcome.unfinished else min([again, *filter(None, (show_at, outcome.again_at, until, report_at))])

    async def _within_budget(self, sweep: Sweep, outcome: Round) -> tuple[Round, datetime | None]:
        """Return what GitHub's limits leave of the actions, and when to come back for the others."""
        name = sweep.repository.name
        strangers = frozenset(each.node_id for each in sweep.comments if not has_role(each, sweep.people))
        asks = asks_for((*outcome.actions, *outcome.abandoned), strangers)
        waits = await self._budget.take(name, name, asks)
        until = min((wait.until for wait in waits.values()), default=None)
        actions = affordable(outcome.actions, asks, waits)
        return replace(outcome, actions=actions, abandoned=affordable(outcome.abandoned, asks, waits)), until

    async def _act(self, sweep: Sweep, outcome: Round, permit: Permit) -> None:
        """Do what cannot wait, and remember why GitHub refused to write the records, for the next pass to say."""
        name, memory = sweep.repository.name, self._memory
        memory.rations.spend(name, spent(outcome.actions, sweep.comments, sweep.people), self._runtime.now())
        try:
            await self._github.apply(sweep.repository, outcome.actions, {}, permit)
        except WritesRefused as refusal:
            said = (said for action, _, said in refusal.refused if isinstance(action, WriteState))
            memory.unrecorded[name] = next(said, "").rstrip(".")
            raise
        except ContentLimited as limit:
            await self._budget.refused(name, limit.again_at)
            raise
        memory.unrecorded.pop(name, None)

    async def _write_dashboard(self, sweep: Sweep, policy: Policy, permit: Permit) -> datetime | None:
        """Write the dashboard if it may have changed; return when to come back for that."""
        repository, now = sweep.repository.name, self._runtime.now()
        board = self._memory.board(repository)
        unknown = unknown_sinks(policy, self._notifier.sinks(repository), visibility=sweep.repository.visibility)
        dropped = undelivered(await self._notifier.dropped(repository))
        board.learn_problems((*self._memory.policies.losses(repository), *unknown, *dropped))
        board.learn_advice(advice(sweep, policy, await self._github.granted(repository)))
        if not board.changed:
            return None
        if board.was_just_written(now):
            return board.paused_until
        rows = dict(board.rows)
        seen = await self._github.dashboard(repository)
        page = decide_dashboard(seen, policy, rows, board.problems, board.advice)
        if page is not None and page.issue_id is None:
            waits = await self._budget.take(repository, repository, {"dashboard": Ask(Urgency.ANSWER, 1)})
            if waits:
                return waits["dashboard"].until
        if page is not None:
            await self._github.write_dashboard(repository, page, permit)
        board.shown(rows, exists=page is not None or seen.is_open, at=now)
        return None  # a pass that learns other rows meanwhile makes the repository due
