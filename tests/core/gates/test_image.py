"""The rows are those of `bot/core/gates/image.py`."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.gates import image
from bot.core.gates.question import Purpose
from bot.core.plan import Verdict
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.values.artifacts import Artifact, Missing, Unanswered
from bot.core.values.version import Version
from tests.builders import (
    NOW,
    WEB,
    application,
    artifact,
    artifacts,
    digest,
    environment,
    environment_state,
    policy,
    question,
    records,
    said,
    state,
    version,
)

AUTOMATIC, PROMOTE, ROLLBACK = Purpose
SILENT = Unanswered(WEB, "ghcr.io answered 503", tag="v1.5.0")
MISSING = Missing(WEB, "v1.5.0")
MOVED = artifact("v1.5.0", digest=digest("moved"))
FIRST = digest(f"{WEB}:v1.5.0")


def first_seen(known: str = FIRST) -> Records:
    return records(dev=EnvironmentRecords().with_digests("web", version("v1.5.0", digest=known)))


def ask(
    seen: Artifact | Missing | Unanswered | None,
    purpose: Purpose = AUTOMATIC,
    *,
    asked: Version | None = None,
    write: str = "tag",
    here: Any = None,
    kept: Records | None = None,
) -> Verdict:
    rules = policy(
        environment(),
        applications=[application(versions={"platforms": ["linux/amd64", "linux/arm64"], "write": write})],
    )
    world = state(
        here or environment_state("dev"),
        artifacts=artifacts(seen) if seen else {},
        records=kept or Records(),
    )
    return image.judge(question(asked or version("v1.5.0"), purpose, policy=rules, state=world))


@pytest.mark.parametrize(
    ("seen", "automatic", "promote", "rollback"),
    [
        (None, "waiting registry-silent", "waiting registry-silent", "passed registry-silent"),
        (SILENT, "waiting registry-silent", "waiting registry-silent", "passed registry-silent"),
        (MISSING, "blocked image-missing", "blocked image-missing", "blocked image-missing"),
        (MOVED, "blocked tag-moved", "blocked tag-moved", "blocked tag-moved"),
        (
            artifact("v1.5.0", platforms=("linux/amd64",)),
            "waiting platforms-missing",
            "waiting platforms-missing",
            "waiting platforms-missing",
        ),
        (artifact("v1.5.0"), "passed image-there", "passed image-there", "passed image-there"),
    ],
)
def test_verdict_follows_the_registrys_answer(
    seen: Artifact | Missing | Unanswered | None, automatic: str, promote: str, rollback: str
) -> None:
    answers = [said(ask(seen, purpose, kept=first_seen())) for purpose in Purpose]

    assert answers == [automatic, promote, rollback]


@pytest.mark.parametrize(
    ("write", "here", "expected"),
    [
        ("tag", environment_state("dev"), "blocked tag-moved"),
        ("tag+digest", environment_state("dev"), "passed digest-written"),
        ("digest", environment_state("dev"), "passed digest-written"),
        # A reference that carries a digest gets the new one, whatever `write` says.
        ("tag", environment_state("dev", "v1.4.0", digest=digest("v1.4.0")), "passed digest-written"),
    ],
)
def test_a_rollback_ignores_a_moved_tag_if_the_digest_is_written(write: str, here: Any, expected: str) -> None:
    asked = version("v1.5.0", digest=FIRST)

    assert said(ask(MOVED, ROLLBACK, asked=asked, write=write, here=here, kept=first_seen())) == expected


@pytest.mark.parametrize(("write", "expected"), [("tag", "passed"), ("tag+digest", "waiting"), ("digest", "waiting")])
def test_a_rollback_waits_for_a_registry_that_alone_knows_the_digest(write: str, expected: str) -> None:
    assert said(ask(SILENT, ROLLBACK, write=write)) == f"{expected} registry-silent"
    assert said(ask(SILENT, ROLLBACK, asked=version("v1.5.0", digest=FIRST), write=write)) == "passed registry-silent"


def test_a_tag_that_differs_from_the_records_or_the_manifests_has_moved() -> None:
    by_record = ask(MOVED, kept=first_seen())
    by_manifest = ask(MOVED, asked=version("v1.5.0", digest=FIRST))
    by_both = ask(MOVED, asked=version("v1.5.0", digest=digest("moved")), kept=first_seen())

    for verdict in (by_record, by_manifest, by_both):
        assert said(verdict) == "blocked tag-moved"
        assert (verdict.facts["was"], verdict.facts["now"]) == (FIRST[7:19], digest("moved")[7:19])


def test_the_first_digest_seen_in_any_environment_counts() -> None:
    staging = records(staging=EnvironmentRecords().with_digests("web", version("v1.5.0", digest=FIRST)))

    assert said(ask(MOVED, kept=staging)) == "blocked tag-moved"


def test_the_next_look_is_when_the_registry_allows_it() -> None:
    later = NOW + timedelta(minutes=10)

    assert ask(Unanswered(WEB, "429", again_at=later, tag="v1.5.0")).again_at == later
    hurried = Unanswered(WEB, "429", again_at=NOW + timedelta(seconds=1), tag="v1.5.0")
    assert ask(hurried).again_at == NOW + image.ASK_AGAIN
    assert ask(SILENT).again_at == NOW + image.ASK_AGAIN
    assert ask(artifact("v1.5.0", platforms=())).again_at == NOW + image.ASK_AGAIN


def test_the_most_severe_answer_of_several_images_counts() -> None:
    rules = policy(environment(), applications=[application(images=("ghcr.io/acme/web", "ghcr.io/acme/worker"))])
    both = {**artifacts("v1.5.0"), **artifacts(Missing("ghcr.io/acme/worker", "v1.5.0"))}
    verdict = image.judge(question("v1.5.0", policy=rules, state=state(environment_state("dev"), artifacts=both)))

    assert said(verdict) == "blocked image-missing"
    assert verdict.facts["image"] == "ghcr.io/acme/worker"


def test_an_artifact_without_platforms_passes() -> None:
    chart = artifacts(artifact("v1.5.0", platforms=()))
    verdict = image.judge(question("v1.5.0", state=state(artifacts=chart)))

    assert verdict.facts["platforms"] == "no platform"
