"""The command line: `gitops-bot …`, the same as `python -m bot …`."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from bot import __version__
from bot.cli import manifests, policy, versions
from bot.queue.protocol import StoreLostError
from bot.runtime import system_runtime
from bot.service import serve
from bot.settings import SettingsError, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 2
    try:
        status = int(chosen.run(chosen))
        sys.stdout.flush()  # here, and not when Python ends, where nobody could handle a reader that is gone
        return status  # noqa: TRY300 -- the reader may be gone as late as that
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough, such as `head`; Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gitops-bot",
        description="Carries an image from a registry to production through pull requests your team can read.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    server = commands.add_parser(
        "serve",
        help="run the bot",
        description="Run the bot: receive webhooks and work on pull requests until SIGTERM.",
        epilog="Settings come from the environment: GITHUB_APP_ID, GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_FILE, "
        "GITHUB_WEBHOOK_SECRET, GITHUB_API_URL, DATABASE_URL, REGISTRY_ALLOW, HOST, PORT, LOG_LEVEL; see docs/settings.md.",
    )
    server.set_defaults(run=_serve)
    manifests.add_commands(commands)
    policy.add_commands(commands)
    versions.add_command(commands)
    demo = commands.add_parser(
        "demo",
        help="play a story on a simulated GitHub, on this machine alone",
        description="Start the bot, a simulated GitHub and a small registry here, and play a story: an image travels to "
        "production, is rolled back, and the next one flows. In a terminal the world stays open afterwards.",
    )
    demo.add_argument("--once", action="store_true", help="end with the story (as with CI=true)")
    demo.set_defaults(run=_demo)
    return parser


def _serve(_: argparse.Namespace) -> int:
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(serve(settings, system_runtime()))
    except StoreLostError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _demo(chosen: argparse.Namespace) -> int:
    try:
        from bot.cli.demo.play import play  # noqa: PLC0415 -- the demo's libraries are an extra
    except ModuleNotFoundError as error:
        print(f"The demo needs {error.name}: install gitops-bot[demo], or say `make demo`.", file=sys.stderr)
        return 2
    return asyncio.run(play(once=chosen.once))
