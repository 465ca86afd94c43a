"""Makes a failing story short: leaves out whatever it fails without, until every step is needed."""

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.story import Story

PATIENCE = 120
"""How often a story is told again at most."""


def shrink(story: Story, fails: Callable[[Story], bool]) -> Story:
    """Return a shortest story that still fails, by leaving out halves, quarters, and so on down to single steps."""
    tries, size = 0, max(1, len(story.steps) // 2)
    while size and tries < PATIENCE:
        start, shorter = 0, False
        while start < len(story.steps) and tries < PATIENCE:
            candidate = replace(story, steps=story.steps[:start] + story.steps[start + size :])
            tries += 1
            if fails(candidate):
                story, shorter = candidate, True
            else:
                start += size
        size = size if shorter and size == 1 else size // 2
    return story
