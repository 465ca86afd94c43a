"""The last step of an application's pass: have GitHub show what was merged. It never keeps a promotion waiting.

GitHub is asked only about deployments that differ from what this process last saw or wrote there.
"""

import logging
from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.core.deployments.reasons import without_commit
from bot.core.deployments.reconcile import reconcile
from bot.core.deployments.told import told
from bot.core.plan import Action
from bot.core.state import State
from bot.core.values.deployment import Deployment, DeploymentPlace, DeploymentState, RefusedDeployment
from bot.core.values.errors import ContentLimited, Temporary
from bot.core.values.permit import Permit
from bot.passes.memory import Memory
from bot.passes.outside import Outside

_log = logging.getLogger(__name__)

REMEMBERED = 10_000
SOON = timedelta(minutes=1)
"""When to try again where GitHub did not answer."""
AGAIN = timedelta(hours=1)
"""When to try again where GitHub refused: somebody may have granted the permission. And when to look again at the latest while
health reports are waited for: in a fleet, nothing else brings a look at an application at rest."""

Mark = tuple[str, DeploymentPlace, int]
"""The manifests repository's id, the place and the promotion's number."""

_WAITING = frozenset({DeploymentState.QUEUED, DeploymentState.IN_PROGRESS})


class Deploying:
    """One instance per process. Remembers what GitHub shows, and what it refused and until when that is believed."""

    def __init__(self, outside: Outside, memory: Memory) -> None:
        self._github = outside.github
        self._undeployed = memory.undeployed
        self._budget = outside.budget
        self._runtime = outside.runtime
        self._shown: LRUCache[Mark, Deployment] = LRUCache(REMEMBERED)
        self._refused: LRUCache[Mark, tuple[datetime, RefusedDeployment]] = LRUCache(REMEMBERED)

    async def __call__(
        self, state: State, wanted: tuple[Deployment, ...], written: tuple[Action, ...], permit: Permit
    ) -> datetime | None:
        """Show these deployments. written: what the pass did before. Return when to come back for what is not settled.

        Raises LeaseLost.
        """
        later = self._runtime.now() + AGAIN if any(each.state in _WAITING for each in wanted) else None
        news = await self._news(state, wanted, written, permit)
        marks = (
            (state.repository.node_id, *each.mark) for each in wanted if each.state is not DeploymentState.INACTIVE
        )
        refused = tuple(self._refused[mark][1] for mark in marks if mark in self._refused)
        key = f"{state.repository.name}#{state.application}"
        self._undeployed.pop(key, None)
        if refused:
            self._undeployed[key] = refused
        return min(filter(None, (later, news)), default=None)

    async def _news(
        self, state: State, wanted: tuple[Deployment, ...], written: tuple[Action, ...], permit: Permit
    ) -> datetime | None:
        repository, now = state.repository, self._runtime.now()
        news = [each for each in wanted if self._is_new(repository.node_id, each, now)]
        if not news:
            return None
        try:
            return await self._show(state, news, written, permit)
        except Temporary as failure:
            _log.warning("%s: deployments are shown later: %s", repository.name, failure.reason)
            if isinstance(failure, ContentLimited):
                await self._budget.refused(repository.name, failure.again_at)
            return failure.again_at or now + SOON

    async def _show(
        self, state: State, news: list[Deployment], written: tuple[Action, ...], permit: Permit
    ) -> datetime | None:
        repository = state.repository
        refused = [*without_commit(news)]
        known = [each for each in news if each.commit]
        if known:
            seen = await self._github.deployments(repository, known)
            readable = {each.deployment.mark for each in seen.refused}
            actions = reconcile([each for each in known if each.mark not in readable], seen.deployments)
            refused += [*seen.refused, *await self._github.deploy(repository, actions, permit)]
        return await self._remember(state, news, refused, written, permit)

    async def _remember(
        self,
        state: State,
        news: list[Deployment],
        refused: list[RefusedDeployment],
        written: tuple[Action, ...],
        permit: Permit,
    ) -> datetime | None:
        repository, until = state.repository, self._runtime.now() + AGAIN
        failed = {each.deployment.mark: each for each in refused}
        for each in news:
            mark = (repository.node_id, *each.mark)
            self._refused.pop(mark, None)
            if each.mark in failed:
                self._refused[mark] = until, failed[each.mark]
            else:
                self._shown[mark] = each
        notes = told(state, refused, written)
        if notes:
            await self._github.apply(repository, notes, {}, permit)
        return until if refused else None

    def _is_new(self, manifests: str, wanted: Deployment, now: datetime) -> bool:
        mark = (manifests, *wanted.mark)
        refused = self._refused.get(mark)
        return self._shown.get(mark) != wanted and (refused is None or now >= refused[0])
