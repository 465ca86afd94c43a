"""The rows are those of `bot/core/gates/foreign.py`; tests/assembly/ tests what counts as foreign."""

from dataclasses import replace

import pytest

from bot.core.gates import foreign
from bot.core.observation.pull_request import PullCommit
from bot.core.state import Promotion
from tests.builders import actor, environment_state, oid, promotion, question, said, state

UNVERIFIED = PullCommit(oid("1"), by_app=False, author=actor(is_bot=True), parents=(), is_unverified=True)
"""GitHub could not check the App's signature yet: `GPGVERIFY_UNAVAILABLE`."""


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        (None, "passed no-pull"),
        (promotion(), "passed own-bytes"),
        (replace(promotion(), outdated=True), "waiting outdated"),
        (promotion(strangers=("a change of README.md",)), "blocked foreign"),
        (promotion(changed_files=3_001), "blocked files-unread"),
        (promotion(strangers=("a change of README.md",), commits=(UNVERIFIED,)), "waiting unverified"),
        (promotion(commits=(UNVERIFIED,)), "passed own-bytes"),
    ],
)
def test_verdict_follows_the_content_of_the_branch(opened: Promotion | None, expected: str) -> None:
    assert said(foreign.judge(question(state=state(environment_state("dev", promotion=opened))))) == expected


@pytest.mark.parametrize(("taken", "expected"), [(False, "passed no-pull"), (True, "blocked branch-taken")])
def test_a_branch_with_commits_of_others_is_blocked(taken: bool, expected: str) -> None:  # noqa: FBT001 -- a column
    here = environment_state("dev", branch_oid="1a", branch_taken=taken)

    assert said(foreign.judge(question(state=state(here)))) == expected


def test_every_foreign_change_is_named() -> None:
    opened = promotion(strangers=("a change of README.md", "more than the version in a.yaml"))
    verdict = foreign.judge(question(state=state(environment_state("dev", promotion=opened))))

    assert verdict.facts["what"] == "a change of README.md; more than the version in a.yaml"
