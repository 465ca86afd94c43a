"""An application's pass: look until the State is complete, decide, apply."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.assembly import render_actions, with_refusals
from bot.core.budget.planned import affordable, asks_of, limited, most_urgent, with_limited, without_early_pages
from bot.core.commands.conversation.unread_holds import unread_holds
from bot.core.commands.shared.ration import has_role, spent
from bot.core.decide import decide
from bot.core.deployments.told import with_undeployed
from bot.core.needs.application import Known
from bot.core.pages.refused_writes import WritesRefused, by_environment, pages_of, with_refused
from bot.core.plan import Action, Plan, RenderedFile
from bot.core.promotion.merging import lets_others_pass
from bot.core.repository.at_rest import is_fleet
from bot.core.values.errors import ContentLimited
from bot.core.values.notice import Notice
from bot.core.values.permit import Permit
from bot.passes.deploying import Deploying
from bot.passes.looking import Looked, Looking
from bot.passes.memory import Memory
from bot.passes.memory.measuring import Measuring
from bot.passes.outside import Outside
from bot.passes.timing import next_look
from bot.passes.turns import Turns, in_turn
from bot.telemetry import telemetry


@dataclass(frozen=True, slots=True)
class Decided:
    """An application's pass after deciding. files: what to write, by environment."""

    looked: Looked
    plan: Plan
    files: Mapping[str, tuple[RenderedFile, ...]]

    @property
    def actions(self) -> tuple[Action, ...]:
        """Return the actions to apply."""
        return self.plan.actions


