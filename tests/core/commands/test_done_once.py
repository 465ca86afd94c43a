"""Done is one fact, together with its answer: whatever is lost on the way, a command acts once and is answered once.

Every command and every outcome, followed through the passes while GitHub loses or refuses the record, the answer, or both.
Nothing here depends on a reaction: GitHub may refuse all of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest

from bot.core.commands import COMMANDS
from bot.core.commands.shared.answer_marks import answered
from bot.core.decide import decide
from bot.core.observation.comments import Comment
from bot.core.plan import Action, React, Reaction, Reply, WriteState
from bot.core.records.branch import Records, read_records
from bot.core.records.environment import EnvironmentRecords
from tests.builders import NOW, ago, comment, hold, rejection
from tests.core.applied import applied
from tests.core.commands import application_pass, repository_pass

LOSSES = ({"record"}, {"answer"}, {"record", "answer"}, set[str]())
NOTHING = Records()
LOSING, ROUNDS = 3, 12
"""Passes in which something is lost, and passes in which everything must have come to its end."""

REJECTED = EnvironmentRecords(rejected={"web": (rejection("v1.3.0", at=ago(hours=1), comment=2),)})
HELD = EnvironmentRecords(holds=(hold(comment=3, at=ago(hours=1)),))

BY_APPLICATION: Mapping[str, tuple[bool, dict[str, Any]]] = {
    # carried out
    "/promote prod": (True, {}),
    "/promote prod web@v1.3.0": (True, {}),
    "/rollback prod": (True, {}),
    "/reject v1.5.0 it leaks": (True, {}),
    "/unreject v1.3.0": (True, {"records": Records(environments={"prod": REJECTED})}),
    "/override soak prod web it burns": (True, {}),
    # questions
    "/why prod": (False, {}),
    "/refresh": (False, {}),
    # no such place, no such version, nothing to do
    "/promote nowhere": (False, {}),
    "/promote prod web@v9": (False, {}),
    "/promote prod web@v1.4.0": (False, {}),
    "/rollback nowhere": (False, {}),
    "/unreject v1.2.0": (False, {}),
    "/override image prod web it burns": (False, {}),
}
BY_REPOSITORY: Mapping[str, tuple[bool, dict[str, Any]]] = {
    "/hold dev the database moves": (True, {}),
    "/hold all": (True, {}),
    "/unhold dev": (True, {"kept": Records(environments={"dev": HELD})}),
    "/unhold prod": (False, {}),
    "/hold nowhere": (False, {}),
    "/hodl dev": (False, {}),
    "/promote dev nothing": (False, {}),
    "/help": (False, {}),
}
VARIANTS: Mapping[str, dict[str, Any]] = {
    "new": {},
    "edited": {"edited": True},
    "expired": {"created_at": ago(minutes=20)},
    "by nobody": {"author": "stranger"},
}


@dataclass
class World:
    """What people see in the end: the commits and the answers, by the number of the comment."""

    losses: set[str]
    commits: Counter[str] = field(default_factory=Counter)
    answers: Counter[int | None] = field(default_factory=Counter)
    turn: int = 0

    def take(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        """Return what GitHub takes of a plan. A write of the records that is lost ends it."""
        self.turn += 1
        lost = self.losses if self.turn <= LOSING else set[str]()
        taken: list[Action] = []
        for action in actions:
            if isinstance(action, WriteState):
                if "record" in lost:
                    break
                self.commits[action.message.body.partition(" on ")[0]] += 1
            if isinstance(action, Reply):
                assert f"IC_{answered(action.body)}" == action.comment_id, "an answer names its comment"
                assert action.mark is not Reaction.SEEN
                if "answer" in lost:
                    continue
                self.answers[answered(action.body)] += 1
            if isinstance(action, React):
                assert action.reaction is Reaction.SEEN, "no comment is marked as done without an answer"
            taken.append(action)
        return tuple(taken)


def through_the_application(losses: set[str], *comments: Comment, **fields: Any) -> World:
    """Follow the passes of the application to their end."""
    world, state = World(losses), application_pass.world(*comments, **fields)
    for _ in range(ROUNDS):
        state = applied(state, world.take(decide(state, application_pass.RULES, NOW).actions), world.turn)
    return world


def through_the_repository(losses: set[str], *comments: Comment, kept: Records = NOTHING) -> World:
    """Follow the repository's own passes to their end."""
    world, said = World(losses), list(comments)
    for _ in range(ROUNDS):
        for action in world.take(repository_pass.decide(*said, kept=kept).actions):
            if isinstance(action, WriteState):
                new = read_records({name: text for name, text in action.files.items() if text})
                kept = kept.model_copy(update={"environments": {**kept.environments, **new.environments}})
            if isinstance(action, Reply):
                said = [replace(each, done=each.done or each.node_id == action.comment_id) for each in said]
    return world


