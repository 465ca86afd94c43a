"""Promotions that the policy no longer has: what is closed and deleted, and what is not."""

from typing import Any

import pytest

from bot.core.observation.sweep import SweptPull
from bot.core.plan import SUPERSEDED, ClosePromotion, DeleteBranch
from bot.core.repository.abandoned_promotions import close_abandoned
from bot.core.repository.decide import decide_repository
from bot.core.repository.other_pull_requests import MOST_AT_ONCE
from bot.core.values.errors import PolicyError, Problem
from tests.builders import NOW, oid, policy, sweep, swept_pull
from tests.core.policy.fleet.fleets import FLEET, discovered, folders

RULES = policy()
GONE = "gitops/dev/shop"


def stray(branch: str = GONE, **fields: Any) -> SweptPull:
    """A promotion of an application that is gone, as the bot left it."""
    return swept_pull(**{"branch": branch, "is_ours": True, "head_is_ours": True, **fields})


def closed(*pulls: SweptPull) -> list[ClosePromotion]:
    return [action for action in close_abandoned(sweep(pulls=pulls), RULES) if isinstance(action, ClosePromotion)]


@pytest.mark.parametrize(
    ("branch", "gone"),
    [
        (GONE, "the application `shop`"),
        ("gitops/qa/web", "the environment `qa`"),
        ("gitops/qa/shop", "the environment `qa` or the application `shop`"),
    ],
)
def test_a_promotion_outside_the_policy_is_closed_with_its_branch(branch: str, gone: str) -> None:
    expected = ClosePromotion(
        "PR_7", 7, branch, oid("promotion"), SUPERSEDED, f"Closed: the policy no longer has {gone}."
    )
    assert closed(stray(branch)) == [expected]


def test_a_branch_with_commits_of_people_is_kept() -> None:
    (found,) = closed(stray(head_is_ours=False))

    assert found.seen_head is None
    assert found.comment.endswith(f"The branch `{GONE}` stays because it has commits by others.")


@pytest.mark.parametrize(
    "pull",
    [
        stray("gitops/dev/web"),
        stray(is_ours=False),
        stray(is_cross_repository=True),
        stray(head_is_ours=False, head_is_unverified=True),  # the next look knows whether the branch can go
        stray("feature/dev/shop"),
        stray("gitops/dev"),
        stray("gitops/dev/a/b"),
    ],
)
def test_other_pull_requests_are_left_alone(pull: SweptPull) -> None:
    """A promotion that is known, people's own, a fork's, and branches of another form."""
    assert closed(pull) == []


@pytest.mark.parametrize(
    ("fields", "deleted"),
    [
        ({}, True),
        ({"own_branches": frozenset()}, False),
        ({"pulls": (swept_pull(branch=GONE),)}, False),
        ({"pulls": (swept_pull(branch=GONE, is_cross_repository=True),)}, True),
        ({"complete": False}, False),
        ({"branches": {"gitops/dev/web": oid("left")}, "own_branches": frozenset({"gitops/dev/web"})}, False),
    ],
)
def test_a_leftover_branch_is_deleted_if_the_bot_made_it(fields: dict[str, Any], deleted: bool) -> None:  # noqa: FBT001
    known = {"branches": {GONE: oid("left")}, "own_branches": frozenset({GONE}), **fields}

    assert close_abandoned(sweep(**known), RULES) == ((DeleteBranch(GONE, oid("left")),) if deleted else ())


def test_many_promotions_are_closed_over_several_looks() -> None:
    seen = sweep(pulls=tuple(stray(number=number, node_id=f"PR_{number}") for number in range(MOST_AT_ONCE + 1)))
    outcome = decide_repository(seen, RULES, NOW)

    assert (len(outcome.abandoned), outcome.unfinished) == (MOST_AT_ONCE, True)


def test_a_broken_policy_closes_nothing() -> None:
    broken = PolicyError((Problem(".gitops.yml", 1, 1, "no"),))

    assert decide_repository(sweep(pulls=(stray(),)), broken, NOW).abandoned == ()


def test_an_application_whose_folder_is_gone_is_retired() -> None:
    rules = discovered(FLEET, *folders("billing", "web", "legacy-a")).policy
    said = [
        each.comment for each in close_abandoned(sweep(pulls=(stray(),)), rules) if isinstance(each, ClosePromotion)
    ]

    assert said == ["Closed: the application `shop` is gone: no folder has its name, and the policy does not list it."]


def test_an_environment_that_an_application_no_longer_uses() -> None:
    rules = discovered(FLEET, *folders("billing", "web", "legacy-a")).policy
    (closing,) = close_abandoned(sweep(pulls=(stray("gitops/staging/billing"),)), rules)

    assert isinstance(closing, ClosePromotion)
    assert closing.comment == "Closed: `billing` does not use `staging`: the policy says so."
