"""`gitops-bot demo`: a story on a simulated GitHub, on this machine alone."""

import argparse
import asyncio
import sys


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    demo = commands.add_parser(
        "demo",
        help="play a story on a simulated GitHub, entirely on this machine",
        description="Start the bot, a simulated GitHub and a small registry here, and play a story: an image travels to "
        "production, is rolled back, and the next one flows. In a terminal the world stays open afterwards.",
    )
    demo.add_argument("--once", action="store_true", help="end with the story (as with CI=true)")
    demo.set_defaults(run=_demo)


def _demo(chosen: argparse.Namespace) -> int:
    try:
        from bot.cli.demo.play import play  # noqa: PLC0415 -- the demo's libraries are an extra
    except ModuleNotFoundError as error:
        print(f"The demo needs {error.name}: install gitops-bot[demo], or run `make demo`.", file=sys.stderr)
        return 2
    return asyncio.run(play(once=chosen.once))
