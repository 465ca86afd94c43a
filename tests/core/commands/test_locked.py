"""A locked conversation takes no comment and no reaction of the bot: renovate#6215."""

from datetime import timedelta
from typing import Any

import pytest

from bot.core.plan import React, Reply, WriteState
from tests.builders import NOW, ago, comment
from tests.core.commands.application_pass import plan

BOARD = {"answer_at": "I_board"}
NOWHERE: dict[str, Any] = {"answer_at": None}


def test_the_answer_is_given_on_the_dashboard_and_says_where_it_was_asked() -> None:
    found = plan(comment("/why prod", number=7, **BOARD))
    (reply,) = (action for action in found.actions if isinstance(action, Reply))

    assert reply.subject_id == "I_board"
    assert reply.body.startswith("> `/why prod` ([#3](../issues/3) is locked)\n\n")
    assert reply.body.endswith("<!-- gitops-bot answers 7 -->")
    assert not any(row.stands_alone for row in found.rows)


def test_a_command_is_recorded_and_gets_no_reaction() -> None:
    found = plan(comment("/reject web@v1.4.0", number=7, **BOARD))

    assert [type(action) for action in found.actions] == [WriteState]


@pytest.mark.parametrize(
    ("body", "age", "waits"),
    [("/why prod", 1, True), ("/hold prod", 1, True), ("/why prod", 15, False), ("Thanks!", 1, False)],
)
def test_without_a_dashboard_one_is_opened_and_nothing_is_tried_until_then(body: str, age: int, waits: bool) -> None:  # noqa: FBT001
    found = plan(comment(body, number=7, created_at=ago(minutes=age), **NOWHERE))

    assert not [action for action in found.actions if isinstance(action, Reply | React | WriteState)]
    assert {row.stands_alone for row in found.rows} == {waits}
    assert (found.again_at is not None and found.again_at <= NOW + timedelta(minutes=1)) is waits
