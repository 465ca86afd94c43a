"""A hold that an application's pass sees before it is on record keeps that pass from merging."""

from typing import Any

import pytest

from bot.core.commands.conversation.unread_holds import unread_holds
from bot.core.policy import Policy
from bot.core.records.environment import EnvironmentRecords
from tests.builders import NOW, ago, application, carried_out, comment, environment, policy, records
from tests.core.commands.application_pass import RULES, world

EMPTY_BUT_OWNED = policy(
    environment("dev", permissions={"hold": ["owners"]}),
    applications=[application("web"), application("api", owners=["@carol"])],
)


def places(line: str, author: str = "bob", *, rules: Policy = RULES, **fields: Any) -> list[str]:
    kept = fields.pop("records", None)
    found = unread_holds(rules, world(comment(line, author, number=7, **fields), records=kept), NOW)
    return [f"{place} {hold.application or ''}".strip() for place, hold in found]


@pytest.mark.parametrize(
    ("line", "fields", "expected"),
    [
        ("/hold all", {}, ["all"]),
        ("/hold dev until 14:00 the database moves", {}, ["dev"]),
        ("/hold dev web", {}, ["dev web"]),
        ("/hold", {"promotion": ("prod", "web")}, ["prod web"]),
        ("/hold all", {"edited": True}, ["all"]),
        ("/hold all", {"created_at": ago(hours=5)}, ["all"]),
        # Nothing that would be carried out, or something that was.
        ("/hold nowhere", {}, []),
        ("/hold", {}, []),
        ("/hold all", {"author": "carol"}, []),
        ("/hold all", {"done": True}, []),
        ("/hodl all", {}, []),
        ("/unhold all", {}, []),
        ("Wait, please.", {}, []),
    ],
)
def test_what_is_asked_for(line: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert places(line, fields.pop("author", "bob"), **fields) == expected


def test_what_is_on_record_or_about_another_application_is_not_waited_for() -> None:
    done = records(all=EnvironmentRecords(carried_out=(carried_out("/hold all"),)))

    assert places("/hold all", records=done) == []
    assert places("/hold dev api", rules=EMPTY_BUT_OWNED) == []


def test_owners_of_the_application_that_is_named_may() -> None:
    assert places("/hold dev", "carol", rules=EMPTY_BUT_OWNED) == ["dev"]
    assert places("/hold dev web", "carol", rules=EMPTY_BUT_OWNED) == []
