"""`/unreject`: where it applies, what it lifts, and what the reply says."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.plan import Reaction
from bot.core.records.branch import Records
from tests.builders import (
    acceptance,
    ago,
    application,
    environment,
    environment_state,
    past,
    policy,
    records,
    rejected,
    rejection,
)
from tests.core.commands.test_reject import ON_STAGING, answered, plan, written


def everywhere(**fields: Any) -> Records:
    here = rejected(rejection(**fields)).of("dev")
    return records(dev=here, staging=here, prod=here)


@pytest.mark.parametrize(
    ("on", "places"),
    [(None, ["dev", "prod", "staging"]), (ON_STAGING, ["prod", "staging"])],
)
def test_unreject_applies_to_these_environments(on: tuple[str, str] | None, places: list[str]) -> None:
    kept = written(plan("/unreject v1.5.0", "alice", kept=everywhere(), promotion=on))

    assert sorted(kept.environments) == places
    for place in places:
        assert kept.of(place).rejected.get("web", ()) == ()
        assert kept.of(place).accepted["web"] == (acceptance(at=ago(minutes=1), comment=7),)


def test_an_earlier_revert_is_lifted_too() -> None:
    closed = (past("v1.5.0", at=ago(minutes=2)),)
    states = (environment_state("dev", past=closed), *map(environment_state, ("staging", "prod")))
    kept = written(plan("/unreject v1.5.0", "alice", states=states))
    assert sorted(kept.environments) == ["dev"]

    said = answered(plan("/unreject v1.5.0", "alice", states=states, kept=kept))
    assert said == "`v1.5.0` of `web` is allowed in `dev` again."

    again = replace(states[0], past=(past("v1.5.0", at=ago(seconds=30)), *closed))
    said = answered(plan("/unreject v1.5.0", "alice", states=(again, *states[1:]), kept=kept))
    assert said == "`v1.5.0` of `web` is allowed in `dev` again. It is still rejected in `dev`."


def test_a_later_rejection_is_not_lifted() -> None:
    later = everywhere(at=ago(seconds=30))

    assert "Nobody rejected `v1.5.0` in" in answered(plan("/unreject v1.5.0", "alice", kept=later))


def test_the_reply_says_where_the_version_is_still_rejected() -> None:
    in_dev = rejected(rejection("v1.5.0"))
    said = answered(plan("/unreject v1.5.0", "alice", kept=in_dev, promotion=ON_STAGING))

    assert said == (
        "Nobody rejected `v1.5.0` in `staging`, `prod`. It is rejected in `dev`; to allow it there, write this on an issue."
    )


@pytest.mark.parametrize(
    ("by", "fields", "expected"),
    [
        ("bob", {}, "Who can: people with maintain permission."),
        ("alice", {"created_at": ago(minutes=16)}, "this comment is more than 15 minutes old"),
    ],
)
def test_unreject_needs_the_right_and_a_recent_comment(by: str, fields: dict[str, Any], expected: str) -> None:
    kept = everywhere(at=ago(hours=2))

    assert expected in answered(plan("/unreject v1.5.0", by, kept=kept, **fields), Reaction.REFUSED)


def test_the_policy_may_grant_the_right_to_others() -> None:
    rules = policy(
        environment("dev", permissions={"unreject": ["owners"]}),
        environment("staging", "dev"),
        environment("prod", "staging"),
        applications=[application(owners=["@bob"])],
    )
    kept = written(plan("/unreject v1.5.0", rules=rules, kept=everywhere()))

    assert list(kept.environments) == ["dev"]
