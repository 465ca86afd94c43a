"""Runs the demo: the story, and then, where somebody watches, the world stays open to be played in."""

import asyncio
import logging
import os
import sys

from bot.cli.demo.narrator import Narrator
from bot.cli.demo.opening import stage
from bot.cli.demo.setting import DEMO
from bot.cli.demo.story import tell
from bot.simulator.pages import pages


async def play(*, once: bool) -> int:
    """Return the exit status: 0, or 1 where a step failed. once: end with the story."""
    logging.getLogger("bot").setLevel(logging.ERROR)
    narrator = Narrator()
    narrator.line(
        "GitOps Bot against a simulated GitHub and registry on this machine: the real program, real HTTP, real git."
    )
    async with stage(DEMO, pages=pages) as world:
        await tell(world, narrator)
        if narrator.failed:
            narrator.line(f"\n{len(narrator.failed)} of the story's steps failed: {'; '.join(narrator.failed)}")
            return 1
        narrator.line("\nEvery step went as expected.")
        if once or os.environ.get("CI") or not sys.stdout.isatty():
            return 0
        narrator.line(f"Now it is yours: {world.hub.url}  (Ctrl-C ends it)")
        await asyncio.Event().wait()
    return 0
