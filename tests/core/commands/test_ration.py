"""People without a role share a few answers an hour; people with a role never wait for them."""

from collections.abc import Sequence
from datetime import timedelta

from bot.core.commands.shared.answer_marks import answered
from bot.core.commands.shared.last_pass import LastPass
from bot.core.commands.shared.limits import MOST_MARKS
from bot.core.commands.shared.ration import FULL, READERS_SHARE, Ration, spent
from bot.core.decide import decide
from bot.core.plan import Action, React, Reaction, Reply
from bot.core.repository.decide import decide_repository
from tests.builders import NOW, PEOPLE, comment, sweep
from tests.core.applied import noted
from tests.core.commands import application_pass, repository_pass

EMPTY = Ration(0, NOW + timedelta(minutes=40))
LAST = Ration(1, NOW + timedelta(minutes=40))
NOTE = (
    "People without a role on this repository share 15 answers an hour, and this is the last one. Until 2026-03-03 12:40 UTC, "
    "I react to their commands with 😕 only."
)


def by_application(line: str, *authors: str, ration: Ration = FULL) -> tuple[Action, ...]:
    said = [comment(line, author, number=number) for number, author in enumerate(authors, 1)]
    seen = noted(application_pass.world(*said), application_pass.RULES)
    return decide(seen, application_pass.RULES, NOW, last=LastPass(ration=ration)).actions


def by_repository(line: str, *authors: str, ration: Ration = FULL) -> tuple[Action, ...]:
    said = tuple(comment(line, author, number=number) for number, author in enumerate(authors, 1))
    return decide_repository(sweep(comments=said), repository_pass.RULES, NOW, last=LastPass(ration=ration)).actions


def got(actions: Sequence[Action]) -> dict[int, str]:
    """What each comment got: an answer, or a reaction alone."""
    kinds = {Reply: "answer", React: "😕"}
    return {
        int(each.comment_id.removeprefix("IC_")): kinds[type(each)]
        for each in actions
        if isinstance(each, Reply | React)
    }


def test_a_stranger_beyond_the_share_gets_a_reaction() -> None:
    for pass_of, line in (
        (by_application, "/why"),
        (by_application, "/promote nowhere"),
        (by_repository, "/unhold all"),
    ):
        found = pass_of(line, "stranger", "bob", "carol", ration=EMPTY)

        assert {number for number, what in got(found).items() if what == "😕"} >= {1, 3}, "carol may only read"
    assert got(by_repository("/hlep", "stranger", "bob", ration=EMPTY)) == {1: "😕", 2: "answer"}


def test_the_last_answer_says_what_follows() -> None:
    found = by_repository("/help", "stranger", "alice", "stranger", ration=LAST)

    assert got(found) == {1: "answer", 2: "answer", 3: "😕"}
    replies = {answered(each.body): each.body for each in found if isinstance(each, Reply)}
    assert NOTE in replies[1]
    assert NOTE not in replies[2]
    (mark,) = (each for each in found if isinstance(each, React))
    assert mark.reaction is Reaction.DONE


def test_people_with_a_role_come_first() -> None:
    found = by_application("/why", *["stranger"] * 30, "alice")

    assert got(found)[31] == "answer"
    assert (
        spent(found, [comment("/why", author, number=n) for n, author in ((1, "stranger"), (31, "alice"))], PEOPLE) == 1
    )


def test_a_flood_of_reactions_comes_in_measure() -> None:
    assert len(got(by_repository("/help", *["stranger"] * 200, ration=EMPTY))) == MOST_MARKS
    assert READERS_SHARE < 20, (
        "others measured that GitHub refuses more in a minute: https://github.com/cli/cli/issues/4801"
    )
