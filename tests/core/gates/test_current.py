"""The rows are those of `bot/core/gates/current.py`."""

import pytest

from bot.core.gates import current
from bot.core.gates.question import Purpose
from tests.builders import application, environment_state, policy, question, request, said, state


@pytest.mark.parametrize(
    ("present", "named", "expected"),
    [
        (None, False, "passed first-version"),
        ("v1.4.0", False, "passed placed"),
        ("v1.4.0", True, "passed placed"),
        ("debug", True, "passed asked-for"),
        ("debug", False, "blocked present-unplaced"),
    ],
)
def test_verdict_follows_the_present_version(present: str | None, named: bool, expected: str) -> None:  # noqa: FBT001
    purpose = Purpose.PROMOTE if named else Purpose.AUTOMATIC
    seen = state(environment_state("dev", present))
    person = request(named=True) if named else None

    assert said(current.judge(question("v1.5.0", purpose, state=seen, request=person))) == expected


@pytest.mark.parametrize("present", ["v1.5.0-rc.1", "v0.9.0"])
def test_a_present_version_outside_the_range_is_still_compared(present: str) -> None:
    """The range became narrower, or a person set a release candidate."""
    rules = policy(applications=[application(versions={"semver": ">=1.0.0"})])
    verdict = current.judge(question("v1.5.0", policy=rules, state=state(environment_state("dev", present))))

    assert said(verdict) == "passed placed"


def test_the_way_out_is_named() -> None:
    verdict = current.judge(question("v1.5.0", state=state(environment_state("dev", "debug"))))

    assert verdict.facts == {"present": "debug"}
    assert verdict.who == ("people who may promote, using `/promote dev web@v1.5.0`",)
