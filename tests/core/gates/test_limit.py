"""The table of `bot/core/gates/limit.py`, row by row."""

from datetime import timedelta

import pytest

from bot.core.gates import limit
from bot.core.observation import Merged
from bot.core.plan import Severity
from bot.core.policy import Limit
from tests.builders import NOW, environment, policy, question, state

TWO_IN_TEN = Limit(merges=2, per=timedelta(minutes=10))


def merged(environment_name: str, *minutes_ago: int) -> tuple[Merged, ...]:
    return tuple(Merged(environment_name, "other", NOW - timedelta(minutes=ago)) for ago in minutes_ago)


@pytest.mark.parametrize(
    ("rule", "merges", "severity", "code"),
    [
        (None, merged("dev", 1, 2, 3), Severity.PASSED, "no-limit"),
        (TWO_IN_TEN, (), Severity.PASSED, "below-limit"),
        (TWO_IN_TEN, merged("dev", 3), Severity.PASSED, "below-limit"),
        (TWO_IN_TEN, merged("dev", 3, 10), Severity.PASSED, "below-limit"),
        (TWO_IN_TEN, merged("prod", 1, 2, 3), Severity.PASSED, "below-limit"),
        (TWO_IN_TEN, merged("dev", 3, 9), Severity.WAITING, "limit-reached"),
    ],
)
def test_the_table(rule: Limit | None, merges: tuple[Merged, ...], severity: Severity, code: str) -> None:
    asked = question(policy=policy(environment("dev", limit=rule)), state=state(merges=merges))

    verdict = limit.judge(asked)

    assert (severity, code) == (verdict.severity, verdict.code)


def test_it_opens_again_when_the_oldest_merge_that_counts_has_aged() -> None:
    """Three merges with two allowed: the second youngest has to age."""
    asked = question(policy=policy(environment("dev", limit=TWO_IN_TEN)), state=state(merges=merged("dev", 1, 4, 9)))

    verdict = limit.judge(asked)

    assert NOW + timedelta(minutes=6) == verdict.again_at
