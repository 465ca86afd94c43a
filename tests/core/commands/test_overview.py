"""`/why` without an application, where there are many."""

from typing import Any

import pytest

from bot.core.commands.shared.last_pass import LastPass
from bot.core.commands.shared.overview import overview
from bot.core.plan import Row, Severity
from bot.core.policy import Policy
from bot.core.repository.decide import decide_repository
from tests.builders import NOW, application, comment, environment, policy, sweep
from tests.core.commands.repository_pass import DONE, REFUSED, answer, marks

NAMES = ("cart", "news", "pay", "search", "shop", "users", "zoo")
RULES = policy(environment(), environment("prod", "dev"), applications=[application(name) for name in NAMES])


def row(environment: str, severity: Severity = Severity.BLOCKED, *, alone: bool = False) -> Row:
    return Row("", stands_alone=alone, environment=environment, severity=severity, said=f"why in {environment}")


ROWS = {
    "cart": (row("dev"), row("prod")),
    "news": (row("dev", alone=True),),
    "pay": (row("dev", Severity.WAITING),),
    "search": (row("prod", Severity.PASSED),),
    "shop": (row("prod"),),
    "users": (row("dev"),),
}


def test_the_five_that_need_a_person_most() -> None:
    blocked = {name: (row("dev"),) for name in NAMES} | {"zoo": (row("prod"),), "shop": (row("dev", alone=True),)}

    assert overview(RULES, blocked) == (
        "7 of 7 applications need a person in all environments; 0 are waiting.\n\n"
        "- **`shop` in `dev`:** why in dev\n"
        "- **`zoo` in `prod`:** why in prod\n"
        "- **`cart` in `dev`:** why in dev\n"
        "- **`news` in `dev`:** why in dev\n"
        "- **`pay` in `dev`:** why in dev\n\n"
        "And 2 more. The dashboard has all of them.\n\n"
        "For one of them: `/why ENV APP`."
    )


def test_what_was_not_looked_at_is_told() -> None:
    said = overview(RULES, ROWS)

    assert said.startswith(
        "4 of 7 applications need a person in all environments; 1 are waiting.\n\n- **`news` in `dev`"
    )
    assert "⏳ 1 have not been checked since the bot started." in said


def test_one_environment_alone() -> None:
    said = overview(RULES, ROWS, "prod")

    assert said.startswith("2 of 7 applications need a person in `prod`")
    assert "`users`" not in said
    assert "- **`cart` in `prod`:** why in prod" in said


def test_where_nobody_is_needed() -> None:
    assert overview(RULES, dict.fromkeys(NAMES, ())) == (
        "0 of 7 applications need a person in all environments; 0 are waiting."
    )


def why(line: str, rules: Policy = RULES) -> Any:
    return decide_repository(sweep(comments=(comment(line, number=7),)), rules, NOW, last=LastPass(rows=ROWS))


@pytest.mark.parametrize("line", ["/why", "/why all", "/why prod"])
def test_it_is_the_answer_to_why(line: str) -> None:
    outcome = why(line)

    assert answer(outcome) == overview(RULES, ROWS, line.removeprefix("/why").strip())
    assert marks(outcome.actions) == [("IC_7", DONE)]


def test_an_unknown_environment_is_told() -> None:
    outcome = why("/why prd")

    assert answer(outcome) == "The policy has no environment `prd`. It has `dev`, `prod`. Did you mean `prod`?"
    assert marks(outcome.actions) == [("IC_7", REFUSED)]
