"""The rows are those of `bot/core/gates/closed.py`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.gates import closed
from bot.core.gates.question import Purpose
from bot.core.state import PastPromotion
from tests.builders import (
    NOW,
    actor,
    ago,
    environment,
    environment_state,
    past,
    policy,
    promotion,
    question,
    request,
    said,
    state,
)

RULES = policy(environment())


def closing(**fields: Any) -> PastPromotion:
    """By a stale-bot, an hour ago."""
    found = past("v1.5.0", at=ago(hours=1))
    return replace(found, **{"by_person": False, "by_machine": True, "ended_by": actor("stale", is_bot=True), **fields})


def ask(*ended: PastPromotion, rules: Any = RULES, **fields: Any) -> str:
    opened = fields.pop("promotion", None)
    seen = state(environment_state("dev", past=ended, promotion=opened))
    verdict = closed.judge(question("v1.5.0", policy=rules, state=seen, **fields))
    return said(verdict) if verdict else ""


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (closing(), "waiting closed-by-app"),
        (closing(version=None), "waiting closed-by-app"),
        (closing(ended_by=None), "waiting closed-by-app"),
        (closing(closed_at=NOW - timedelta(days=1)), ""),
        (past("v1.5.0", at=ago(hours=1)), ""),
        (replace(closing(), version=past("v1.4.1").version), ""),
    ],
)
def test_how_it_ended(ended: PastPromotion, expected: str) -> None:
    """zfs-replicate#564: a stale-bot closed what waited."""
    assert ask(ended) == expected


def test_nothing_has_ended() -> None:
    assert ask() == ""


def test_an_open_promotion_waits_for_nothing() -> None:
    assert ask(closing(), promotion=promotion()) == ""


@pytest.mark.parametrize(("at", "expected"), [(ago(hours=2), "waiting closed-by-app"), (ago(minutes=2), "")])
def test_what_was_requested_before_the_close_waits_too(at: Any, expected: str) -> None:
    """Otherwise two machines would open and close it without end; a new request is a person's."""
    assert ask(closing(), purpose=Purpose.PROMOTE, request=request("v1.5.0", at=at)) == expected


def test_the_last_ending_counts() -> None:
    assert ask(closing(closed_at=ago(hours=3)), past("v1.5.0", at=ago(hours=1))) == ""


def test_names_who_can_have_it_sooner() -> None:
    seen = state(environment_state("dev", past=(closing(),)))
    verdict = closed.judge(question("v1.5.0", policy=RULES, state=seen))
    assert verdict is not None
    assert verdict.who == ("people with write permission, using `/promote dev web@v1.5.0`",)
    assert verdict.again_at == NOW + timedelta(hours=23)
    nobody = policy(environment(permissions={"promote": []}))
    verdict = closed.judge(question("v1.5.0", policy=nobody, state=seen))
    assert verdict is not None
    assert verdict.who == ()
