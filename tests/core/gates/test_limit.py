"""The rows are those of `bot/core/gates/limit.py`."""

from typing import Any

import pytest

from bot.core.gates import limit
from bot.core.observation.pull_request import Merged
from bot.core.plan import Verdict
from tests.builders import ago, environment, environment_state, policy, question, said, state


def ask(*minutes_ago: float, rule: Any = None, elsewhere: tuple[float, ...] = ()) -> Verdict:
    rules = policy(environment(limit=rule))
    merges = (
        *(Merged("dev", "web", ago(minutes=minutes), 1, "dev") for minutes in minutes_ago),
        *(Merged("prod", "web", ago(minutes=minutes), 2, "prod") for minutes in elsewhere),
    )
    return limit.judge(question(policy=rules, state=state(environment_state("dev"), merges=merges)))


TWO = {"merges": 2, "per": "10m"}


@pytest.mark.parametrize(
    ("minutes_ago", "rule", "expected"),
    [
        ((1, 2, 3), None, "passed no-limit"),
        ((), TWO, "passed below-limit"),
        ((1,), TWO, "passed below-limit"),
        ((1, 10), TWO, "passed below-limit"),
        ((1, 9.9), TWO, "waiting limit-reached"),
        ((1, 2, 3), TWO, "waiting limit-reached"),
    ],
)
def test_verdict_follows_the_recent_merges(minutes_ago: tuple[float, ...], rule: Any, expected: str) -> None:
    assert said(ask(*minutes_ago, rule=rule)) == expected


def test_merges_in_other_environments_do_not_count() -> None:
    assert said(ask(1, rule=TWO, elsewhere=(1, 2))) == "passed below-limit"


def test_the_next_look_is_when_enough_merges_have_aged() -> None:
    """Of three within the time, two must age before there is room for another."""
    verdict = ask(1, 4, 9, rule=TWO)

    assert verdict.again_at == ago(minutes=-6)
    assert verdict.facts == {"count": "3", "limit": "2", "per": "10m", "until": "2026-03-03 12:06 UTC"}


@pytest.mark.parametrize(
    ("minutes_ago", "since", "expected"),
    [
        ((1,), 9, "waiting limit-unread"),
        ((1,), 10, "passed below-limit"),
        ((1, 2), 3, "waiting limit-reached"),
    ],
)
def test_merges_that_were_not_read_may_be_too_many(minutes_ago: tuple[float, ...], since: int, expected: str) -> None:
    """A busy repository changes more pull requests within the time than GitHub lists at once."""
    merges = tuple(Merged("dev", "web", ago(minutes=minutes), 1, "dev") for minutes in minutes_ago)
    seen = state(environment_state("dev"), merges=merges, merges_since=ago(minutes=since))

    verdict = limit.judge(question(policy=policy(environment(limit=TWO)), state=seen))

    assert said(verdict) == expected
    assert expected != "waiting limit-unread" or verdict.again_at == ago(minutes=-1)


def test_merges_of_other_applications_count() -> None:
    rules = policy(environment(limit={"merges": 1, "per": "10m"}))
    seen = state(environment_state("dev"), merges=(Merged("dev", "api", ago(minutes=1), 1, "dev"),))

    assert said(limit.judge(question(policy=rules, state=seen))) == "waiting limit-reached"
