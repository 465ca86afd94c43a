"""Which applications of a large repository get a look only because of their deployments?

A glance sees no past promotion. After a restart, those whose deployments may have become untrue meanwhile are looked at, a few
with each sweep. Later, those get a look whose health was reported and that do not show a success, or that report a failure.
"""

from collections.abc import Iterable, Iterator

from bot.core.deployments.unsettled import changed_lately, deployed, failures, may_fail
from bot.core.observation.pull_request import EndedPull
from bot.core.observation.sweep import Sweep
from bot.core.policy import Policy
from bot.passes.memory import Memory
from bot.passes.outside import Outside
from bot.passes.timing import SWEEP

AT_ONCE = 20
"""Applications that one sweep looks at after a restart. Each costs up to four looks, as nothing is known of it."""
PAUSE = SWEEP / 2


class FleetDeployments:
    """One instance per process."""

    def __init__(self, outside: Outside, memory: Memory) -> None:
        self._make_due = outside.make_due
        self._runtime = outside.runtime
        self._memory = memory

    def start(self, ended: Iterable[EndedPull], sweep: Sweep, policy: Policy) -> None:
        """Note what a process that remembers nothing has to look at. ended: the pull requests that ended lately."""
        fleet, found = self._memory.fleet(sweep.repository.name), deployed(ended, policy)
        fleet.unhealthy.update(found)
        fleet.overdue = list(changed_lately(found, sweep, policy, self._runtime.now()))
        fleet.overdue_at = self._runtime.now() + PAUSE

    async def make_due(self, repository: str) -> None:
        """Make some of these due, once every application was glanced at. A sweep that follows soon makes no others due."""
        fleet, now = self._memory.fleet(repository), self._runtime.now()
        if fleet.unfinished or fleet.overdue_at is None or now < fleet.overdue_at:
            return
        fleet.overdue_at = now + PAUSE if len(fleet.overdue) > AT_ONCE else None
        batch, fleet.overdue = fleet.overdue[:AT_ONCE], fleet.overdue[AT_ONCE:]
        for name in batch:
            await self._make_due(f"{repository}#{name}")

    def changed(self, sweep: Sweep, policy: Policy, names: Iterable[str]) -> Iterator[str]:
        """Yield those that may have to show something else. names: some that changed; those never seen before are skipped."""
        repository, failing = sweep.repository.name, failures(sweep)
        unhealthy = self._memory.fleet(repository).unhealthy
        for name in names:
            if f"{repository}#{name}" in self._memory.fingerprints and (
                name in unhealthy or may_fail(policy, name, failing)
            ):
                yield name
