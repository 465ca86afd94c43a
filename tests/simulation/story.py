"""A story: what happens, in which order. A seed writes it; any part of it can be left out, and the rest stays as it is."""

import random  # noqa: TID251 -- the seed chooses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

DEEDS: dict[str, int] = {
    "release": 8,
    "release_api": 3,
    "speak": 9,
    "request": 3,
    "roll_back": 2,
    "edit": 1,
    "validate": 5,
    "sync": 3,
    "approve": 3,
    "ask_for_changes": 1,
    "merge": 1,
    "close": 1,
    "revert": 1,
    "edit_by_hand": 2,
    "push_to_promotion": 1,
    "force_push": 1,
    "label_hold": 1,
    "label_off": 2,
    "pretend_answer": 1,
    "move_back": 3,
    "change_policy": 1,
    "propose_from_fork": 1,
    "rename": 1,
    "move_tag": 2,
    "finish_build": 2,
    "push_missing_platform": 2,
}
"""What people and machines do, and how often."""

TROUBLES: dict[str, int] = {
    "refuse": 7,
    "slow_down": 1,
    "break_registry": 2,
    "mend_registry": 1,
    "lose_webhooks": 4,
    "release_webhooks": 2,
    "forge_webhook": 1,
    "crash": 4,
    "restart": 2,
    "second_bot": 2,
    "stop_clock": 2,
    "lose_queue": 1,
    "interrupt": 7,
    "repeat_webhook": 1,
}
"""What goes wrong, and how often."""

PAUSES = (0, 1, 5, 20, 60, 120, 300, 600)
"""Seconds that may pass after a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step. chance: the seed of its details, so that it is the same whatever happens before; pause: seconds after it."""

    deed: str
    chance: int
    pause: float

    def __str__(self) -> str:
        return f"{self.deed}({self.chance}), then {self.pause:g} s"


@dataclass(frozen=True, slots=True)
class Story:
    """A world, which `seed` draws, and what happens in it."""

    seed: int
    steps: tuple[Step, ...]

    def only(self, numbers: Iterable[int]) -> "Story":
        """Return the part with these steps; the first one is 1."""
        return replace(self, steps=tuple(self.steps[number - 1] for number in numbers))

    def numbers_in(self, whole: "Story") -> Iterator[int]:
        """Yield the numbers of the steps in the whole story, from which steps were left out."""
        left = iter(enumerate(whole.steps, start=1))
        for step in self.steps:
            yield next(number for number, each in left if each == step)


def story_of(seed: int, *, steps: int, calm: bool = False) -> Story:
    """Return the story of a seed. calm: nothing goes wrong but what people do."""
    chance = random.Random(f"story {seed}")  # noqa: S311 -- a test's chance
    told: list[Step] = []
    for _ in range(steps):
        kinds = DEEDS if calm or chance.random() < 0.7 else TROUBLES
        deed = chance.choices(list(kinds), weights=list(kinds.values()))[0]
        told.append(Step(deed, chance.getrandbits(32), chance.choice(PAUSES)))
    return Story(seed, tuple(told))
