"""`/hold`: what it stops and until when, who may, and what the reply says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.observation.pull_request import Merged
from tests.builders import (
    NOW,
    ago,
    application,
    comment,
    environment,
    hold,
    policy,
    sweep,
    swept_pull,
)
from tests.core.commands.repository_pass import BROKEN, DONE, REFUSED, SEEN, answer, decide, held, marks, written

NO_TIME = "`tomorrow` is not a time in the future. Write for example `2h`, `14:00` or `2026-12-24 14:00`."


@pytest.mark.parametrize(
    ("line", "on", "where", "application"),
    [
        ("/hold all", None, "all", None),
        ("/hold dev", None, "dev", None),
        ("/hold dev web", None, "dev", "web"),
        ("/hold", ("dev", "web"), "dev", "web"),
        ("/hold dev", ("prod", "web"), "dev", None),
    ],
)
def test_a_hold_is_recorded_before_it_is_answered(line: str, on: Any, where: str, application: str | None) -> None:
    first = decide(comment(line, "bob", number=7, promotion=on))
    (kept,) = written(first).of(where).holds

    assert (kept.application, kept.by, kept.at, kept.until, kept.comment) == (
        application,
        "bob",
        ago(minutes=1),
        None,
        7,
    )
    assert marks(first.actions) == [("IC_7", SEEN)]
    assert first.unfinished

    second = decide(comment(line, "bob", number=7, promotion=on), kept=written(first))
    assert marks(second.actions) == [("IC_7", DONE)]
    assert answer(second).startswith("Held: nothing merges ")
    assert not second.unfinished


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "/hold all",
            "Held: nothing merges anywhere until somebody lifts it with `/unhold all`. Rollbacks still merge.",
        ),
        (
            "/hold dev web",
            "Held: nothing merges for `web` in `dev` until somebody lifts it with `/unhold dev web`. Rollbacks still merge.",
        ),
        (
            "/hold dev until 2h",
            "Held: nothing merges in `dev` until 2026-03-03 13:59 UTC. Rollbacks still merge.",
        ),
    ],
)
def test_the_reply_says_what_is_held_until_when(line: str, text: str) -> None:
    assert answer(decide(line, kept=written(decide(line)))) == text


@pytest.mark.parametrize(
    ("line", "merged", "held_up"),
    [
        ("/hold all", ["#4 dev: web", "#5 prod: api"], ["#7 dev: web", "#8 prod: api"]),
        ("/hold dev", ["#4 dev: web"], ["#7 dev: web"]),
        ("/hold dev api", [], []),
    ],
)
def test_the_reply_names_recent_merges_and_open_promotions(line: str, merged: list[str], held_up: list[str]) -> None:
    """Of the place alone; nothing that was merged long ago, is a fork's, or is no promotion."""
    text = answer(
        decide(
            line,
            kept=written(decide(line)),
            merges=(
                Merged("prod", "api", ago(minutes=14), 5, "prod: api"),
                Merged("dev", "web", ago(minutes=1), 4, "dev: web"),
                Merged("dev", "web", ago(minutes=15), 3, "dev: web"),
            ),
            pulls=(
                swept_pull(number=8, branch="gitops/prod/api", title="prod: api"),
                swept_pull(title="dev: web"),
                swept_pull(number=9, title="mine", is_cross_repository=True),
                swept_pull(number=10, branch="feature", title="mine"),
            ),
        )
    )
    first, *lists = text.replace("\\", "").split("\n\n")
    assert first.startswith("Held: ")
    assert lists == [
        "\n".join([heading, *(f"- {each}" for each in listed)])
        for heading, listed in (
            ("Merged in the last 15 minutes, before the hold:", merged),
            ("Open, and held unless it is a rollback:", held_up),
        )
        if listed
    ]


def test_the_reply_names_ten_of_many() -> None:
    pulls = tuple(swept_pull(number=number) for number in range(1, 13))
    text = answer(decide("/hold all", kept=written(decide("/hold all")), pulls=pulls))
    assert text.splitlines()[-2].startswith("- #10 ")
    assert text.splitlines()[-1] == "- and 2 more"


def test_a_hold_has_a_reason_and_an_end_in_the_environments_zone() -> None:
    (kept,) = written(decide(comment("/hold prod until 14:00 load test", "dave", number=7))).of("prod").holds

    assert (kept.until, kept.reason) == (NOW + timedelta(hours=1), "load test")


