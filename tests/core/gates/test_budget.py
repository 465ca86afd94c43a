"""The rows are those of `bot/core/gates/budget.py`."""

from datetime import timedelta

import pytest

from bot.core.gates import budget
from bot.core.pages.parts.sentences import plain_sentence
from bot.core.plan import Verdict
from bot.core.state import LimitedWrite
from tests.builders import NOW, environment_state, promotion, said

UNTIL = NOW + timedelta(minutes=3)


def judged(*, refused: bool = False, about: int | None = 10) -> Verdict | None:
    """With pull request 10 open."""
    limited = LimitedWrite("merge #10", UNTIL, 19, 19, "minute", refused=refused, pull=about)
    return budget.judge(environment_state("dev", promotion=promotion(number=10), limited=limited))


def test_without_a_wait_it_says_nothing() -> None:
    assert budget.judge(environment_state()) is None


@pytest.mark.parametrize(("about", "expected"), [(10, "waiting github-limit"), (9, ""), (None, "")])
def test_a_wait_concerns_only_its_pull_request(about: int | None, expected: str) -> None:
    verdict = judged(about=about)
    assert (said(verdict) if verdict else "") == expected


def test_it_says_what_is_used_and_when_it_continues() -> None:
    verdict = judged()
    assert verdict is not None
    assert "GitHub limits new content, and 19 of 19 this minute are used; continues at 2026" in plain_sentence(verdict)
    assert verdict.again_at == UNTIL


def test_a_refusal_of_githubs_says_so() -> None:
    verdict = judged(refused=True)
    assert verdict is not None
    assert (said(verdict), verdict.again_at) == ("waiting github-paused", UNTIL)
