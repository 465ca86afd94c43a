"""`gitops-bot serve`: run the bot. Without an App, it first serves the page that creates one."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.cli.setup.running import Place, set_up
from bot.queue.protocol import StoreLostError
from bot.runtime import system_runtime
from bot.service import serve
from bot.settings import Problem, Settings, SettingsError, read_settings, read_web_settings
from bot.settings.env_file import with_env_file
from bot.setup import env_file
from bot.telemetry.logs import configure_logs

APP = frozenset({"GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_FILE", "GITHUB_WEBHOOK_SECRET"})
"""The settings that belong to an App. Where none is set, there is no App yet."""


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    server = commands.add_parser(
        "serve",
        help="run the bot",
        description="Run the bot: receive webhooks and work on pull requests until SIGTERM. Without an App, serve the page "
        "/setup first, which creates one.",
        epilog="Settings come from the environment, and from the file that ENV_FILE names (gitops-bot.env in the current "
        "folder if it is there): GITHUB_APP_ID, GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_FILE, "
        "GITHUB_WEBHOOK_SECRET, GITHUB_API_URL, WEBHOOKS, PUBLIC_URL, "
        "DATABASE_URL, REGISTRY_ALLOW, HOST, PORT, LOG_LEVEL, LOG_FORMAT; see docs/settings.md.",
    )
    server.set_defaults(run=_serve)


def _serve(_: argparse.Namespace) -> int:
    try:
        environment = with_env_file(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    settings = _settings(environment)
    if isinstance(settings, int):
        return settings
    configure_logs(settings.log_level, settings.log_format)
    try:
        asyncio.run(serve(settings, system_runtime()))
    except StoreLostError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _settings(environment: Mapping[str, str]) -> Settings | int:
    """Return the settings, after setting up the App where there is none; or the exit status."""
    try:
        return read_settings(environment)
    except SettingsError as error:
        problems = _others(error.problems)
        if problems or any(environment.get(name) for name in APP):
            print(SettingsError(problems) if problems == error.problems else error, file=sys.stderr)
            return 2
    try:
        extended = _set_up(environment)
        return 0 if extended is None else read_settings(extended)
    except SettingsError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"The setup page cannot be served ({error.strerror}): set HOST and PORT.", file=sys.stderr)
    return 2


def _others(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(each for each in problems if each.name not in APP)


def _set_up(environment: Mapping[str, str]) -> dict[str, str] | None:
    """Serve the setup page. Returns the environment with the App's settings; None where the server was told to stop."""
    listen = read_web_settings(environment)
    configure_logs(listen.log_level, listen.log_format)
    place = Place(
        host=listen.host,
        port=listen.port,
        file=Path(environment.get("ENV_FILE", "").strip() or env_file.NAME).absolute(),
        following="The bot starts now.",
        offers_choice=True,
        reader="the server",
        public_url=listen.public_url,
        announce=_announce,
    )
    return asyncio.run(set_up(environment, system_runtime(), place))


def _announce(url: str, code: str) -> None:
    print(
        f"This server has no GitHub App yet. To create one, open {url}/setup and enter this code: {code}",
        file=sys.stderr,
        flush=True,
    )
