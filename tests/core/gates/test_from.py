"""The rows are those of `bot/core/gates/from_.py`."""

from datetime import timedelta

import pytest

from bot.core.gates import from_
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity
from bot.core.policy import Policy
from bot.core.policy.fleet.passing import NOWHERE
from bot.core.records.branch import Records
from bot.core.state import Arrival, EnvironmentState
from tests.builders import (
    NOW,
    ago,
    arrival,
    environment,
    environment_state,
    past,
    policy,
    promotion,
    question,
    rejected,
    rejection,
    said,
    state,
)

CHAIN = policy(environment("dev"), environment("staging", "dev"))


def had(*tags: str | None, name: str = "dev", **fields: object) -> EnvironmentState:
    """An environment that held these versions, newest first, an hour each."""
    arrivals = tuple(arrival(tag, at=ago(hours=1 + position)) for position, tag in enumerate(tags))
    return environment_state(name, tags[0], arrivals=arrivals, **fields)


def ask(dev: EnvironmentState, *others: EnvironmentState, rules: Policy = CHAIN, records: Records | None = None) -> str:
    """Return the verdict on v1.5.0 for staging."""
    seen = state(dev, *others, environment_state("staging"), records=records or Records())
    return said(from_.judge(question("v1.5.0", environment="staging", policy=rules, state=seen)))


def test_every_version_may_come_from_the_registry() -> None:
    assert said(from_.judge(question("v1.5.0", environment="dev"))) == "passed from-registry"


@pytest.mark.parametrize(
    ("dev", "expected"),
    [
        (had("v1.5.0", "v1.4.0"), "passed is-there"),
        (had("v1.6.0", "v1.5.0"), "passed was-there"),
        (had("v1.5.0", "v1.6.0", "v1.5.0"), "passed is-there"),
        (had("v1.4.0"), "waiting not-there"),
        (environment_state("dev", None), "waiting not-there"),
        # A hotfix of the version before: it does not come by itself where the newer one is.
        (had("v1.6.0", "v1.4.0"), "blocked passed-over"),
        (had("v1.6.0", "v1.4.0", promotion=promotion("v1.5.0")), "waiting not-there"),
        (had("debug", "v1.4.0"), "waiting not-there"),
        (had("v1.4.0", "v1.5.0"), "blocked rejected-upstream"),
        # Two files changed one after the other: for a moment the environment held no single version.
        (had("v1.6.0", None, "v1.5.0"), "passed was-there"),
        (had("v1.4.0", None, "v1.5.0"), "blocked rejected-upstream"),
        # Left for something by hand that the order cannot place: not for a newer one, and nobody knows why.
        (had("debug", "v1.5.0"), "blocked left-unplaced"),
        (had(None, "v1.5.0"), "waiting not-there"),
        (had("v1.4.0", past=(past("v1.5.0", at=ago(minutes=1)),)), "blocked rejected-upstream"),
    ],
)
def test_verdict_follows_what_the_upstream_has_and_had(dev: EnvironmentState, expected: str) -> None:
    assert ask(dev) == expected


def test_a_hotfix_below_a_newer_version_names_who_can_override() -> None:
    seen = state(had("v1.6.0", "v1.4.0"), environment_state("staging"))
    verdict = from_.judge(question("v1.5.0", environment="staging", policy=CHAIN, state=seen))

    assert plain_sentence(verdict) == "dev runs the newer v1.6.0, so v1.5.0 goes there only if requested by name"
    assert verdict.who == (
        "people who may promote to dev, using `/promote dev web@v1.5.0`",
        "people with maintain permission, using `/override from staging web REASON`",
    )


def test_a_version_rejected_upstream_is_blocked_while_it_still_runs_there() -> None:
    records = rejected(rejection("v1.5.0", at=ago(minutes=5)))

    assert ask(had("v1.5.0", "v1.4.0"), records=records) == "blocked rejected-upstream"


def test_a_version_brought_back_upstream_passes_again() -> None:
    records = rejected(rejection("v1.5.0", at=ago(hours=3)))

    assert ask(had("v1.5.0", "v1.4.0"), records=records) == "passed is-there"


@pytest.mark.parametrize(
    ("origin", "eu", "us", "expected"),
    [
        (["eu", "us"], "v1.5.0", "v1.5.0", "passed is-there"),
        (["eu", "us"], "v1.5.0", "v1.4.0", "waiting not-there"),
        ({"any": ["eu", "us"]}, "v1.4.0", "v1.5.0", "passed is-there"),
        ({"any": ["eu", "us"]}, "v1.4.0", "v1.4.0", "waiting not-there"),
    ],
)
def test_a_list_needs_all_and_any_needs_one(origin: object, eu: str, us: str, expected: str) -> None:
    rules = policy(environment("eu"), environment("us"), environment("staging", origin))

    assert ask(had(eu, name="eu"), had(us, name="us"), rules=rules) == expected


def test_with_any_one_upstream_that_has_it_is_enough() -> None:
    rules = policy(environment("eu"), environment("us"), environment("staging", {"any": ["eu", "us"]}))

    assert ask(had("v1.4.0", "v1.5.0", name="eu"), had("v1.5.0", name="us"), rules=rules) == "passed is-there"


def test_the_sentence_names_the_upstream_version_and_its_time() -> None:
    since = NOW - timedelta(minutes=90)
    dev = environment_state(
        "dev", "v1.5.0", arrivals=(Arrival(environment_state("dev", "v1.5.0").version, since, "c", arrival().by),)
    )
    verdict = from_.judge(
        question("v1.5.0", environment="staging", policy=CHAIN, state=state(dev, environment_state("staging")))
    )

    assert verdict.severity is Severity.PASSED
    assert verdict.facts == {"environment": "dev", "since": "2026-03-03 10:30 UTC"}


def test_nothing_comes_from_nowhere_even_if_it_is_requested() -> None:
    rules = policy(environment("dev"), environment("prod", "dev")).without(frozenset({"dev"}), last=NOWHERE)
    asked = question("v1.5.0", environment="prod", policy=rules, state=state(environment_state("prod")))

    assert said(from_.judge(asked)) == "blocked nowhere-before"
