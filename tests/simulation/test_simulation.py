"""The simulation replays exactly, judges without the bot's help, and finds no broken promise in a few stories."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.shrinking import shrink
from tests.simulation.story import Story, story_of
from tests.simulation.world import tell

pytestmark = pytest.mark.story  # half a minute of work in all

HERE = Path(__file__).parent
JUDGES = ("oracle", "final", "timeline", "rejections", "words", "reading", "ledger", "places")


@pytest.mark.timeout(600)
def test_a_seed_is_the_same_run_in_any_process() -> None:
    """Whatever the hash seed, and so the order of every set of texts."""
    said = []
    for hash_seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-m", "tests.simulation", "--seed", "7", "--steps", "12", "--whole"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        said.append(run.stdout + run.stderr)
    assert said[0] == said[1]
    assert "trace" in said[0]
    assert "broke" not in said[0]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2))
def test_every_promise_holds(seed: int) -> None:
    told = tell(story_of(seed, steps=12))
    assert not told.problems
    assert told.steps > 1000


@pytest.mark.parametrize("name", JUDGES)
def test_the_oracle_shares_no_code_with_the_bot(name: str) -> None:
    """It reads the simulated GitHub and the simulated registry, which share none either."""
    tree = ast.parse((HERE / f"{name}.py").read_text())
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    own = {module for module in imported if module.split(".")[0] == "bot" and not module.startswith("bot.simulator")}
    others = {module for module in imported if module.startswith("tests.") and module.split(".")[-1] not in JUDGES}
    assert not own
    assert not others


def test_a_story_is_shortened_to_the_steps_that_it_needs() -> None:
    story = story_of(3, steps=40)
    needed = {story.steps[5], story.steps[31]}
    assert set(shrink(story, lambda shorter: needed <= set(shorter.steps)).steps) == needed


def test_the_numbers_of_a_shortened_story_lead_to_it_again() -> None:
    story = story_of(3, steps=40)
    short = story.only([2, 3, 6, 32])
    assert list(short.numbers_in(story)) == [2, 3, 6, 32]
    assert short.steps == (*story.steps[1:3], story.steps[5], story.steps[31])


def test_a_step_stays_the_same_when_others_are_left_out() -> None:
    assert story_of(1, steps=10).steps == story_of(1, steps=20).steps[:10]
    assert isinstance(story_of(1, steps=10), Story)
