"""`/help`: every command, and where its author may give it."""

import re

import pytest

from tests.builders import (
    comment,
)
from tests.core.commands.repository_pass import DONE, answer, decide, marks


def test_help_lists_every_command() -> None:
    outcome = decide("/help")

    assert marks(outcome.actions) == [("IC_7", DONE)]
    for word in ("/promote", "/rollback", "/hold", "/unhold", "/why", "/help"):
        assert f"| `{word}" in answer(outcome)
    assert r"| `/hold [all\|ENV\|ENV APP] [until TIME] [reason]` |" in answer(outcome)


@pytest.mark.parametrize(
    ("author", "rows"),
    [
        # maintain; prod has its own lists
        (
            "alice",
            {"/promote": "everywhere", "/hold": "`dev`", "/unhold": "your own; others: `dev`", "/why": "everywhere"},
        ),
        (
            "carol",
            {"/promote": "nowhere", "/hold": "nowhere", "/unhold": "your own; others: nowhere", "/help": "everywhere"},
        ),
        ("erin", {"/promote": "everywhere", "/hold": "`dev`", "/unhold": "your own; others: `prod`"}),
    ],
)
def test_help_on_a_promotion_says_what_its_reader_may_do(author: str, rows: dict[str, str]) -> None:
    """Elsewhere the application is unknown, and so are its owners."""
    teams = {"acme/sre": frozenset({"erin"})}
    there = answer(decide(comment("/help", author, number=7, promotion=("prod", "web")), teams=teams))
    elsewhere = answer(decide(comment("/help", author, number=7), teams=teams))
    cells = [
        line.replace("\\|", "/").strip("| ").split(" | ") for line in there.splitlines() if line.startswith("| `/")
    ]
    said = {re.match(r"`(/\w+)", row[0]).group(1): row[2] for row in cells}  # type: ignore[union-attr]

    assert {word: said[word] for word in rows} == rows
    assert "where you can" not in elsewhere
