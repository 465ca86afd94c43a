"""`gitops-bot setup`: its arguments, and what it prints."""

import argparse
import asyncio
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from bot.cli.setup.running import Place, set_up
from bot.github.registration.addresses import PUBLIC_HOST, site_of
from bot.runtime import system_runtime
from bot.setup import env_file
from bot.web import summary

_NEXT = "In a repository with manifests and no policy, the bot then opens a pull request with a first policy: merge it."


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    setup = commands.add_parser(
        "setup",
        help="create the GitHub App in your browser, and keep its secrets",
        description="Serve a page on this machine that leads you through GitHub: it creates the App with the permissions and "
        "events of app.yml, keeps its secrets, has you install it, and asks the doctor. Nothing else is needed.",
        epilog="Exit status: 0 the App exists and its secrets are kept, 2 usage, 130 interrupted. On a remote machine, forward "
        "the port first: ssh -L 8021:127.0.0.1:8021 HOST gitops-bot setup --port 8021.",
    )
    setup.add_argument(
        "--file",
        metavar="FILE",
        default=env_file.NAME,
        help=f"the new file for the secrets, readable by you alone; default: {env_file.NAME}",
    )
    setup.add_argument(
        "--print", action="store_true", help="print the secrets for a secret store instead, on standard output"
    )
    setup.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; default: any free one")
    setup.add_argument(
        "--github", metavar="HOST", default=PUBLIC_HOST, help="the GitHub to propose; default: github.com"
    )
    setup.set_defaults(run=_setup)


def _setup(chosen: argparse.Namespace) -> int:
    file = Path(chosen.file)
    problem = _problem(file, chosen)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    place = Place(
        host="127.0.0.1",
        port=chosen.port,
        file=None if chosen.print else file,
        following="You can close this page. The terminal says what to do next.",
        github=chosen.github,
        announce=_announce,
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    # A browser opens connections in advance and lets them go, which is no news to the person at this terminal.
    logging.getLogger(summary.__name__).setLevel(logging.ERROR)
    try:
        done = asyncio.run(set_up(environment, system_runtime(), replace(place, prints=_print)))
    except OSError as error:
        print(
            f"The page cannot be served on port {chosen.port} ({error.strerror}): choose another --port.",
            file=sys.stderr,
        )
        return 2
    if done is None:
        return 130
    run = f"ENV_FILE={file} gitops-bot serve" if chosen.file != env_file.NAME else "gitops-bot serve"
    kept = f"The App is installed, and its secrets are in {file}.\nStart the bot:    {run}\nLook for trouble: gitops-bot doctor"
    given = "The App is installed. Give these variables to the server, then run: gitops-bot serve"
    print(f"\n{given if chosen.print else kept}\n{_NEXT}", file=sys.stderr)
    return 0


def _problem(file: Path, chosen: argparse.Namespace) -> str:
    if site_of(chosen.github) is None:
        return f"--github {chosen.github}: expected github.com, or the host of a GitHub Enterprise Server"
    if chosen.print:
        return ""
    if file.exists():
        return f"{file} exists, and is not replaced. Move it away, or name another file with --file."
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        return f"{file}: cannot be written there. Name another file with --file."
    return ""


def _announce(url: str, code: str) -> None:
    print(
        f"Open this page in your browser (it works once):\n\n  {url}/setup?code={code}\n", file=sys.stderr, flush=True
    )


def _print(secrets: str) -> None:
    print(secrets, end="", flush=True)
