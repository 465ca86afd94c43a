"""What every command of an application checks first: its age, changes since then, and whether the bot may write."""

from dataclasses import replace
from datetime import datetime

import pytest

from bot.core.plan import Reply
from bot.core.records.branch import read_records
from tests.builders import (
    ago,
    arrival,
    comment,
    commit,
    environment,
    policy,
    promotion,
)
from tests.core.commands.application_pass import (
    HAD,
    kept,
    plan,
    refused,
)


@pytest.mark.parametrize(
    ("line", "head", "opened", "heard"),
    [
        ("/promote prod", ago(seconds=30), ago(hours=1), False),
        ("/promote prod", ago(minutes=1), ago(hours=1), True),
        ("/promote prod", None, ago(hours=1), True),
        ("/promote prod", ago(seconds=30), ago(seconds=30), True),
        ("/promote prod", ago(hours=-1), ago(hours=1), True),
        ("/promote prod web@v1.5.0", ago(seconds=30), ago(hours=1), True),
        ("/rollback prod", ago(seconds=30), ago(hours=1), True),
        ("/override soak it burns", ago(seconds=30), ago(hours=1), False),
    ],
)
def test_a_command_on_a_promotion_with_a_newer_version_is_refused(
    line: str,
    head: datetime | None,
    opened: datetime,
    heard: bool,  # noqa: FBT001
) -> None:
    """Its reader saw another version there, perhaps; who names one, or goes back, does not mean it."""
    open_ = promotion("v1.5.0", head=replace(commit("head"), at=head), created_at=opened)
    found = plan(comment(line, number=7, promotion=("prod", "web"), subject_number=7), prod={"promotion": open_})

    if heard:
        assert kept(found.actions).of("prod").requests
    else:
        assert refused(found.actions).startswith(
            "Not carried out: #7, the promotion to `prod`, has changed since you wrote this. It now promotes `v1.5.0`."
        )


def test_a_late_command_is_refused_with_the_line_to_paste() -> None:
    text = refused(plan(comment("/promote prod", number=7, created_at=ago(minutes=15, seconds=1))).actions)

    assert text.startswith("Not carried out: this comment is more than 15 minutes old.")
    assert text.endswith("```\n/promote prod\n```")
    assert kept(plan(comment("/promote prod", number=7, created_at=ago(minutes=15))).actions)


def test_a_command_older_than_the_present_version_is_refused() -> None:
    text = refused(plan("/promote prod", prod={"arrivals": (arrival("v1.4.0", ago(seconds=30)), *HAD[1:])}).actions)

    assert text.startswith("Not carried out: `prod` has changed since you wrote this. It runs `v1.4.0` now.")


def test_an_environment_in_observe_mode_refuses_commands() -> None:
    rules = policy(environment("dev"), environment("staging", "dev"), environment("prod", "staging", mode="observe"))

    assert refused(plan("/promote prod", rules=rules).actions) == (
        "Nothing was done: the policy has `prod` in mode `observe`, so the bot only shows what it would do there."
    )


def test_a_command_that_cannot_be_recorded_is_refused() -> None:
    text = refused(plan("/promote prod", records=read_records({"prod.yaml": "["})).actions)

    assert text.startswith("I can't record this: prod.yaml on gitops-state cannot be read")


def test_a_hostile_line_is_quoted_safely() -> None:
    found = plan("/promote `x`fixes#1|<b>")
    (reply,) = (action for action in found.actions if isinstance(action, Reply))

    assert reply.body.startswith("> `/promote 'x'fixes#1|<b>`\n\nThe policy has no environment `'x'fixes#1|<b>`.")
    assert reply.subject_id == "I_3"
