"""The registry of writers."""

from typing import get_args

from bot.core.plan import Action
from bot.github.writes.writers import WRITERS


def test_every_kind_of_action_is_registered_once() -> None:
    assert set(WRITERS) == set(get_args(Action))
