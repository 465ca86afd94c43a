"""What a changed policy means for an application, decided on what was last seen of it: no look where nothing else is asked.

A push to the policy may concern a thousand applications. Most are neither promoted nor asked anything new for it; then their
last look still holds, because the sweep saw that nothing else of them changed.
"""

from datetime import datetime

from bot.core.decide import decide
from bot.core.needs.application import Known, needs_for
from bot.core.plan import Plan
from bot.core.policy import Environment, Policy
from bot.core.repository.proposals.comparable import looks_alike, unseen
from bot.core.state import State, in_use


def replanned(present: Policy, policy: Policy, *, state: State, known: Known, now: datetime) -> Plan | None:
    """Return the plan under the changed policy; None if the application has to be looked at.

    present: the policy of its last look. state, known: what that look saw and taught.
    """
    if not _is_enough(present, policy, state, known):
        return None
    plan, before = decide(state, policy, now), decide(state, present, now)
    if plan.actions or plan.logs - before.logs:
        return None
    if plan.again_at is not None and (before.again_at is None or plan.again_at < before.again_at):
        return None  # its key sleeps until what the former plan waited for
    return plan


def _reports(environment: Environment) -> object:
    """Return what decides which reports are read, and what follows from them."""
    return environment.gates.health, environment.deployments


def _is_enough(present: Policy, policy: Policy, state: State, known: Known) -> bool:
    """Return whether a look under the changed policy would ask for nothing that is not known."""
    name = state.application
    if not looks_alike(present, policy, name):
        return False
    own, then = present.of(name).environments, policy.of(name).environments
    if then.keys() - own.keys() or any(_reports(own[each]) != _reports(then[each]) for each in then):
        return False
    if not needs_for("", name, present, known).cover(needs_for("", name, policy, known)):
        return False
    return not any(
        unseen(present, environment, policy.applications[name], state)
        for environment in in_use(policy, state).environments.values()
    )