class ApplicationPasses:
    """Runs the passes of applications; one instance per process."""

    def __init__(self, outside: Outside, memory: Memory, turns: Turns) -> None:
        self._looking = Looking(outside, memory)
        self._github = outside.github
        self._make_due = outside.make_due
        self._notifier = outside.notifier
        self._runtime = outside.runtime
        self._memory = memory
        self._turns = turns
        self._measuring = Measuring()
        self._budget = outside.budget
        self._statuses = outside.statuses
        self._deploying = Deploying(outside, memory)

    async def __call__(self, repository: str, application: str, permit: Permit) -> datetime | None:
        """Run one pass and return when to look again; None if the policy has no such application."""
        policy = self._memory.policies.of(repository)
        if policy is not None and application in policy.renames.applications:
            await self._make_due(f"{repository}#{policy.renames.application(application)}")
            return None
        return await in_turn(
            self._turns,
            repository,
            decide=lambda: self._look_and_decide(repository, application),
            carry_out=lambda decided: self._carry_out(decided, permit),
        )

    async def _look_and_decide(self, repository: str, application: str) -> Decided | None:
        decided = self._decided(await self._looking.look(repository, application))
        if decided is None or decided.plan.logs <= decided.looked.logs:
            return decided
        return self._decided(await self._looking.look(repository, application, logs=decided.plan.logs))

    def _decided(self, looked: Looked | None) -> Decided | None:
        if looked is None:
            return None
        before = self._memory.states.get(looked.key)
        self._memory.remember_state(looked.key, looked.assembled.state)
        with telemetry().tracing.span("decide"):
            decided = self._decide(looked)
        self._measuring.looked(before, looked.assembled.state, decided.plan, self._runtime.now())
        return decided

    def _decide(self, looked: Looked) -> Decided:
        """Decide; if an edit turns out to be impossible, decide once more with that refusal."""
        now = self._runtime.now()
        state = with_refused(looked.assembled.state, self._memory.refusals.of(looked.key))
        state = with_limited(state, self._memory.limited.get(looked.key, {}))
        state = with_undeployed(state, self._memory.undeployed.get(looked.key, ()))
        last = self._memory.last_pass(looked.observation.repository.name, now)
        plan = decide(state, looked.policy, now, last=last)
        rendering = render_actions(plan.actions, looked.observation, self._memory.files)
        if rendering.refusals:
            plan = decide(with_refusals(state, rendering.refusals), looked.policy, now, last=last)
            rendering = render_actions(plan.actions, looked.observation, self._memory.files)
        return Decided(looked, plan, rendering.files)

    async def _carry_out(self, decided: Decided, permit: Permit) -> datetime | None:
        decided, until = await self._within_budget(decided)
        looked, plan = decided.looked, decided.plan
        repository, _, application = looked.key.partition("#")
        await self._publish(decided)
        if unread_holds(looked.policy, looked.assembled.state, self._runtime.now()):
            await self._make_due(repository)
        await self._tell(plan.notices)
        await self._apply(decided, permit)
        refused = self._memory.undeployed.get(looked.key)
        shown_at = await self._deploying(looked.assembled.state, plan.deployments, plan.actions, permit)
        if self._memory.undeployed.get(looked.key) != refused:
            await self._publish(self._decide(looked))
        if lets_others_pass(plan.actions, looked.assembled.state):
            await self._make_due(repository)  # what is behind it in the merge queue waits for that
        self._memory.known[looked.key] = replace(self._memory.known.get(looked.key, Known()), logs=plan.logs)
        self._memory.fleet(repository).looked_at(application)
        self._memory.fleet(repository).shows(application, plan.deployments)
        again_at = next_look(plan, self._runtime, polled=not is_fleet(looked.policy))
        return min(filter(None, (again_at, until, shown_at)), default=None)

    async def _publish(self, decided: Decided) -> None:
        """Put what was decided on the dashboard, and where the API reads it."""
        looked, plan, memory = decided.looked, decided.plan, self._memory
        repository, _, application = looked.key.partition("#")
        if plan.rows and memory.board(repository).learn(application, plan.rows):
            await self._make_due(repository)
        state = with_undeployed(looked.assembled.state, memory.undeployed.get(looked.key, ()))
        await self._statuses.learn(looked.policy, state, plan.verdicts, self._runtime.now())

    async def _tell(self, notices: tuple[Notice, ...]) -> None:
        """Post notices before writing: if GitHub refuses the writes in every pass, people still hear about it."""
        told = self._memory.told
        news = [each for each in notices if (each.sink, each.promotion, each.mark) not in told]
        if news:
            await self._notifier.post(news)
            told.update({(each.sink, each.promotion, each.mark): None for each in news})

    async def _within_budget(self, decided: Decided) -> tuple[Decided, datetime | None]:
        """Return what GitHub's limits leave of the plan, with pages that say what waits, and when to come back for that."""
        looked, state, memory = decided.looked, decided.looked.assembled.state, self._memory
        strangers = frozenset(each.node_id for each in state.comments if not has_role(each, state.people))
        asks = asks_of(decided.plan, state, strangers)
        waits = await self._budget.take(looked.observation.repository.name, looked.key, asks)
        before, now = memory.limited.pop(looked.key, None), limited(decided.actions, waits, state, self._runtime.now())
        if now:
            memory.limited[looked.key] = now
        if before or now:
            decided = self._decide(looked)
        left = affordable(decided.actions, asks, waits)
        actions = without_early_pages(left, decided.plan, waits, state, self._runtime.now())
        until = min((wait.until for wait in waits.values()), default=None)
        return replace(decided, plan=replace(decided.plan, actions=actions)), until

    async def _apply(self, decided: Decided, permit: Permit) -> None:
        """Apply the plan. From the next pass on, pages report what GitHub refused, until it refuses nothing."""
        looked, plan, refusals = decided.looked, decided.plan, self._memory.refusals
        repository, state = looked.observation.repository, looked.assembled.state
        self._memory.rations.spend(
            repository.name, spent(plan.actions, state.comments, state.people), self._runtime.now()
        )
        try:
            urgency = most_urgent(plan, state)
            await self._github.apply(repository, plan.actions, decided.files, permit, urgency=urgency)
        except WritesRefused as refusal:
            refusals.learn(looked.key, by_environment(refusal, state))
            raise
        except ContentLimited as limit:
            await self._budget.refused(repository.name, limit.again_at)
            raise
        self._measuring.carried_out(plan.actions)
        before = refusals.of(looked.key)
        if before and plan.rows:
            refusals.forget(looked.key)
            # Otherwise a merged pull request would report a refused merge for ever.
            pages = pages_of(self._decide(looked).plan, state, before)
            await self._github.apply(repository, pages, {}, permit)
