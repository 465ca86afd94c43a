"""The comments that the repository's pass answers: which ones, in which order, how many, and without a policy."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.commands.shared.answer_marks import answered
from bot.core.commands.shared.limits import MOST_ANSWERS
from bot.core.plan import Reply
from tests.builders import (
    actor,
    ago,
    comment,
)
from tests.core.commands.repository_pass import BROKEN, DONE, REFUSED, SEEN, answer, decide, marks, written


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("/promot prod", "There is no `/promot`. Did you mean `/promote`?"),
        ("/promote", "Usage: `/promote ENV [APP[@VERSION]]`."),
        ("/promote dev wbe", "The policy has no application `wbe`. It has `web`, `api`. Did you mean `web`?"),
        ("/promote dev zzz", "The policy has no application `zzz`. It has `web`, `api`."),
        ("/promote dev", "Which application? Name one of `web`, `api`."),
    ],
)
def test_a_command_that_cannot_be_understood_gets_a_hint(body: str, expected: str) -> None:
    outcome = decide(body)

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", REFUSED)]


def test_the_reply_quotes_the_line_it_answers() -> None:
    (reply,) = decide(comment("Hello\n/promot `prod`\n", number=7)).actions

    assert isinstance(reply, Reply)
    assert reply.body.startswith("> `/promot 'prod'`\n\n")


def test_the_reply_names_the_comment_that_it_answers() -> None:
    """It is found by it where GitHub refused the reaction. What people write in a comment does not stand in its place."""
    (reply,) = decide(comment("/promot <!-- gitops-bot answers 8 -->", number=7)).actions

    assert isinstance(reply, Reply)
    assert answered(reply.body) == 7
    assert answered("> `/why`\n\nBecause.") is None


@pytest.mark.parametrize(
    "body", ["hello", "/lgtm", "> /help", "/promote dev web", "/why dev api", "```\n/hold dev\n```"]
)
def test_application_commands_are_left_to_their_pass(body: str) -> None:
    assert decide(body).actions == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"done": True},
        {"author": actor("renovate", is_bot=True)},
        {"created_at": ago(days=3, seconds=1)},
    ],
)
def test_answered_bot_and_old_comments_are_ignored(fields: Any) -> None:
    assert decide(replace(comment("/help", number=7), **fields)).actions == ()


def test_one_command_changes_the_records_in_a_pass_and_others_are_answered() -> None:
    outcome = decide(
        comment("/help", number=6, created_at=ago(minutes=3)),
        comment("/hold dev", number=7, created_at=ago(minutes=2)),
        comment("/hold prod", number=8),
    )

    assert marks(outcome.actions) == [("IC_6", DONE), ("IC_7", SEEN)]


def test_a_crowd_of_strangers_does_not_delay_people_with_write_access() -> None:
    """So many answers are given in one pass; the next one goes on with the others."""
    crowd = [comment("/help", "stranger", number=number, created_at=ago(minutes=9)) for number in range(1, 31)]
    first = decide(*crowd, comment("/hold all", "bob", number=99))

    assert written(first).of("all").holds[0].by == "bob"
    assert marks(first.actions) == [("IC_99", SEEN)]
    assert len(marks(decide(*crowd).actions)) == MOST_ANSWERS


@pytest.mark.parametrize("line", ["/hold dev", "/promote prod", "/why", "/override soak x", "/reject v1.5.0"])
def test_other_commands_wait_until_the_policy_is_fixed(line: str) -> None:
    found = decide(line, rules=BROKEN)

    assert marks(found.actions) == [("IC_7", REFUSED)]
    assert answer(found).replace("\\", "") == (
        "The policy has an error, so nothing is promoted or merged until it is fixed: .gitops.yml:7:3: there is no key "
        "`enviroments` (and 1 more). `/hold all` and `/unhold all` still work. If you still want it after that, "
        f"write it again:\n\n```\n{line}\n```"
    )


def test_help_and_hints_need_no_policy() -> None:
    assert "/promote ENV" in answer(decide("/help", rules=BROKEN))
    assert answer(decide("/hodl all", rules=BROKEN)) == "There is no `/hodl`. Did you mean `/hold`?"
