"""What people read if there is no version to choose from."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.observation.commits import Outcome
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Severity, Verdict
from bot.core.policy import Policy
from bot.core.selection import builds
from bot.core.selection.candidates import choose
from bot.core.state import EnvironmentState
from bot.core.values.artifacts import Tags
from tests.builders import (
    NOW,
    WEB,
    actor,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    commit,
    environment,
    environment_state,
    oid,
    policy,
    report,
    source,
    state,
)

WORKER = "ghcr.io/acme/worker"
TOGETHER = policy(environment(), applications=[application(images=(WEB, WORKER))])
CHECKED = policy(environment(gates={"checks": ["build", "test / *"]}), applications=[application(source="acme/web")])
REGIONS = policy(environment("eu"), environment("us"), environment("global", ["eu", "us"]))


def answer(rules: Policy, *seen: EnvironmentState, **fields: Any) -> Verdict:
    """The one verdict about the last environment, beside a note about the source's newest commit."""
    last = list(rules.environments.values())[-1]
    verdict, *notes = choose(rules, state(*seen, **fields), last, NOW).verdicts
    assert all(note.code in builds.NOTES for note in notes)
    return verdict


def sentence(verdict: Verdict) -> str:
    return f"{verdict.severity.name.lower()}: {plain_sentence(verdict)}"


@pytest.mark.parametrize(
    ("present", "web", "worker", "code", "expected"),
    [
        (
            "v1.4.0",
            ("v1.5.0", "v1.4.0"),
            ("v1.4.0",),
            "incomplete",
            f"waiting: v1.5.0 is incomplete: {WORKER} does not have it",
        ),
        (None, ("v1.5.0",), ("v1.6.0",), "incomplete", f"waiting: v1.6.0 is incomplete: {WEB} does not have it"),
        ("v1.5.0", ("v1.5.0", "v1.4.0"), ("v1.5.0",), "up-to-date", "passed: up to date (v1.5.0)"),
        (
            "v1.4.0",
            ("nightly", "v1.4.0"),
            ("v1.4.0",),
            "up-to-date",
            "passed: up to date (v1.4.0)",
        ),
    ],
)
def test_a_version_missing_for_some_images_is_named(
    present: str | None, web: Any, worker: Any, code: str, expected: str
) -> None:
    lists = {WEB: Tags(WEB, web), WORKER: Tags(WORKER, worker)}
    verdict = answer(TOGETHER, environment_state("dev", present), tags=lists)

    assert (verdict.code, sentence(verdict)) == (code, expected)


def test_a_failed_source_commit_without_an_image_is_named() -> None:
    reports = report("build", Outcome.FAILURE), report("test / unit", Outcome.FAILURE), report("lint", Outcome.FAILURE)
    verdict = answer(CHECKED, environment_state(), tags=("v1.4.0",), source=source(head=commit("head", *reports)))

    assert sentence(verdict) == (
        f"blocked: the newest commit of acme/web, {oid('head')[:7]}, failed build, test / unit, and there is no image of it"
    )
    assert verdict.code == "source-red"
    assert verdict.who == ("anyone who can fix or re-run it in acme/web",)


@pytest.mark.parametrize(
    ("name", "outcome", "built"),
    [("build", Outcome.SUCCESS, "other"), ("lint", Outcome.FAILURE, "other"), ("build", Outcome.FAILURE, "head")],
)
def test_a_passing_or_built_source_commit_is_not_named(name: str, outcome: Outcome, built: str) -> None:
    fields: dict[str, Any] = {
        "tags": ("v1.4.0",),
        "source": source(head=commit("head", report(name, outcome))),
        "artifacts": artifacts(artifact("v1.4.0", revision=oid(built))),
    }

    assert answer(CHECKED, environment_state(), **fields).code == "up-to-date"


def regions(**fields: Any) -> tuple[EnvironmentState, ...]:
    return (
        environment_state("eu", "v1.4.0"),
        environment_state("us", "v1.4.0"),
        environment_state("global", "v1.9.0", arrivals=(arrival("v1.9.0", at=ago(hours=1), **fields),)),
    )


def test_a_version_set_by_hand_past_all_upstreams_is_explained() -> None:
    verdict = answer(REGIONS, *regions(by=actor("sam"), pull=None, promotion=False))

    assert (verdict.severity, verdict.code) == (Severity.PASSED, "ahead")
    assert plain_sentence(verdict) == "sam set it to v1.9.0, which eu, us never had; only a newer version is promoted"
    nobody = answer(REGIONS, *regions(by=actor(""), pull=None, promotion=False))
    assert plain_sentence(nobody).startswith("somebody set it")


def test_without_a_version_set_by_hand_it_is_up_to_date() -> None:
    eu, us, _ = regions()
    had = environment_state(
        "eu", "v1.4.0", arrivals=(arrival(at=ago(hours=1)), arrival("v1.9.0", at=NOW - timedelta(days=2)))
    )
    ahead = regions(promotion=False)[2]

    assert answer(REGIONS, *regions()).code == "up-to-date"
    assert answer(REGIONS, had, us, ahead).code == "up-to-date"
    assert answer(REGIONS, eu, us, environment_state("global", "v1.4.0", arrivals=())).code == "up-to-date"
    assert answer(REGIONS, eu, us, environment_state("global", "v1.4.0")).code == "up-to-date"
