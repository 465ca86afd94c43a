"""`/why`: what it says first, and what it says of which environment."""

from typing import Any

import pytest

from bot.core.records.branch import Records
from bot.core.values.artifacts import Unanswered
from tests.builders import (
    WEB,
    comment,
    promotion,
    rejected,
    rejection,
)
from tests.core.commands.application_pass import DONE, RULES, marks, plan, recorded, refused, replies


def test_why_says_every_gates_answer_for_every_environment() -> None:
    found = plan("/why")
    (text,) = replies(found.actions)

    assert marks(found.actions) == [("IC_7", DONE)]
    newest = "**`web` in `{}`** has `v1.5.0`. ✅ `v1.5.0` is the newest version it can have."
    assert [line for line in text.splitlines() if line.startswith("**")] == [
        f"{newest.format('dev')} Another one comes by name, with `/promote dev web@VERSION`.",
        f"{newest.format('staging')} Another one comes by name, with `/promote staging web@VERSION`.",
        "**`web` in `prod`** has `v1.4.0`. `v1.5.0` could be promoted with `/promote prod web`.",
    ]


@pytest.mark.parametrize(
    ("line", "on", "expected"),
    [
        ("/why prod", None, ["prod"]),
        ("/why", ("prod", "web"), ["prod"]),
        ("/why all", ("prod", "web"), ["dev", "staging", "prod"]),
    ],
)
def test_why_of_one(line: str, on: Any, expected: list[str]) -> None:
    (text,) = replies(plan(comment(line, number=7, promotion=on)).actions)

    assert [name for name in RULES.environments if f"in `{name}`**" in text] == expected


def test_why_of_what_cannot_be_told() -> None:
    """A single reason is said once, without a table."""
    text = "".join(replies(plan("/why dev", tags={WEB: Unanswered(WEB, "503")}).actions))

    assert text.startswith("**`web` in `dev`** has `v1.5.0`. ⏳ **Image:** cannot ask about")
    assert "|" not in text


def test_why_of_an_application() -> None:
    assert refused(plan("/why web").actions) == (
        "`web` is an application. Name the environment before it: `dev`, `staging`, `prod`."
    )


def test_why_of_none() -> None:
    assert refused(plan("/why prd").actions).startswith("The policy has no environment `prd`")
    assert refused(plan(comment("/why", number=7, promotion=("gone", "web"))).actions).startswith(
        "The policy has no environment `gone`"
    )


@pytest.mark.parametrize(
    ("prod", "asked", "expected"),
    [
        ({"promotion": promotion("v1.5.0", environment="prod", number=8)}, recorded(), "`v1.5.0` is proposed in #8."),
        ({}, recorded(), "`v1.5.0` comes next."),
        ({}, rejected(rejection("v1.5.0"), environment="prod"), "`v1.5.0` is the newest, and is not proposed."),
    ],
)
def test_why_says_what_comes_next(prod: Any, asked: Records, expected: str) -> None:
    (text,) = replies(plan("/why prod", prod=prod, records=asked).actions)

    assert text.splitlines()[0] == f"**`web` in `prod`** has `v1.4.0`. {expected}"
