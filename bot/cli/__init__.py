"""The command line: `gitops-bot …`, the same as `python -m bot …`."""

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence

from bot import __version__

MODULES: Mapping[str, tuple[str, ...]] = {
    "bot.cli.serve": ("serve",),
    "bot.cli.setup": ("setup",),
    "bot.cli.doctor": ("doctor",),
    "bot.cli.init": ("init",),
    "bot.cli.plan": ("plan",),
    "bot.cli.explain": ("explain",),
    "bot.cli.validate": ("validate",),
    "bot.cli.policy": ("schema",),
    "bot.cli.manifests": ("set", "images"),
    "bot.cli.versions": ("versions",),
    "bot.cli.demo": ("demo",),
}
"""Where each command is. Only what a command needs is imported: the server's libraries take a second."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = _parser(words)
    chosen = parser.parse_args(words)
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
        # The program that read our output has stopped, as `head` does; Python would complain once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser(words: Sequence[str] = ()) -> argparse.ArgumentParser:
    """Return the parser of all commands, or of the one that the first word names."""
    parser = argparse.ArgumentParser(
        prog="gitops-bot",
        description="Carries an image from a registry to production through pull requests your team can read.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    named = [module for module, names in MODULES.items() if words and words[0] in names]
    for module in named or MODULES:
        importlib.import_module(module).add_commands(commands)
    return parser
