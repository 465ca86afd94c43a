"""`gitops-bot serve`: run the bot."""

import argparse
import asyncio
import os
import sys

from bot.queue.protocol import StoreLostError
from bot.runtime import system_runtime
from bot.service import serve
from bot.settings import SettingsError, read_settings
from bot.telemetry.logs import configure_logs


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    server = commands.add_parser(
        "serve",
        help="run the bot",
        description="Run the bot: receive webhooks and work on pull requests until SIGTERM.",
        epilog="Settings come from the environment: GITHUB_APP_ID, GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_FILE, "
        "GITHUB_WEBHOOK_SECRET, GITHUB_API_URL, DATABASE_URL, REGISTRY_ALLOW, HOST, PORT, LOG_LEVEL, LOG_FORMAT; "
        "see docs/settings.md.",
    )
    server.set_defaults(run=_serve)


def _serve(_: argparse.Namespace) -> int:
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    configure_logs(settings.log_level, settings.log_format)
    try:
        asyncio.run(serve(settings, system_runtime()))
    except StoreLostError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