def case(line: str, variant: str) -> Comment:
    fields = dict(VARIANTS[variant])
    return comment(line, fields.pop("author", "alice"), number=7, **{"created_at": ago(minutes=1), **fields})


def is_carried_out(line: str, variant: str) -> bool:
    """A stop has no time limit, and counts in its present text."""
    stops = line.startswith(("/hold", "/reject"))
    return variant == "new" or (stops and variant in ("edited", "expired"))


def every(lines: Iterable[str]) -> list[tuple[str, str, set[str]]]:
    return list(product(lines, VARIANTS, LOSSES))


@pytest.mark.parametrize(("line", "variant", "losses"), every(BY_APPLICATION))
def test_a_command_to_an_application(line: str, variant: str, losses: set[str]) -> None:
    acts, fields = BY_APPLICATION[line]
    world = through_the_application(losses, case(line, variant), **fields)

    assert world.answers == {7: 1}
    assert world.commits["Comment 7"] == (acts and is_carried_out(line, variant))


@pytest.mark.parametrize(("line", "variant", "losses"), every(BY_REPOSITORY))
def test_a_command_to_the_repository(line: str, variant: str, losses: set[str]) -> None:
    acts, fields = BY_REPOSITORY[line]
    world = through_the_repository(losses, case(line, variant), **fields)

    assert world.answers == {7: 1}
    assert world.commits["Comment 7"] == (acts and is_carried_out(line, variant))


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize(
    "lines",
    [
        ("/hold dev", "/unhold dev"),
        ("/hold dev until 14:00", "/hold dev"),
        ("/hold dev", "/unhold dev", "/hold dev", "/unhold all"),
        ("/hold all", "/hold dev", "/unhold all", "/unhold dev"),
    ],
)
def test_holds_and_what_lifts_or_replaces_them_do_not_replay_each_other(
    lines: tuple[str, ...], losses: set[str]
) -> None:
    said = [comment(line, number=7 + each, created_at=ago(minutes=9 - each)) for each, line in enumerate(lines)]
    world = through_the_repository(losses, *said)

    assert world.answers == {7 + each: 1 for each in range(len(lines))}
    assert max(world.commits.values()) == 1


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize(
    "lines",
    [
        ("/reject v1.5.0", "/unreject v1.5.0"),
        ("/unreject v1.3.0", "/reject v1.3.0", "/unreject v1.3.0"),
        ("/promote prod web@v1.3.0", "/promote prod web@v1.5.0", "/promote prod web@v1.2.0"),
        ("/promote prod web@v1.5.0", "/reject v1.5.0"),
        ("/promote prod web@v1.3.0", "/rollback prod web@v1.2.0"),
        ("/override soak prod web a", "/override soak prod web b"),
    ],
)
def test_commands_that_undo_each_other_do_not_replay(lines: tuple[str, ...], losses: set[str]) -> None:
    said = [comment(line, number=7 + each, created_at=ago(minutes=9 - each)) for each, line in enumerate(lines)]
    world = through_the_application(losses, *said, records=Records(environments={"prod": REJECTED}))

    assert world.answers == {7 + each: 1 for each in range(len(lines))}
    assert max(count for what, count in world.commits.items() if what.startswith("Comment")) == 1


def test_the_tables_have_every_command() -> None:
    words = {line.split()[0].removeprefix("/") for line in (*BY_APPLICATION, *BY_REPOSITORY)}

    assert {each.word for each in COMMANDS} <= words
