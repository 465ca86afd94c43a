"""A changed policy, carried to the applications that need no look for it."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.needs.application import Known
from bot.core.plan import Plan
from bot.core.policy import Policy
from bot.core.repository.fingerprints import Fingerprint
from bot.core.repository.replanning import replanned
from bot.core.state import State
from bot.passes.memory import Memory
from bot.passes.memory.statuses import Statuses

Remembered = tuple[str, State, Known]


async def replan(
    memory: Memory,
    statuses: Statuses,
    repository: str,
    policy: Policy,
    fingerprints: Mapping[str, Fingerprint],
    *,
    now: datetime,
) -> frozenset[str]:
    """Decide again what only the policy changed, and note it for the dashboard; return the applications that are done.

    It is done in another thread: a thousand decisions take seconds, and the loop must not wait for them.
    """
    present = memory.decided_under.get(repository)
    waiting = list(_only_rules_changed(memory, repository, fingerprints))
    if present is None or present is policy or not waiting:
        return frozenset()
    plans = await asyncio.get_running_loop().run_in_executor(None, _plans, present, policy, waiting, now)
    for name, plan in plans.items():
        memory.board(repository).learn(name, plan.rows)
        await statuses.learn(policy, memory.states[f"{repository}#{name}"], plan.verdicts, now)
    return frozenset(plans)


def _only_rules_changed(
    memory: Memory, repository: str, fingerprints: Mapping[str, Fingerprint]
) -> Iterable[Remembered]:
    """Yield the applications of which nothing was seen to change, with what their last look saw and taught."""
    for name, fingerprint in fingerprints.items():
        key = f"{repository}#{name}"
        before, state, known = memory.fingerprints.get(key), memory.states.get(key), memory.known.get(key)
        if (
            name in memory.fleet(repository).glanced
            or before is None
            or state is None
            or known is None
            or before.seen != fingerprint.seen
        ):
            continue
        if before.rules != fingerprint.rules and not memory.refusals.of(key) and key not in memory.undeployed:
            yield name, state, known


def _plans(present: Policy, policy: Policy, waiting: list[Remembered], now: datetime) -> dict[str, Plan]:
    plans = ((name, replanned(present, policy, state=state, known=known, now=now)) for name, state, known in waiting)
    return {name: plan for name, plan in plans if plan is not None}
