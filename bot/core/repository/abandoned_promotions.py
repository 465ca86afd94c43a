"""Promotions that the policy no longer names: their application or environment was removed from it, or renamed.

No pass of an application looks after them, so the repository's pass closes them. It closes only what this App opened,
and deletes a branch only if its newest commit is the App's own and signed: what people pushed stays. While the policy
is broken, it is unknown what the policy names, so nothing is done.

Race accepted: a pass that began under the old policy may still move or open one; the next look closes that too.
"""

from collections.abc import Iterator

from bot.core.observation.promotion_branches import is_promotion, place_on
from bot.core.observation.sweep import Sweep, SweptPull
from bot.core.pages.unused import why_unused
from bot.core.plan import SUPERSEDED, ClosePromotion, DeleteBranch
from bot.core.policy import Policy
from bot.core.repository.other_pull_requests import MOST_AT_ONCE
from bot.core.values.text import code


def close_abandoned(sweep: Sweep, policy: Policy) -> tuple[ClosePromotion | DeleteBranch, ...]:
    """Return what to close and what to delete. The next look does the rest if there is more."""
    found: list[ClosePromotion | DeleteBranch] = [*_closed(sweep, policy), *_deleted(sweep, policy)]
    return tuple(found[:MOST_AT_ONCE])


def _closed(sweep: Sweep, policy: Policy) -> Iterator[ClosePromotion]:
    for pull in sweep.pulls:
        settled = pull.is_ours and not pull.is_cross_repository and not pull.head_is_unverified
        if settled and _is_unknown(pull.branch, policy):
            seen_head = pull.head_oid if pull.head_is_ours else None
            yield ClosePromotion(pull.node_id, pull.number, pull.branch, seen_head, SUPERSEDED, _sentence(pull, policy))


def _deleted(sweep: Sweep, policy: Policy) -> Iterator[DeleteBranch]:
    """Yield branches left behind by a crash, or by a person who closed the pull request."""
    if not sweep.complete:
        return  # there may be a pull request from it that was not read
    proposed = {pull.branch for pull in sweep.pulls if not pull.is_cross_repository}
    for branch in sorted(sweep.own_branches - proposed):
        if _is_unknown(branch, policy):
            yield DeleteBranch(branch, sweep.branches[branch])


def _is_unknown(branch: str, policy: Policy) -> bool:
    return place_on(branch) is not None and not is_promotion(branch, policy)


def _sentence(pull: SweptPull, policy: Policy) -> str:
    left = "" if pull.head_is_ours else f" The branch {code(pull.branch)} stays because it has commits by others."
    return f"Closed: {_why(*policy.renames.place(place_on(pull.branch) or ('', '')), policy)}.{left}"


def _why(environment: str, application: str, policy: Policy) -> str:
    """Return why the bot no longer promotes anything there."""
    if environment in policy.environments and application in policy.applications:
        own = policy.of(application)
        return why_unused(own, own.applications[application], environment)
    kinds = (("environment", environment, policy.environments), ("application", application, policy.applications))
    gone = [f"the {kind} {code(name)}" for kind, name, known in kinds if name not in known]
    if application not in policy.applications and policy.blueprint.rules and environment in policy.environments:
        return f"the application {code(application)} is gone: no folder has its name, and the policy does not list it"
    return f"the policy no longer has {' or '.join(gone)}"
