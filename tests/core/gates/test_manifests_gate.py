"""The rows are those of `bot/core/gates/manifests.py`."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.gates import manifests
from bot.core.gates.question import Purpose
from bot.core.observation.actors import Permission
from bot.core.observation.pull_request import Review, ReviewState
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.state import EnvironmentState
from bot.core.values.places import Mention, Scalar
from tests.builders import (
    PEOPLE,
    ago,
    environment,
    environment_state,
    place,
    policy,
    promotion,
    question,
    refusal,
    review,
    said,
    state,
    version,
)

MIXED = EnvironmentState("dev", places=(place("v1.4.0", path="a.yaml"), place("v1.3.0", path="b.yaml", line=3)))


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (environment_state("dev"), "passed places-found"),
        (environment_state("dev", refusals=(refusal(),)), "blocked manifest-refused"),
        (environment_state("dev", None), "blocked image-not-found"),
        (MIXED, "blocked versions-differ"),
    ],
)
def test_verdict_follows_the_references(here: EnvironmentState, expected: str) -> None:
    assert said(manifests.judge(question(state=state(here)))) == expected


def test_a_reference_shared_by_two_environments_is_blocked() -> None:
    """A glob of one environment reaches the folder of another."""
    dev, prod = environment_state("dev"), environment_state("prod")
    reaching = replace(dev, places=(*dev.places, *prod.places))

    verdict = manifests.judge(question(state=state(reaching, prod)))
    assert said(verdict) == "blocked place-shared"
    assert verdict.facts == {"at": "envs/prod/web/deployment.yaml:12", "other": "prod"}
    assert said(manifests.judge(question(environment="prod", state=state(reaching, prod)))) == "blocked place-shared"


def test_one_shared_scalar_of_a_reference_blocks_it() -> None:
    """A name and a tag, of which another environment reaches the tag alone."""
    dev, prod = environment_state("dev"), environment_state("prod")
    [whole] = prod.places
    name = Scalar(document=0, key_path=("image", "repository"), line=11, start=50, end=70)
    split = replace(whole, scalars=(name, *whole.scalars))

    verdict = manifests.judge(question(state=state(replace(dev, places=(split,)), prod)))
    assert said(verdict) == "blocked place-shared"
    assert verdict.facts == {"at": "envs/prod/web/deployment.yaml:11", "other": "prod"}


def test_mentions_that_are_left_unchanged_are_named() -> None:
    left = tuple(
        Mention("values.yaml", line, "ghcr.io/acme/web:v1.4.0", "it is part of a text") for line in range(1, 8)
    )
    here = replace(environment_state("dev"), left=left)

    assert manifests.judge(question(state=state(here))).facts == {
        "count": "1",
        "left": "values.yaml:1, values.yaml:2, values.yaml:3, values.yaml:4, values.yaml:5, 2 more",
    }


def test_a_refusal_names_the_line_the_reason_and_the_way_out() -> None:
    here = environment_state("dev", refusals=(refusal(), refusal(line=20)))
    verdict = manifests.judge(question(state=state(here)))

    assert verdict.facts == {
        "at": "envs/dev/web/deployment.yaml:12",
        "seen": "image: {{ .Values.image }}",
        "reason": "it is a template",
        "advice": "write the version out (and 1 more)",
    }


def test_a_refusal_of_the_whole_file_has_no_line() -> None:
    here = environment_state("dev", refusals=(refusal(line=0),))

    assert manifests.judge(question(state=state(here))).facts["at"] == "envs/dev/web/deployment.yaml"


def test_without_a_reference_the_searched_paths_and_images_are_named() -> None:
    rules = policy(environment("dev", path="apps/{application}/{environment}"))
    verdict = manifests.judge(question(policy=rules, state=state(environment_state("dev", None))))

    assert verdict.facts == {"images": "ghcr.io/acme/web", "folder": "apps/web/dev", "left": ""}


def test_differing_versions_are_named_with_their_files() -> None:
    here = EnvironmentState("dev", places=(*MIXED.places, place(None, path="c.yaml", line=9)))

    assert manifests.judge(question(state=state(here))).facts["held"] == (
        "a.yaml:12 has v1.4.0; b.yaml:3 has v1.3.0; c.yaml:9 has no tag"
    )


@pytest.mark.parametrize(
    ("path", "opened", "asked", "expected"),
    [
        ("values/dev.yaml", ago(hours=1), ("@acme/data",), "blocked owners-wanted"),
        ("values/dev.yaml", ago(seconds=5), ("@acme/data",), "blocked owners-wanted"),
        ("values/dev.yaml", ago(seconds=5), (), "waiting owners-unknown"),
        ("values/dev.yaml", ago(minutes=1), (), "passed places-found"),
        ("envs/dev/web/values.yaml", ago(hours=1), ("@acme/data",), "passed places-found"),
    ],
)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_owners_of_a_file_outside_of_the_path_must_agree(
    path: str, opened: datetime, asked: tuple[str, ...], expected: str, purpose: Purpose
) -> None:
    """`edit` names another team's file. Its owners are those whom GitHub asked, until they have reviewed."""
    proposed = promotion(created_at=opened, owners_asked=asked)
    here = environment_state("dev", places=(place("v1.4.0", path=path),), promotion=proposed)

    verdict = manifests.judge(question(state=state(here), purpose=purpose))
    assert said(verdict) == expected
    if verdict.code.startswith("owners"):
        assert (verdict.facts["files"], verdict.facts["folder"]) == (path, "envs/dev/web")
        assert verdict.who == asked


