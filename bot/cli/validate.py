"""`gitops-bot validate`: the policy in a checkout, read as the bot reads it, and whether it reaches what it names."""

import argparse
import sys

from bot.checkout.checkout import Checkout, plan_offline
from bot.checkout.problems import written
from bot.cli.output import counted
from bot.cli.policy import USAGE, folder_of
from bot.cli.reading import read_with_progress
from bot.core.policy import FOLDER, MAIN
from bot.core.values.errors import PolicyError, Problem
from bot.runtime import system_runtime


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    validator = commands.add_parser(
        "validate",
        help="check a policy and report every error at once",
        description=f"Read {MAIN} and {FOLDER}/ of a checkout as the bot does, and print every error with file and line. "
        "Where the manifests are there too, warn about everything that `plan --offline` calls a problem.",
        epilog="Exit status: 0 valid, 1 invalid, 2 usage. Warnings do not affect it.",
    )
    validator.add_argument(
        "folder",
        metavar="PATH",
        nargs="?",
        default=".",
        help=f"the checkout, or its {MAIN}; default: the current folder",
    )
    validator.set_defaults(run=_validate)


def _validate(chosen: argparse.Namespace) -> int:
    folder = folder_of(chosen.folder)
    if folder is None:
        return USAGE
    try:
        checkout = read_with_progress(folder)
    except (PolicyError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for problem in _warnings(checkout):
        print(f"warning: {written(problem)}", file=sys.stderr)
    print(f"{MAIN} is valid: {_found(checkout)}, {counted(len(checkout.policy.environments), 'environment')}.")
    return 0


def _warnings(checkout: Checkout) -> tuple[Problem, ...]:
    """Return what `plan --offline` calls a problem; nothing where there is a policy and no manifest."""
    if not checkout.contents.manifests:
        return ()
    problems = plan_offline(checkout, now=system_runtime().now()).problems
    checkout.remember()
    return problems


def _found(checkout: Checkout) -> str:
    """Return how many applications there are; rules find none where there are no folders."""
    applications, rules = len(checkout.policy.applications), len(checkout.policy.blueprint.rules)
    told = [counted(applications, "application")] if applications or not rules else []
    return ", ".join([*told, *([counted(rules, "rule")] if rules else [])])