def test_times_are_shown_in_the_environments_zone() -> None:
    rules = policy(environment("dev", timezone="Europe/Berlin"))
    line = "/hold dev until 14:00"

    assert answer(decide(line, rules=rules, kept=written(decide(line, rules=rules)))).startswith(
        "Held: nothing merges in `dev` until 2026-03-03 14:00 in Europe/Berlin (2026-03-03 13:00 UTC)."
    )


def test_a_late_hold_is_obeyed() -> None:
    old = comment("/hold dev", number=7, created_at=ago(days=2))

    assert written(decide(old)).of("dev").holds


def test_an_expired_hold_is_not_recorded() -> None:
    """The bot was down until after the hold's end: nothing is recorded, and the reply does not claim a hold."""
    late = comment("/hold dev until 1h", number=7, created_at=ago(hours=2))

    assert answer(decide(late)) == (
        "Nothing is held: I read this only now, after the hold would have ended at 2026-03-03 11:00 UTC."
    )


@pytest.mark.parametrize(
    ("line", "author", "expected"),
    [
        ("/hold", "bob", "Say where: `/hold [all|ENV|ENV APP] [until TIME] [reason]`, with one of `all`, `dev`, `prod`."),
        ("/hold prd", "bob", "There is no `prd`. Did you mean `prod`?"),
        ("/hold dev until tomorrow", "bob", NO_TIME),
        ("/hold dev", "carol", "You can't use `/hold` in `dev`. Who can: people with write permission."),
        ("/hold all", "carol", "You can't use `/hold` everywhere. Who can: people with write permission."),
        ("/hold prod", "alice", "You can't use `/hold` in `prod`. Who can: dave."),
        ("/unhold", "bob", "Say where: `/unhold [all|ENV|ENV APP]`, with one of `all`, `dev`, `prod`."),
    ],
)  # fmt: skip
def test_an_impossible_hold_is_refused(line: str, author: str, expected: str) -> None:
    outcome = decide(comment(line, author, number=7))

    assert answer(outcome) == expected
    assert marks(outcome.actions) == [("IC_7", REFUSED)]


def test_a_hold_on_a_promotion_of_a_removed_environment_is_refused() -> None:
    outcome = decide(comment("/hold", number=7, promotion=("old", "web")))

    assert answer(outcome) == "The policy has no environment `old`. It has `dev`, `prod`."


def test_owners_may_hold_their_application() -> None:
    rules = policy(
        environment("dev", permissions={"hold": ["owners"]}),
        applications=[application("web", owners=["@dave"]), application("api")],
    )

    assert written(decide(comment("/hold dev web", "dave", number=7), rules=rules)).of("dev").holds
    assert "Who can: nobody" in answer(decide(comment("/hold dev api", "dave", number=7), rules=rules))


def test_owners_may_hold_whole_environments_but_lift_only_their_own() -> None:
    """Only a person who may lift everything lifts others' holds there."""
    rules = policy(
        environment("dev", permissions={"hold": ["owners"], "unhold": ["owners"]}),
        applications=[application("web", owners=["@dave"]), application("api", owners=["@erin"])],
    )

    assert written(decide(comment("/hold dev", "erin", number=7), rules=rules)).of("dev").holds[0].by == "erin"
    assert written(decide(comment("/hold dev api", "erin", number=7), rules=rules)).of("dev").holds[0].by == "erin"
    assert answer(decide(comment("/hold dev web", "erin", number=7), rules=rules)) == (
        "You can't use `/hold` in `dev`. Who can: dave."
    )
    assert answer(decide(comment("/unhold dev", "erin", number=7), rules=rules, kept=held(hold(by="bob")))) == (
        "You can't use `/unhold` in `dev`. Who can: bob, who set the hold."
    )


def test_a_hold_that_cannot_be_recorded_says_so() -> None:
    broken = replace(sweep().state, files={"dev.yaml": "["})
    outcome = decide("/hold dev", state=broken)

    assert answer(outcome).startswith("I can't record this: dev.yaml on gitops-state cannot be read")


def test_hold_all_works_while_the_policy_is_broken() -> None:
    """Without a policy the environments are unknown, but a hold at night cannot wait."""
    first = decide("/hold all the database moves", rules=BROKEN)
    kept = written(first)

    assert [hold.reason for hold in kept.of("all").holds] == ["the database moves"]
    assert first.unfinished
    assert answer(decide("/hold all the database moves", rules=BROKEN, kept=kept)).startswith("Held: nothing merges")
    assert answer(decide(comment("/hold all", "carol", number=7), rules=BROKEN)).startswith("You can't use `/hold`")
    lifting = comment("/unhold all", number=8, created_at=NOW)
    assert written(decide(lifting, rules=BROKEN, kept=kept)).of("all").holds == ()
