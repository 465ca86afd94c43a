"""Which deployments GitHub should show, and in which state."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.decide import decide
from bot.core.deployments.wanted import LATEST, health_contexts
from bot.core.observation.commits import Outcome
from bot.core.policy import Environment, Gates, Mode
from bot.core.policy.deployments import DeployedTo, Deployments
from bot.core.state import Arrival, EnvironmentState
from bot.core.values.deployment import LONGEST_DESCRIPTION, Deployment, DeploymentState
from tests.builders import (
    NOW,
    ago,
    application,
    arrival,
    commit,
    environment,
    environment_state,
    oid,
    past,
    policy,
    report,
    state,
    version,
)

SOURCE = Deployments(commits=(DeployedTo.SOURCE,))
HEALTH = Gates(health=("argocd/{application}-{environment}",))
WEB = application(source={"repository": "acme/web"})


def came(tag: str | None = "v1.5.0", *, hours: float = 1, number: int | None = 5, **fields: Any) -> Arrival:
    at = fields.pop("at", ago(hours=hours))
    held = version(tag, commit=oid(f"source {tag}")) if tag else None
    return arrival(tag, at, version=held, pull=number, commit=fields.pop("commit", oid(f"merge {tag}")), **fields)


def wanted(here: EnvironmentState, *environments: Environment, seen: Any = None, **fields: Any) -> list[Deployment]:
    """What dev, or another first environment, should show."""
    dev = environment("dev", **{"deployments": SOURCE, **fields})
    others = [environment_state(each.name) for each in environments]
    rules = policy(dev, *environments, applications=[WEB])
    return list(decide(state(here, *others, **(seen or {})), rules, NOW).deployments)


def dev(*arrivals: Arrival, **fields: Any) -> EnvironmentState:
    return environment_state("dev", "v1.5.0", arrivals=arrivals, **fields)


def states(found: list[Deployment]) -> list[tuple[int, str, str]]:
    return [(each.number, each.state.value, each.description) for each in found]


def test_a_merged_promotion_is_shown_on_its_source_commit() -> None:
    (one,) = wanted(dev(came()))

    assert (one.place.repository, one.place.environment, one.place.task) == ("acme/web", "dev", "deploy:web")
    assert (one.commit, one.name, one.number, one.url) == (oid("source v1.5.0"), "dev", 5, "")
    assert one.production, "no environment follows"
    assert states([one]) == [(5, "success", "web v1.5.0: merged; no health report is configured")]


def test_the_manifests_get_theirs_on_the_merge() -> None:
    both = Deployments(
        commits=(DeployedTo.SOURCE, DeployedTo.MANIFESTS, DeployedTo.SOURCE),
        environment="{environment}-{application}",
        url="https://{application}.{environment}.example.com",
        production=False,
    )
    source, manifests = wanted(dev(came()), deployments=both)

    assert (manifests.place.repository, manifests.commit) == ("acme/deploy", oid("merge v1.5.0"))
    assert {each.place.environment for each in (source, manifests)} == {"dev-web"}
    assert {each.url for each in (source, manifests)} == {"https://web.dev.example.com"}
    assert not source.production


@pytest.mark.parametrize(
    ("outcomes", "expected", "said"),
    [
        ((None, None), "queued", "merged; waiting for a health report"),
        ((Outcome.SUCCESS, None), "in_progress", "waiting for every health report to succeed"),
        ((Outcome.SUCCESS, Outcome.PENDING), "in_progress", "waiting for every health report to succeed"),
        ((Outcome.PENDING, Outcome.FAILURE), "failure", "a health report failed"),
        ((None, Outcome.FAILURE), "failure", "a health report failed"),
        ((Outcome.SUCCESS, Outcome.SUCCESS), "success", "healthy"),
    ],
)
def test_health_reports_tell_the_state(outcomes: tuple[Outcome | None, ...], expected: str, said: str) -> None:
    reports = [report(f"h{number}", outcome) for number, outcome in enumerate(outcomes) if outcome]
    recent = (commit("merge v1.5.0", *reports),)
    rules = Deployments(commits=(DeployedTo.SOURCE,), health=("h0", "h1"))

    found = wanted(dev(came()), deployments=rules, seen={"recent": recent})

    assert states(found) == [(5, expected, f"web v1.5.0: {said}")]


def test_reports_are_those_of_the_next_environments_unless_it_has_its_own() -> None:
    staging = environment("staging", "dev", gates=HEALTH)
    rules = policy(environment("dev", deployments=SOURCE), staging, environment("prod", "staging", gates=HEALTH))
    assert health_contexts(rules, rules.environments["dev"], "web") == ("argocd/web-dev",)

    own = environment("dev", deployments=Deployments(commits=(DeployedTo.SOURCE,), health=("flux/{environment}",)))
    assert health_contexts(policy(own, staging), own, "web") == ("flux/dev",)
    assert health_contexts(policy(own, staging), staging, "web") == ()


def test_an_environment_that_another_follows_is_not_production() -> None:
    (one,) = wanted(dev(came()), environment("prod", "dev"))
    assert not one.production


def test_what_came_later_makes_it_inactive() -> None:
    newer = wanted(dev(came("v1.6.0", number=6), came("v1.5.0", hours=30)))
    assert states(newer) == [
        (6, "success", "web v1.6.0: merged; no health report is configured"),
        (5, "inactive", "web v1.5.0: replaced by v1.6.0 with acme/deploy#6"),
    ]
    older = wanted(dev(came("v1.4.0", number=6), came("v1.5.0")))
    assert older[1].description == "web v1.5.0: rolled back to v1.4.0 with acme/deploy#6"
    unreadable = wanted(dev(came(None, number=None, promotion=False), came("v1.5.0")))
    assert states(unreadable) == [(5, "inactive", "web v1.5.0: replaced by another version")]


def test_what_nothing_happened_to_for_a_day_is_left_as_it_is() -> None:
    assert wanted(dev(came(at=NOW - LATEST))) == []
    rules = Deployments(commits=(DeployedTo.SOURCE,), health=("h",))
    late = (commit("merge v1.5.0", report("h", at=ago(minutes=1))),)
    found = wanted(dev(came(hours=50)), deployments=rules, seen={"recent": late})
    assert [each.state for each in found] == [DeploymentState.SUCCESS]


def test_what_no_promotion_brought_gets_none_and_a_merge_is_known_by_its_commit() -> None:
    assert wanted(dev(came(promotion=False))) == []
    merged = past("v1.5.0", number=9, merged=True)
    known = EnvironmentState(
        "dev",
        arrivals=(came(number=None, commit="m" * 40),),
        past=(type(merged)(9, None, True, False, ago(hours=1), merge_oid="m" * 40),),
    )
    assert [each.number for each in wanted(known)] == [9]


def test_nothing_is_shown_where_nobody_asked_or_nothing_is_written() -> None:
    assert wanted(dev(came()), deployments=None) == []
    assert wanted(dev(came()), mode=Mode.OBSERVE) == []


def test_an_application_without_a_source_gets_none_there() -> None:
    rules = policy(environment("dev", deployments=Deployments(commits=tuple(DeployedTo))))
    found = decide(state(dev(came())), rules, NOW).deployments
    assert [each.place.repository for each in found] == ["acme/deploy"]


@given(
    tags=st.lists(st.sampled_from(["v1.4.0", "v1.5.0", "v1.6.0", None]), min_size=1, max_size=5),
    ages=st.lists(st.integers(0, 72), min_size=5, max_size=5),
)
def test_at_most_the_newest_is_active_and_each_promotion_is_shown_once(tags: list[str | None], ages: list[int]) -> None:
    times = sorted(ages)
    arrivals = [
        came(tag, at=NOW - timedelta(hours=times[number]), number=number + 1, commit=oid(str(number)))
        for number, tag in enumerate(tags)
    ]

    found = wanted(dev(*arrivals))

    active = [each.number for each in found if each.state is not DeploymentState.INACTIVE]
    assert active in ([], [1])
    assert len({each.mark for each in found}) == len(found)
    assert all(len(each.description) <= LONGEST_DESCRIPTION for each in found)
