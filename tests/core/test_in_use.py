"""Which environments an application uses: where its manifests are, and where it says so."""

from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates import from_
from bot.core.pages.unused import why_unused
from bot.core.plan import ClosePromotion, DeleteBranch
from bot.core.policy import OriginKind, Policy, read
from bot.core.state import EnvironmentState, in_use, is_there
from bot.core.values.places import Mention
from tests.builders import (
    NOW,
    application,
    environment,
    environment_state,
    oid,
    place,
    policy,
    promotion,
    refusal,
    repository,
    said,
    state,
)
from tests.core.policy.fleet.fleets import FLEET, discovered, folders

EMPTY = environment_state("staging", None)


def used(rules: Policy, *here: EnvironmentState) -> list[str]:
    seen = [environment_state("dev"), *here, environment_state("prod")]
    return list(in_use(rules, state(*seen)).environments)


def test_an_application_is_where_its_manifests_are() -> None:
    assert used(policy(), environment_state("staging")) == ["dev", "staging", "prod"]
    assert used(policy(), EMPTY) == ["dev", "prod"]
    assert used(policy()) == ["dev", "prod"], "what was not observed is not there"
    assert in_use(policy(), state(environment_state("dev"), EMPTY)).environments["dev"].origin.environments == ()


@pytest.mark.parametrize(
    "fields",
    [{"refusals": (refusal(),)}, {"left": (Mention("x.yaml", 3, "web", "why"),)}, {"places": (place(),)}],
)
def test_what_cannot_be_changed_is_there_too(fields: Any) -> None:
    assert is_there(environment_state("staging", None, **fields))
    assert not is_there(None)


def test_an_application_may_say_that_it_uses_an_environment() -> None:
    assert used(policy(applications=[application(environments={"staging": True})]), EMPTY) == ["dev", "staging", "prod"]
    assert used(policy(applications=[application(environments={"staging": False})]), environment_state("staging")) == [
        "dev",
        "prod",
    ]


def test_a_listed_application_that_is_nowhere_keeps_its_environments() -> None:
    nowhere = state(*(environment_state(name, None) for name in ("dev", "staging", "prod")))

    assert list(in_use(policy(), nowhere).environments) == ["dev", "staging", "prod"]


def test_a_folder_that_refers_to_nothing_is_no_application() -> None:
    rules = discovered(FLEET, *folders("billing", "web")).policy
    nowhere = state(*(environment_state(name, None) for name in ("dev", "staging", "prod")))
    plan = decide(nowhere, rules, NOW)

    assert list(in_use(rules, nowhere).environments) == []
    assert (plan.actions, plan.rows) == ((), ())


def test_an_application_without_manifests_before_an_environment_gets_nothing_there_by_itself() -> None:
    """Or whoever deletes a folder could skip every test; the policy can say that it is meant so."""
    only_prod = state(environment_state("dev", None), environment_state("staging", None), environment_state("prod"))
    meant = policy(applications=[application(environments={"dev": False, "staging": False})])
    (row,) = decide(only_prod, policy(), NOW).rows

    assert in_use(policy(), only_prod).environments["prod"].origin.kind is OriginKind.NOWHERE
    assert "`web` has no manifests in any environment before `prod`" in row.text
    assert row.stands_alone
    assert in_use(meant, only_prod).environments["prod"].origin.kind is OriginKind.REGISTRY
    assert said(from_.nowhere_before(application(), environment("prod"))) == "blocked nowhere-before"


def test_why_it_is_not_used() -> None:
    web = application()
    own = policy().without(frozenset({"staging"}))
    declared = application(environments={"staging": False})

    assert why_unused(own, web, "staging") == (
        "`web` does not use `staging`: nothing in `envs/staging/web` refers to `ghcr.io/acme/web`"
    )
    assert why_unused(own, declared, "staging") == "`web` does not use `staging`: the policy says so"


def retired(here: EnvironmentState, rules: Policy | None = None, **fields: Any) -> list[Any]:
    plan = decide(state(environment_state("dev"), here, environment_state("prod"), **fields), rules or policy(), NOW)
    return [each for each in plan.actions if isinstance(each, ClosePromotion | DeleteBranch)]


def test_a_promotion_to_where_it_is_no_longer_used_is_closed_with_the_reason() -> None:
    (closed,) = retired(environment_state("staging", None, promotion=promotion(environment="staging")))

    assert isinstance(closed, ClosePromotion)
    assert closed.comment.startswith("Closed: `web` does not use `staging`: nothing in")


def test_a_branch_without_a_promotion_is_deleted_there() -> None:
    (deleted,) = retired(environment_state("staging", None, branch_oid=oid("left over")))

    assert isinstance(deleted, DeleteBranch)


def test_nothing_is_closed_where_the_bot_only_looks_on_or_the_queue_has_it() -> None:
    open_there = environment_state("staging", None, promotion=promotion(environment="staging"))
    watching = policy(environment(), environment("staging", "dev", mode="observe"), environment("prod", "staging"))
    queued = environment_state("staging", None, promotion=promotion(environment="staging", is_queued=True))

    assert retired(open_there, watching) == []
    assert retired(queued) == []
    assert retired(open_there, repository=repository(archived=True)) == []
    assert retired(environment_state("staging", None)) == []


def test_an_environment_that_the_policy_names_twice_is_read_once() -> None:
    rules = read({".gitops.yml": FLEET})

    assert rules.of("billing") is rules.of("billing")
    assert rules.without(frozenset()) is rules
    assert not rules.uses("staging", "billing")
    assert not rules.uses("dev", "nobody")
    assert rules.uses("dev", "billing")
