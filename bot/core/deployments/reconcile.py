"""What to write so that GitHub shows what is wanted: a comparison of both, which anybody may repeat.

A deployment is found by its promotion's number, which GitHub keeps with it, so that no crash and no lost database creates a
second one. If two processes nevertheless created one each, the first of them counts, and the other becomes inactive.
Where somebody else wrote the newest status, that stays: two writers would otherwise take turns for ever.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.core.values.deployment import (
    CreateDeployment,
    Deployment,
    DeploymentAction,
    DeploymentState,
    SeenDeployment,
    SetDeploymentState,
)


def reconcile(wanted: Iterable[Deployment], seen: Iterable[SeenDeployment]) -> tuple[DeploymentAction, ...]:
    """Return the actions, in order: what becomes inactive first, so that at no time two versions are shown as deployed."""
    there = tuple(seen)
    actions = [action for each in wanted for action in _actions(each, there)]
    return tuple(sorted(actions, key=lambda action: action.deployment.state is not DeploymentState.INACTIVE))


def _actions(wanted: Deployment, seen: tuple[SeenDeployment, ...]) -> Iterator[DeploymentAction]:
    own = sorted((each for each in seen if (each.place, each.number) == wanted.mark), key=lambda each: each.id)
    if not own:
        if wanted.state is not DeploymentState.INACTIVE:
            yield CreateDeployment(wanted)
        return
    first, *others = own
    if first.ours and (first.state, first.description) != (wanted.state, wanted.description):
        yield SetDeploymentState(wanted, first.id)
    for each in others:
        if each.ours and each.state != DeploymentState.INACTIVE:
            twice = f"created twice: deployment {first.id} counts"
            yield SetDeploymentState(replace(wanted, state=DeploymentState.INACTIVE, description=twice), each.id)
