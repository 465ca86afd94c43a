"""The rows are those of `bot/core/gates/health.py`."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.gates import health
from bot.core.observation.commits import Commit, Outcome
from bot.core.plan import Verdict
from bot.core.state import EnvironmentState
from tests.builders import (
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

FAILED, PENDING = Outcome.FAILURE, Outcome.PENDING
HEALTH = "argocd/{application}-{environment}"
CAME = oid("came")


def argo(outcome: Outcome = Outcome.SUCCESS, **fields: Any) -> Any:
    return report("argocd/web-dev", outcome, **fields)


def dev(*arrivals: Any) -> EnvironmentState:
    return environment_state("dev", "v1.5.0", arrivals=arrivals or (arrival("v1.5.0", ago(hours=1), commit=CAME),))


PART = replace(commit("part"), reports_complete=False)


def ask(
    *recent: Commit, here: EnvironmentState | None = None, wanted: tuple[str, ...] = (HEALTH,), **fields: Any
) -> Verdict:
    rules = policy(environment("dev"), environment("staging", "dev", gates={"health": wanted}))
    seen = state(here or dev(), environment_state("staging"), recent=recent, **fields)
    return health.judge(question("v1.5.0", environment="staging", policy=rules, state=seen))


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        ((commit(CAME, argo()),), "passed healthy"),
        ((commit(CAME, argo(FAILED)),), "blocked unhealthy"),
        ((commit(CAME, argo(PENDING)),), "waiting health-unknown"),
        ((commit(CAME),), "waiting health-unknown"),
        # Reports on later commits count, because the version is still there; the newest one decides.
        ((commit("later", argo()), commit(CAME)), "passed healthy"),
        ((commit("later", argo(FAILED, at=ago(minutes=1))), commit(CAME, argo())), "blocked unhealthy"),
        ((commit("later", argo(at=ago(minutes=1))), commit(CAME, argo(FAILED))), "passed healthy"),
        ((commit("later", argo()), commit(CAME, argo(FAILED, at=ago(minutes=1)))), "blocked unhealthy"),
        # Where GitHub names no time, the newer commit's report is the newer one.
        ((commit("later", argo(PENDING, at=None)), commit(CAME, argo())), "waiting health-unknown"),
        # Reports from before it came are about something else.
        ((commit(CAME), commit("before", argo())), "waiting health-unknown"),
        ((commit("later"), commit(CAME, argo()), commit("before", argo(FAILED, at=ago(minutes=1)))), "passed healthy"),
    ],
)
def test_verdict_follows_the_newest_report_in_the_period(recent: tuple[Commit, ...], expected: str) -> None:
    assert said(ask(*recent)) == expected


def test_without_health_it_passes() -> None:
    assert said(ask(wanted=())) == "passed no-health-wanted"


def test_every_context_must_report() -> None:
    both = (HEALTH, "smoke")

    assert said(ask(commit(CAME, argo(), report("smoke")), wanted=both)) == "passed healthy"
    assert said(ask(commit(CAME, argo()), wanted=both)) == "waiting health-unknown"
    assert said(ask(commit(CAME, argo(FAILED)), wanted=both)) == "blocked unhealthy"


def test_a_version_that_left_is_judged_by_its_period() -> None:
    left = dev(arrival("v1.6.0", ago(minutes=30), commit=oid("left")), arrival("v1.5.0", ago(hours=1), commit=CAME))
    recent = (commit("left", argo(FAILED)), commit("between", argo()), commit(CAME))

    assert said(ask(*recent, here=left)) == "passed healthy"


def test_a_version_that_was_never_there_has_no_health() -> None:
    never = dev(arrival("v1.4.0", ago(hours=1), commit=CAME))

    assert said(ask(commit(CAME, argo()), here=never)) == "waiting health-unknown"


def test_a_commit_that_is_no_longer_among_the_newest_still_counts() -> None:
    looked_up = {CAME: commit(CAME, argo())}

    assert said(ask(commit("newest"), commit("newer"), commits=looked_up)) == "passed healthy"


def test_an_old_period_is_judged_by_its_first_commit() -> None:
    left = dev(arrival("v1.6.0", ago(minutes=30), commit=oid("left")), arrival("v1.5.0", ago(hours=1), commit=CAME))
    looked_up = {CAME: commit(CAME, argo())}

    assert said(ask(commit("newest", argo(FAILED)), here=left, commits=looked_up)) == "passed healthy"


@pytest.mark.parametrize(
    ("recent", "expected"),
    [
        ((PART,), "blocked health-unread"),
        ((PART, commit(CAME, argo())), "blocked health-unread"),
        ((PART, commit(CAME, argo(FAILED))), "blocked unhealthy"),
        ((commit("later"), commit(CAME, argo()), PART), "passed healthy"),
    ],
)
def test_a_report_may_be_among_those_that_were_not_read(recent: tuple[Commit, ...], expected: str) -> None:
    assert said(ask(*recent)) == expected


def test_the_sentence_names_the_report_and_who_can_clear_it() -> None:
    verdict = ask(commit(CAME, argo(FAILED, title="Degraded: 2 of 3 pods crash")))

    assert verdict.facts == {
        "environment": "dev",
        "version": "v1.5.0",
        "contexts": "argocd/web-dev",
        "said": "Degraded: 2 of 3 pods crash",
    }
    assert verdict.who == (
        "anyone who can fix dev",
        "people with maintain permission, using `/override health staging web REASON`",
    )


@pytest.mark.parametrize(
    ("origin", "expected"),
    [(["eu", "us"], "waiting health-unknown"), ({"any": ["eu", "us"]}, "passed healthy")],
)
def test_a_list_needs_all_and_any_needs_one(origin: object, expected: str) -> None:
    rules = policy(environment("eu"), environment("us"), environment("staging", origin, gates={"health": [HEALTH]}))
    both = [
        environment_state(name, "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1), commit=CAME),))
        for name in ("eu", "us")
    ]
    seen = state(*both, environment_state("staging"), recent=(commit(CAME, report("argocd/web-eu")),))

    assert said(health.judge(question("v1.5.0", environment="staging", policy=rules, state=seen))) == expected


def test_nothing_reports_where_the_application_uses_no_environment_before() -> None:
    rules = policy(environment("staging", gates={"health": [HEALTH]}))
    asked = question("v1.5.0", environment="staging", policy=rules, state=state(environment_state("staging")))

    assert said(health.judge(asked)) == "blocked nowhere-healthy"
