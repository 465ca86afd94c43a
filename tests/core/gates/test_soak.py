"""The rows are those of `bot/core/gates/soak.py`."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.gates import soak
from bot.core.observation.commits import Outcome
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState
from tests.builders import (
    NOW,
    ago,
    arrival,
    commit,
    environment,
    environment_state,
    oid,
    policy,
    question,
    report,
    said,
    state,
)

HEALTH = ("argocd/{application}-{environment}",)


def had(*stays: tuple[str | None, float], name: str = "dev") -> EnvironmentState:
    """(version, minutes ago), newest first."""
    arrivals = tuple(arrival(tag, at=ago(minutes=minutes), commit=oid(f"{name} {minutes}")) for tag, minutes in stays)
    return environment_state(name, stays[0][0], arrivals=arrivals)


def ask(*before: EnvironmentState, origin: object = "dev", gates: Any = None, **fields: Any) -> Verdict:
    rules = policy(
        *(environment(each.name) for each in before),
        environment("staging", origin, gates={"soak": "30m"} if gates is None else gates),
    )
    seen = state(*before, environment_state("staging"), **fields)
    return soak.judge(question("v1.5.0", environment="staging", policy=rules, state=seen))


@pytest.mark.parametrize(
    ("dev", "expected"),
    [
        (had(("v1.5.0", 30)), "passed soak-served"),
        (had(("v1.5.0", 29.9)), "waiting soak-running"),
        (had(("v1.4.0", 30)), "waiting soak-not-started"),
        (had(("v1.6.0", 5), ("v1.5.0", 30)), "blocked soak-cut-short"),
        # Once served it stays served.
        (had(("v1.6.0", 5), ("v1.5.0", 35)), "passed soak-served"),
        (had(("v1.5.0", 1), ("v1.6.0", 5), ("v1.5.0", 40)), "passed soak-served"),
        # The longest unbroken time counts, not the sum.
        (had(("v1.5.0", 20), ("v1.6.0", 25), ("v1.5.0", 45)), "waiting soak-running"),
        (had(("v1.6.0", 2), ("v1.5.0", 20), ("v1.6.0", 25), ("v1.5.0", 45)), "blocked soak-cut-short"),
        # A moment without a version that can be read breaks the time.
        (had(("v1.5.0", 20), (None, 21), ("v1.5.0", 45)), "waiting soak-running"),
    ],
)
def test_the_longest_period_counts(dev: EnvironmentState, expected: str) -> None:
    assert said(ask(dev)) == expected


def test_without_a_soak_it_passes() -> None:
    assert said(ask(had(("v1.4.0", 5)), gates={})) == "passed no-soak-wanted"


def test_a_running_soak_names_its_end_and_the_next_look() -> None:
    verdict = ask(had(("v1.5.0", 20)))

    assert verdict.again_at == NOW + timedelta(minutes=10)
    assert verdict.facts == {
        "environment": "dev",
        "wanted": "30m",
        "since": "2026-03-03 11:40 UTC",
        "until": "2026-03-03 12:10 UTC",
    }


@pytest.mark.parametrize(
    ("us", "expected"),
    [
        (had(("v1.5.0", 5), name="us"), "soaking in us until 2026-03-03 12:25 UTC (30m, started 2026-03-03 11:55 UTC)"),
        (had(("v1.4.0", 5), name="us"), "30m soak in us has not started"),
    ],
)
def test_the_longest_of_several_soaks_gives_the_end(us: EnvironmentState, expected: str) -> None:
    verdict = ask(had(("v1.5.0", 20), name="eu"), us, had(("v1.5.0", 10), name="asia"), origin=["eu", "us", "asia"])

    assert plain_sentence(verdict) == expected


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ((), "waiting soak-not-started"),
        ((report("argocd/web-dev", Outcome.PENDING, at=ago(minutes=50)),), "waiting soak-not-started"),
        ((report("argocd/web-dev", at=ago(minutes=50)),), "passed soak-served"),
        ((report("argocd/web-dev", at=ago(minutes=20)),), "waiting soak-running"),
        # A later failure is the health gate's to say; the time has begun.
        (
            (
                report("argocd/web-dev", Outcome.FAILURE, at=ago(minutes=5)),
                report("argocd/web-dev", at=ago(minutes=50)),
            ),
            "passed soak-served",
        ),
        ((report("argocd/web-staging", at=ago(minutes=50)),), "waiting soak-not-started"),
        # Success before the version came, on a commit that was pushed later: it counts from the arrival.
        ((report("argocd/web-dev", at=ago(minutes=90)),), "passed soak-served"),
        ((report("argocd/web-dev", at=None),), "passed soak-served"),
    ],
)
def test_with_health_the_soak_starts_at_the_first_success(reports: Any, expected: str) -> None:
    recent = (commit(oid("dev 60"), *reports),)

    assert said(ask(had(("v1.5.0", 60)), gates={"soak": "30m", "health": HEALTH}, recent=recent)) == expected


def test_with_several_contexts_the_last_first_success_counts() -> None:
    on_head = commit(oid("dev 60"), report("argocd/web-dev", at=ago(minutes=50)), report("smoke", at=ago(minutes=10)))
    verdict = ask(had(("v1.5.0", 60)), gates={"soak": "30m", "health": (*HEALTH, "smoke")}, recent=(on_head,))

    assert said(verdict) == "waiting soak-running"
    assert verdict.facts["since"] == "2026-03-03 11:50 UTC"


@pytest.mark.parametrize(
    ("origin", "eu", "us", "expected"),
    [
        (["eu", "us"], 40, 40, "passed soak-served"),
        (["eu", "us"], 40, 20, "waiting soak-running"),
        ({"any": ["eu", "us"]}, 40, 20, "passed soak-served"),
        ({"any": ["eu", "us"]}, 10, 20, "waiting soak-running"),
    ],
)
def test_a_list_needs_all_and_any_needs_one(origin: object, eu: float, us: float, expected: str) -> None:
    both = had(("v1.5.0", eu), name="eu"), had(("v1.5.0", us), name="us")

    assert said(ask(*both, origin=origin)) == expected


def test_nothing_soaks_where_the_application_uses_no_environment_before() -> None:
    assert said(ask(origin="registry")) == "blocked nowhere-to-soak"
