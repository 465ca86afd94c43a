"""A crash at any step of three stories changes nothing about their end. CRASHES says at how many steps; 0 for every one."""

import os

import pytest

from tests.simulation.tales import TALES, steps, tell

pytestmark = pytest.mark.story  # half a minute of work in all

COUNT = int(os.environ.get("CRASHES", "2"))
SEED = int(os.environ.get("CRASH_SEED", "1"))


@pytest.mark.timeout(0 if COUNT == 0 else 300 + 10 * COUNT)
@pytest.mark.parametrize("name", TALES)
def test_a_crash_at_any_step_changes_nothing(name: str) -> None:
    assert tell(name, crash=None)[0] == []
    wrong = {step: found for step in steps(name, COUNT, seed=SEED) if (found := tell(name, crash=step)[0])}
    assert not wrong
