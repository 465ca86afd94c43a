"""Edited comments: a hold or rejection counts in its present text; a command that promotes or loosens must be written anew.

paritytech/parity-processbot#298: a person corrects a stop at once, and it must not be passed over in silence.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.observation.comments import Comment
from bot.core.plan import Plan, WriteState
from bot.core.records.branch import Records
from bot.core.records.environment import EnvironmentRecords
from bot.core.repository.decide import Round
from tests.builders import acceptance, ago, carried_out, comment, hold, records, rejection, request
from tests.core.commands import application_pass, repository_pass
from tests.core.commands.application_pass import DONE, REFUSED, SEEN, marks

ANEW = (
    "Not carried out: this comment was edited, and an edited comment can only ask or stop something. If you still want it, "
    "write it again:\n\n```\n{}\n```"
)
EARLIER = "This comment was edited after I read it. I carried out what it said then. For the current state: `/why`."


def edited(line: str, author: str = "alice", **fields: Any) -> Comment:
    return comment(line, author, number=7, edited=True, **fields)


def by_application(line: str, **fields: Any) -> Plan:
    return application_pass.plan(edited(line), **fields)


def by_repository(line: str, **fields: Any) -> Round:
    return repository_pass.decide(edited(line, fields.pop("by", "alice")), **fields)


def writes(outcome: Plan | Round) -> bool:
    return any(isinstance(action, WriteState) for action in outcome.actions)


def test_a_hold_takes_effect_in_its_present_text() -> None:
    first = by_repository("/hold prod for the audit", by="dave")

    assert [each.reason for each in repository_pass.written(first).of("prod").holds] == ["for the audit"]


def test_a_hold_that_was_edited_after_it_was_recorded_is_never_said_to_hold_another_place() -> None:
    """The first text holds dev; the new one holds prod as well."""
    before = repository_pass.held(hold(comment=7))
    second = by_repository("/hold prod", by="dave", kept=before)

    assert [each.comment for each in repository_pass.written(second).of("prod").holds] == [7]
    both = records(dev=before.of("dev"), prod=repository_pass.written(second).of("prod"))
    assert repository_pass.answer(by_repository("/hold prod", by="dave", kept=both)).startswith(
        "Held: nothing merges in `prod`"
    )


def test_a_rejection_takes_effect_in_its_present_text() -> None:
    first = application_pass.kept(by_application("/reject v1.5.0 it leaks").actions)
    assert first.of("prod").rejected["web"][0].tag == "v1.5.0"

    changed = application_pass.kept(by_application("/reject v1.4.0 it leaks", records=first).actions)
    assert {each.tag for each in changed.of("prod").rejected["web"]} == {"v1.5.0", "v1.4.0"}
    assert (
        "`v1.4.0` of `web` is rejected in"
        in application_pass.replies(by_application("/reject v1.4.0 it leaks", records=changed).actions)[0]
    )


@pytest.mark.parametrize(
    "line", ["/promote prod", "/rollback prod", "/unreject v1.5.0", "/override soak prod web it burns"]
)
def test_an_edited_command_that_promotes_or_loosens_is_refused(line: str) -> None:
    found = by_application(line)

    assert not writes(found)
    assert application_pass.refused(found.actions) == ANEW.format(line)


def test_an_edited_unhold_is_refused() -> None:
    found = by_repository("/unhold dev", kept=repository_pass.held(hold()))

    assert not writes(found)
    assert repository_pass.answer(found) == ANEW.format("/unhold dev")
    assert marks(found.actions) == [("IC_7", REFUSED)]


@pytest.mark.parametrize(
    "line", ["/promote staging web@v1.4.0", "/override soak staging web it burns", "/promote prod"]
)
@pytest.mark.parametrize(
    "recorded",
    [
        records(prod=EnvironmentRecords(requests={"web": request(comment=7)})),
        records(prod=EnvironmentRecords(accepted={"web": (acceptance(comment=7),)})),
        records(prod=EnvironmentRecords(rejected={"web": (rejection(comment=7),)})),
    ],
)
def test_a_command_recorded_before_the_edit_is_only_answered(line: str, recorded: Records) -> None:
    found = by_application(line, records=recorded)

    assert application_pass.replies(found.actions) == [EARLIER]
    assert marks(found.actions) == [("IC_7", DONE)]


def test_a_lifted_hold_is_answered_after_an_edit() -> None:
    both = EnvironmentRecords(holds=(hold(),), carried_out=(carried_out("/unhold all"),))
    found = by_repository("/unhold prod", kept=records(prod=both))

    assert not writes(found)
    assert repository_pass.answer(found) == EARLIER


def test_an_edited_question_is_answered() -> None:
    assert marks(by_application("/why prod").actions) == [("IC_7", DONE)]
    assert marks(by_repository("/help").actions) == [("IC_7", DONE)]
    assert marks(by_repository("/hodl all").actions) == [("IC_7", REFUSED)]


def test_an_answered_comment_is_not_read_again() -> None:
    """The bot's reaction stands for the former text."""
    again = replace(edited("/hold dev"), done=True)

    assert repository_pass.decide(again).actions == ()
    assert marks(repository_pass.decide(replace(again, done=False)).actions) == [("IC_7", SEEN)]


def test_a_hold_without_an_edit_is_recorded_once() -> None:
    kept = repository_pass.held(hold(comment=7, at=ago(minutes=1)))
    found = repository_pass.decide(comment("/hold dev", number=7), kept=kept)

    assert not writes(found)
