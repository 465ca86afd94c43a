"""The comments that an application's pass answers: which ones, in which order, and how many."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.commands.shared.limits import MOST_ANSWERS
from bot.core.decide import decide
from tests.builders import (
    NOW,
    actor,
    ago,
    application,
    arrival,
    comment,
    environment,
    environment_state,
    policy,
    request,
    requested,
)
from tests.core.commands.application_pass import (
    REFUSED,
    RULES,
    SEEN,
    marks,
    plan,
    replies,
    world,
)


def test_at_most_one_command_changes_the_records_in_a_pass() -> None:
    found = plan(comment("/promote prod", number=7, created_at=ago(minutes=2)), comment("/rollback staging", number=8))

    assert marks(found.actions) == [("IC_7", SEEN)]


def test_a_refused_command_does_not_delay_the_next() -> None:
    found = plan(
        comment("/promote prd", number=6, created_at=ago(minutes=2)),
        comment("/promote prod", number=7),
        comment("/why", number=8),
    )

    assert marks(found.actions) == [("IC_6", REFUSED), ("IC_7", SEEN)]


def test_commands_for_two_environments_are_answered_in_one_pass() -> None:
    asked = requested(request("v1.5.0", comment=7, at=ago(minutes=2)), "prod")
    had = environment_state(
        "staging", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1)), arrival("v1.4.0", ago(hours=2)))
    )
    seen = world(
        comment("/promote prod", number=7, created_at=ago(minutes=2)),
        comment("/rollback staging", number=8),
        records=asked,
    )
    found = decide(replace(seen, environments={**seen.environments, "staging": had}), RULES, NOW)

    assert marks(found.actions) == [("IC_8", SEEN)]


@pytest.mark.parametrize(
    "fields",
    [
        {"done": True},
        {"author": actor("renovate", is_bot=True)},
        {"created_at": NOW - timedelta(days=3, seconds=1)},
    ],
)
def test_answered_bot_and_old_comments_are_ignored(fields: Any) -> None:
    found = plan(replace(comment("/promote prod", number=7), **fields))

    assert replies(found.actions) == []
    assert marks(found.actions) == []


@pytest.mark.parametrize(
    "body", ["> /promote prod", "```\n/promote prod\n```", "/lgtm", "/promot prod", "/help", "/hold prod"]
)
def test_other_text_and_repository_commands_are_ignored(body: str) -> None:
    found = plan(comment(body, number=7))

    assert marks(found.actions) == []


def test_a_command_about_another_application_is_ignored() -> None:
    two = policy(*RULES.environments.values(), applications=[application("web"), application("api")])

    assert marks(plan("/promote prod api", rules=two).actions) == []
    assert marks(plan("/promote prod", rules=two).actions) == []
    assert marks(plan("/promote prod web", rules=two).actions) == [("IC_7", SEEN)]


@pytest.mark.parametrize("mode", [{"mode": "observe"}, {"applications": [application(mode="observe")]}])
def test_no_comment_is_answered_in_observe_mode(mode: Any) -> None:
    rules = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging"), **mode)

    assert plan("/promote prod", rules=rules).actions == ()
    assert plan("/why", rules=rules).actions == ()


def test_questions_are_answered_after_commands_and_few_at_a_time() -> None:
    """What the bot may write in a minute is limited, and a crowd that asks shall not use it up."""
    crowd = [comment("/why dev", "stranger", number=number, created_at=ago(minutes=9)) for number in range(1, 31)]
    acting = plan(*crowd, comment("/promote prod", number=99))

    assert marks(acting.actions) == [("IC_99", SEEN)]
    assert len(marks(plan(*crowd).actions)) == MOST_ANSWERS
