"""Requests by `/promote` and `/rollback`: recorded first, answered in the next pass, each at most once."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core.plan import OpenPromotion
from bot.core.records.environment import EnvironmentRecords
from tests.builders import (
    ago,
    arrival,
    comment,
    past,
    promotion,
    records,
    refusal,
    rejection,
    request,
    requested,
)
from tests.core.commands.application_pass import (
    DONE,
    HAD,
    SEEN,
    kept,
    marks,
    plan,
    recorded,
    replies,
)


def test_a_request_is_answered_once_there_is_a_pull_request() -> None:
    opening = plan("/promote prod", records=recorded())
    opened = plan(
        "/promote prod", records=recorded(), prod={"promotion": promotion("v1.5.0", environment="prod", number=8)}
    )

    assert any(isinstance(action, OpenPromotion) for action in opening.actions)
    assert replies(opening.actions) == []
    assert marks(opening.actions) == []
    assert marks(opened.actions) == [("IC_7", DONE)]
    assert replies(opened.actions) == ["Promoting `prod` to `v1.5.0` in #8.\n\n✅ **Every gate passes.**"]


GONE = "`v1.5.0` is no longer on its way to `prod`: the environment has changed since, or the pull request was closed."


@pytest.mark.parametrize(
    ("prod", "expected"),
    [
        ({"tag": "v1.5.0", "arrivals": (arrival("v1.5.0", ago(seconds=5)), *HAD)}, "Done: `prod` runs `v1.5.0`."),
        (
            {"tag": "v1.4.1", "arrivals": (arrival("v1.4.1", ago(seconds=5)), *HAD)},
            f"{GONE} `prod` runs `v1.4.1` now.",
        ),
        (
            {"past": (past("v1.5.0", at=ago(seconds=5)),)},
            f"{GONE} `prod` runs `v1.4.0` now.",
        ),
    ],
)
def test_an_ended_request_says_how_it_ended(prod: Any, expected: str) -> None:
    found = plan("/promote prod", records=recorded(), prod=prod)

    assert replies(found.actions) == [expected]
    assert marks(found.actions) == [("IC_7", DONE)]


def test_a_request_that_cannot_be_opened_is_answered_at_once() -> None:
    found = plan("/promote prod", records=recorded(), prod={"refusals": (refusal("envs/prod/web/deployment.yaml"),)})

    assert replies(found.actions)[0].startswith("Promoting `prod` to `v1.5.0`.\n\n⛔ **Manifests:**")


def test_a_request_is_answered_later_without_a_pull_request() -> None:
    late = comment("/promote prod", number=7, created_at=ago(minutes=15))
    asked = requested(request("v1.5.0", comment=7, at=ago(minutes=15)), "prod")

    assert marks(plan(late, records=asked).actions) == [("IC_7", DONE)]


def test_a_crash_between_record_and_reaction_repeats_nothing() -> None:
    """Redelivered a hundred times, a recorded comment is answered and never recorded again."""
    pull = {"promotion": promotion("v1.5.0", environment="prod", number=8)}
    for _ in range(3):
        found = plan(comment("/promote prod", number=7), records=recorded(), prod=pull)
        assert marks(found.actions) == [("IC_7", DONE)]


def test_a_replaced_request_is_answered_and_not_repeated() -> None:
    """The answer to the first failed, and the second took its place: its reaction is missing, its record is not."""
    first = kept(plan("/promote prod web@v1.2.0").actions)
    second = kept(plan(comment("/promote prod web@v1.3.0", number=8), records=first).actions)
    again = plan(comment("/promote prod web@v1.2.0", number=7), records=second)

    assert replies(again.actions) == ["A later command for `prod` replaced this one."]
    assert second.of("prod").requests["web"].before == (7,)


def test_two_commands_about_one_environment_do_not_undo_each_other() -> None:
    """The first is answered before the second replaces its record. Otherwise both would be carried out for ever."""
    both = comment("/promote prod", number=7, created_at=ago(minutes=2)), comment("/rollback prod", "bob", number=8)
    first = plan(*both)
    assert (marks(first.actions), kept(first.actions).of("prod").requests["web"].comment) == ([("IC_7", SEEN)], 7)

    second = plan(*both, records=kept(first.actions))
    assert marks(second.actions) == [("IC_7", DONE), ("IC_8", SEEN)]
    assert kept(second.actions).of("prod").requests["web"].comment == 8

    third = plan(replace(both[0], done=True), both[1], records=kept(second.actions))
    assert marks(third.actions) == []
    assert any(isinstance(action, OpenPromotion) for action in third.actions)


def test_a_request_with_a_replaced_record_says_so() -> None:
    """Its own rejection shows that it was carried out."""
    kept_records = records(
        prod=EnvironmentRecords(
            requests={"web": request("v1.5.0", comment=8)}, rejected={"web": (rejection("v1.4.0", comment=7),)}
        )
    )

    assert replies(plan("/rollback prod", records=kept_records).actions) == [
        "A later command for `prod` replaced this one."
    ]
