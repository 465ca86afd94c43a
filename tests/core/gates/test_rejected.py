"""The rows are those of `bot/core/gates/rejected.py`; tests/core/history/test_rejections.py has what rejects a version."""

import pytest

from bot.core.gates import rejected as gate
from bot.core.gates.question import Purpose
from bot.core.records.branch import Records
from bot.core.records.entries import RequestKind
from tests.builders import question, rejected, rejection, request, said, state

REJECTED = rejected(rejection("v1.5.0"))


@pytest.mark.parametrize(
    ("records", "purpose", "named", "expected"),
    [
        (Records(), Purpose.AUTOMATIC, False, "passed not-rejected"),
        (Records(), Purpose.ROLLBACK, False, "passed not-rejected"),
        (REJECTED, Purpose.AUTOMATIC, False, "blocked rejected"),
        (REJECTED, Purpose.PROMOTE, False, "blocked rejected"),
        (REJECTED, Purpose.PROMOTE, True, "passed rejection-lifted"),
        (REJECTED, Purpose.ROLLBACK, False, "blocked rejected"),
        (REJECTED, Purpose.ROLLBACK, True, "passed rejection-lifted"),
        (rejected(rejection("v1.4.9")), Purpose.AUTOMATIC, False, "passed not-rejected"),
        (rejected(rejection("v1.5.0"), environment="prod"), Purpose.AUTOMATIC, False, "passed not-rejected"),
        (rejected(rejection("v1.5.0"), application="api"), Purpose.AUTOMATIC, False, "passed not-rejected"),
    ],
)
def test_verdict_follows_the_rejections(records: Records, purpose: Purpose, named: bool, expected: str) -> None:  # noqa: FBT001
    asked = None if purpose is Purpose.AUTOMATIC else request("v1.5.0", RequestKind(purpose.value), named=named)

    assert said(gate.judge(question("v1.5.0", purpose, state=state(records=records), request=asked))) == expected


def test_a_rejection_names_who_when_why_and_the_way_out() -> None:
    verdict = gate.judge(question("v1.5.0", state=state(records=REJECTED)))

    assert verdict.facts == {
        "how": "rejected by alice",
        "at": "2026-03-03 11:00 UTC",
        "reason": "it is broken",
        "version": "v1.5.0",
    }
    assert verdict.who == (
        "people who may promote, using `/promote dev web@v1.5.0`",
        "people with maintain permission, using `/unreject web@v1.5.0`",
    )
