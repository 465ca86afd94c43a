"""Closes promotions to an environment that the application no longer uses, and says why.

What people asked of the environment stays on record, and counts again when the manifests come back.
"""

from collections.abc import Iterator

from bot.core.pages.unused import why_unused
from bot.core.plan import Action
from bot.core.policy import Mode, Policy
from bot.core.promotion.steps import branch_in_use, close, delete_left_over
from bot.core.state import State


def retire(policy: Policy, state: State) -> tuple[Action, ...]:
    """Return what ends the promotions to unused environments. policy: as `in_use` gives it."""
    return tuple(_retired(policy, state))


def _retired(policy: Policy, state: State) -> Iterator[Action]:
    application = policy.applications[state.application]
    for name, environment in policy.unused.items():
        here = state.environments.get(name)
        if here is None or policy.mode_of(application, environment) is Mode.OBSERVE or state.records.closed(name):
            continue
        if here.promotion is None:
            yield from delete_left_over(state, here)
        elif not here.promotion.pull.is_queued:
            yield from close(
                here.promotion, branch_in_use(state, here), f"Closed: {why_unused(policy, application, name)}."
            )
