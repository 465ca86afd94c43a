"""The rows are those of `bot/core/gates/refused.py`."""

import pytest

from bot.core.gates import refused
from bot.core.state import RefusedWrite
from tests.builders import environment_state, promotion, said


def ask(words: str = "No.", *, doing: str = "merge #10", about: int | None = 10, again: bool = False) -> str:
    """With pull request 10 open."""
    opened = promotion(number=10)
    verdict = refused.judge(
        environment_state("dev", promotion=opened, refused=RefusedWrite(doing, words, about, again=again))
    )
    return said(verdict) if verdict else ""


def who(words: str, doing: str = "open") -> str:
    verdict = refused.judge(environment_state("dev", refused=RefusedWrite(doing, words)))
    assert verdict is not None
    return verdict.who[0]


def test_without_a_refusal_it_passes() -> None:
    assert refused.judge(environment_state()) is None


@pytest.mark.parametrize(("about", "expected"), [(10, "blocked github-refused"), (9, ""), (None, "")])
def test_a_refusal_concerns_only_its_pull_request(about: int | None, expected: str) -> None:
    assert ask(about=about) == expected


@pytest.mark.parametrize(("again", "expected"), [(False, ""), (True, "blocked github-refused")])
@pytest.mark.parametrize(
    "words",
    ["Base branch was modified. Review and try the merge again.", 'Expected branch to point to "1a2b" but it did not.'],
)
def test_a_lost_race_is_reported_when_it_repeats(words: str, again: bool, expected: str) -> None:  # noqa: FBT001 -- a column
    assert ask(words, again=again) == expected


@pytest.mark.parametrize(
    ("words", "doing", "person"),
    [
        ("Resource not accessible by integration", "merge", "an owner of the App's installation, by accepting"),
        ("Repository rule violations found\n\nCommits must be signed", "merge", "anyone who may change the rules"),
        ("Pull Request is not mergeable", "merge #1", "anyone who can change the manifests"),
        (
            "Ref cannot be created",
            "create the branch gitops/dev/web",
            "anyone who may delete a branch whose name is a prefix",
        ),
        ("Something else", "merge #1", "anyone who can fix what GitHub names"),
    ],
)
def test_who_can_act_is_named(words: str, doing: str, person: str) -> None:
    assert who(words, doing).startswith(person)
