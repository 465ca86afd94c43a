"""What the stories share: each can be told a second time, with the whole bot replaced in the middle."""

from collections.abc import Awaitable, Callable

import pytest

from tests.scenarios.world import World

Interlude = Callable[[World], Awaitable[None]]


async def go_on(world: World) -> None:
    """Nothing happens."""


async def restart(world: World) -> None:
    """The bot is replaced by one that remembers nothing, and finds all as it should be."""
    assert world.news() == [], "read the news first"
    await world.restart()
    assert world.news() == [], "what a bot without memory wrote"


told_twice = pytest.mark.parametrize("interlude", [go_on, restart], ids=["", "restarted"])
"""The story takes an `interlude`, and awaits it where the bot must not depend on its memory."""
