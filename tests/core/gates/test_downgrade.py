"""The rows are those of `bot/core/gates/downgrade.py`."""

import pytest

from bot.core.gates import downgrade
from bot.core.gates.question import Purpose
from bot.core.records.entries import RequestKind
from tests.builders import environment_state, question, request, said, state


@pytest.mark.parametrize(
    ("present", "asked", "named", "expected"),
    [
        (None, "v1.5.0", False, "passed first-version"),
        ("v1.4.0", "v1.5.0", False, "passed newer"),
        ("v1.4.0", "v1.5.0", True, "passed newer"),
        ("v1.5.0", "v1.4.0", False, "blocked older"),
        ("v1.5.0", "v1.5.0", False, "blocked older"),
        ("v1.5.0", "1.5.0", False, "blocked older"),
        ("debug", "v1.5.0", False, "blocked not-comparable"),
        ("v1.5.0", "debug", False, "blocked not-comparable"),
        ("v1.5.0", "v1.4.0", True, "passed asked-for"),
        ("debug", "v1.5.0", True, "passed asked-for"),
    ],
)
def test_verdict_follows_the_order(present: str | None, asked: str, named: bool, expected: str) -> None:  # noqa: FBT001
    purpose = Purpose.PROMOTE if named else Purpose.AUTOMATIC
    person = request(asked, named=True) if named else None
    seen = state(environment_state("dev", present))

    assert said(downgrade.judge(question(asked, purpose, state=seen, request=person))) == expected


def test_a_request_without_a_version_does_not_allow_a_downgrade() -> None:
    seen = state(environment_state("dev", "v1.5.0"))
    verdict = downgrade.judge(question("v1.4.0", Purpose.PROMOTE, state=seen))

    assert said(verdict) == "blocked older"
    assert verdict.who == ("people who may promote, using `/promote dev web@v1.4.0`",)


def test_a_rollback_counts_as_naming_its_version() -> None:
    back = request("v1.4.0", RequestKind.ROLLBACK)

    assert question("v1.4.0", Purpose.ROLLBACK, request=back).named