OWNED = "/values/ @acme/data @alice\n/values/free.yaml\n/values/mail.yaml sre@example.com\n"
BY_BOB, BY_ALICE = (review("bob"), "v1.5.0"), (review("alice"), "v1.5.0")


@pytest.mark.parametrize(
    ("path", "text", "reviews", "expected"),
    [
        # GitHub's request is gone: somebody removed it, or an owner only commented.
        ("values/dev.yaml", OWNED, (), "blocked owners-wanted"),
        ("values/dev.yaml", OWNED, (BY_BOB,), "blocked owners-wanted"),
        ("values/dev.yaml", OWNED, (BY_ALICE,), "passed places-found"),
        ("values/dev.yaml", OWNED, ((review("mallory"), "v1.5.0"),), "passed places-found"),  # Of the team.
        ("values/dev.yaml", OWNED, ((review("alice"), "v1.4.9"),), "blocked owners-wanted"),
        ("values/dev.yaml", OWNED, ((review("alice", ReviewState.DISMISSED), "v1.5.0"),), "blocked owners-wanted"),
        ("values/dev.yaml", "* @nobody-here\n", (BY_ALICE,), "blocked owners-wanted"),
        # Nobody owns it, or nobody can tell who does: what GitHub asked counts alone.
        ("values/free.yaml", OWNED, (), "passed places-found"),
        ("values/mail.yaml", OWNED, (), "passed places-found"),
        ("values/dev.yaml", "* @acme/secret\n", (), "passed places-found"),
        ("values/dev.yaml", None, (), "passed places-found"),
        ("envs/dev/web/values.yaml", "* @alice\n", (), "passed places-found"),
    ],
)
def test_an_owner_by_codeowners_must_approve(
    path: str, text: str | None, reviews: tuple[tuple[Review, str], ...], expected: str
) -> None:
    given = [(each, version(carried)) for each, carried in reviews]
    proposed = promotion(created_at=ago(hours=1), reviews=given)
    here = environment_state("dev", places=(place("v1.4.0", path=path),), promotion=proposed)
    people = {**PEOPLE, "mallory": Permission.WRITE}
    teams = {"acme/data": frozenset({"mallory"}), "acme/secret": None}

    verdict = manifests.judge(question(state=state(here, code_owners=text, teams=teams, people=people)))
    assert said(verdict) == expected


def test_the_owners_that_are_waited_for_are_named_once() -> None:
    places = tuple(place("v1.4.0", path=f"values/{name}.yaml") for name in ("a", "b"))
    here = environment_state("dev", places=places, promotion=promotion(created_at=ago(hours=1)))

    verdict = manifests.judge(question(state=state(here, code_owners=OWNED, teams={"acme/data": frozenset({"x"})})))

    assert verdict.who == ("@acme/data", "@alice")
    assert plain_sentence(verdict).replace("\u2060", "") == (
        "values/a.yaml, values/b.yaml is outside of envs/dev/web, so its code owners must agree: waiting for an approval from "
        "acme/data or alice"
    )


def test_nobody_is_asked_before_there_is_a_pull_request() -> None:
    here = environment_state("dev", places=(place("v1.4.0", path="values/dev.yaml"),))

    assert said(manifests.judge(question(state=state(here)))) == "passed places-found"
