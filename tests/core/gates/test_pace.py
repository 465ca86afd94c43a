"""The rows are those of `bot/core/gates/pace.py`."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.gates import pace
from bot.core.observation.commits import Outcome
from bot.core.plan import Verdict
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState
from bot.core.values.artifacts import Missing, Unanswered
from tests.builders import (
    NOW,
    WEB,
    ago,
    arrival,
    artifact,
    artifacts,
    commit,
    digest,
    environment,
    environment_state,
    oid,
    policy,
    question,
    records,
    rejected,
    rejection,
    report,
    said,
    state,
    version,
)

SOAK = {"soak": "30m"}
HEALTH = {"health": ["argocd/{application}-{environment}"]}
CAME = oid("came")


def dev(minutes: float = 10, name: str = "dev", tag: str = "v1.5.0") -> EnvironmentState:
    return environment_state(name, tag, arrivals=(arrival(tag, ago(minutes=minutes), commit=CAME),))


def ask(*seen: EnvironmentState, gates: Any = None, follows: str = "dev", rules: Any = None, **fields: Any) -> Verdict:
    """Return the verdict on v1.6.0 for dev, which has v1.5.0."""
    pacing = {"pace": fields.pop("pace")} if "pace" in fields else {}
    rules = rules or policy(
        environment("dev", **pacing), environment("staging", follows, gates=SOAK if gates is None else gates)
    )
    world = state(*(seen or (dev(), environment_state("staging"))), **fields)
    return pace.judge(question("v1.6.0", policy=rules, state=world))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ((dev(10), environment_state("staging")), "waiting kept-for"),
        ((dev(10), environment_state("staging", None)), "waiting kept-for"),
        ((dev(30), environment_state("staging")), "passed nobody-waits"),  # served
        ((dev(10), environment_state("staging", "v1.5.0")), "passed nobody-waits"),  # it has it
        ((dev(10), environment_state("staging", "v1.7.0")), "passed nobody-waits"),  # it has a newer one
    ],
)
def test_the_version_is_kept_while_a_follower_soaks_it(seen: tuple[EnvironmentState, ...], expected: str) -> None:
    assert said(ask(*seen)) == expected


def test_with_latest_or_without_a_version_every_candidate_passes() -> None:
    assert said(ask(pace="latest")) == "passed latest"
    assert said(ask(environment_state("dev", None), environment_state("staging"))) == "passed latest"


def test_without_followers_it_passes() -> None:
    assert said(ask(follows="registry")) == "passed nobody-waits"


def test_a_version_that_the_follower_rejected_is_not_waited_for() -> None:
    records: Records = rejected(rejection("v1.5.0"), environment="staging")

    assert said(ask(records=records)) == "passed nobody-waits"


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (None, "waiting kept-for"),
        (Outcome.PENDING, "waiting kept-for"),
        (Outcome.SUCCESS, "passed nobody-waits"),
        (Outcome.FAILURE, "passed nobody-waits"),  # failed: it will not be promoted, so the next one may come
    ],
)
def test_health_is_waited_for_until_it_is_known(outcome: Outcome | None, expected: str) -> None:
    reports = (report("argocd/web-dev", outcome),) if outcome else ()

    assert said(ask(gates=HEALTH, recent=(commit(CAME, *reports),))) == expected


def test_a_soak_with_failed_health_is_not_waited_for() -> None:
    recent = (commit(CAME, report("argocd/web-dev", Outcome.FAILURE)),)

    assert said(ask(gates={**SOAK, **HEALTH}, recent=recent)) == "passed nobody-waits"


def test_the_sentence_names_the_follower_the_gate_and_the_end() -> None:
    verdict = ask()

    assert verdict.facts == {
        "present": "v1.5.0",
        "follower": "staging",
        "awaited": "soak",
        "until": "2026-03-03 12:20 UTC",
    }
    assert verdict.again_at == NOW + timedelta(minutes=20)


def test_approvals_of_a_follower_are_not_waited_for() -> None:
    gates = {"approvals": {"count": 2}, "windows": [{"days": "sun"}]}

    assert said(ask(gates=gates)) == "passed nobody-waits"


def test_a_follower_with_other_upstreams_is_not_waited_for() -> None:
    """Or eu and us, each with another version that the other never had, would wait for each other for good."""
    rules = policy(environment("dev"), environment("us"), environment("staging", ["dev", "us"], gates=SOAK))
    served = dev(40), dev(10, "us", "v1.6.0"), environment_state("staging")

    assert said(ask(*served, rules=rules)) == "passed nobody-waits"


@pytest.mark.parametrize(
    ("staging", "expected"),
    [
        (environment_state("staging", "v1.4.0"), "waiting kept-until-there"),
        (environment_state("staging", "v1.5.0"), "passed nobody-waits"),
        (environment_state("staging", "v1.7.0"), "passed nobody-waits"),
    ],
)
def test_one_at_a_time_waits_until_every_follower_has_it(staging: EnvironmentState, expected: str) -> None:
    assert said(ask(dev(999), staging, pace="one-at-a-time", gates={})) == expected


def test_one_at_a_time_does_not_wait_for_a_follower_that_rejected_it() -> None:
    records = rejected(rejection("v1.5.0"), environment="staging")

    assert said(ask(pace="one-at-a-time", records=records)) == "passed nobody-waits"


SEEN_FIRST = records(dev=EnvironmentRecords().with_digests("web", version("v1.5.0", digest=digest(f"{WEB}:v1.5.0"))))


@pytest.mark.parametrize("pacing", ["one-at-a-time", "soaked"])
@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (artifact("v1.5.0"), "waiting"),
        (Unanswered(WEB, "ghcr.io answered 503", tag="v1.5.0"), "waiting"),
        (artifact("v1.5.0", digest=digest("moved")), "passed"),
        (Missing(WEB, "v1.5.0"), "passed"),
    ],
)
def test_a_version_that_can_no_longer_be_promoted_is_not_waited_for(seen: Any, expected: str, pacing: str) -> None:
    """Its tag moved or is gone: the follower needs a newer version, which this one must not keep out."""
    assert said(ask(pace=pacing, artifacts=artifacts(seen), records=SEEN_FIRST)).partition(" ")[0] == expected
