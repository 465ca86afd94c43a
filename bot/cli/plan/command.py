"""The command: its options, what it reads and asks, and how it ends."""

import argparse
import asyncio
import gc
import os
import sys

from bot.checkout.checkout import Checkout, Selection, plan_offline
from bot.checkout.planned import CheckoutPlan
from bot.cli.output import UsageError, printer, progress
from bot.cli.plan.as_json import as_json
from bot.cli.plan.as_text import as_text
from bot.cli.policy import USAGE, check_names, folder_of
from bot.cli.reading import read_with_progress
from bot.core.policy import MAIN
from bot.core.values.errors import PolicyError
from bot.runtime import system_runtime

DESCRIPTION = (
    "Show what the policy of a checkout reaches: each application's version in each environment, where it is written, "
    "which version comes next and why or why not, and what no application claims. Nothing is written, and GitHub is not asked."
)
EPILOG = (
    "Exit status: 0 fine, 1 problems in the policy or the manifests, 2 usage.\n"
    "What it finds in each file is cached in $XDG_CACHE_HOME/gitops-bot, which you can delete at any time."
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    planner = commands.add_parser(
        "plan",
        help="show what a policy reaches, and what the bot would do",
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    planner.add_argument(
        "folder",
        metavar="PATH",
        nargs="?",
        default=".",
        help=f"the checkout, or its {MAIN}; default: the current folder",
    )
    planner.add_argument("--offline", action="store_true", help="do not ask the registries")
    planner.add_argument("--environment", metavar="E", default="", help="only this environment")
    planner.add_argument("--application", metavar="A", default="", help="only this application")
    planner.add_argument("--diff", action="store_true", help="show what each promotion would write")
    planner.add_argument("--json", action="store_true", help='print {"rows", "unclaimed", "problems"}')
    planner.set_defaults(run=_plan)


def _plan(chosen: argparse.Namespace) -> int:
    folder = folder_of(chosen.folder)
    if folder is None:
        return USAGE
    gc.freeze()  # what is loaded now stays; looking through it again and again takes a third of the time
    gc.disable()
    selection = Selection(chosen.application, chosen.environment)
    try:
        checkout = read_with_progress(folder)
        check_names(checkout.policy, selection.application, selection.environment)
        plan = _planned(checkout, selection, offline=chosen.offline)
    except PolicyError as error:
        plan = CheckoutPlan(problems=error.problems)
    except (UsageError, OSError) as error:
        print(error, file=sys.stderr)
        return USAGE
    else:
        checkout.remember()
    _print(plan, selection, chosen)
    return 1 if plan.problems else 0


def _planned(checkout: Checkout, selection: Selection, *, offline: bool) -> CheckoutPlan:
    now = system_runtime().now()
    with progress("Planning" if offline else "Asking registries", sys.stderr, os.environ) as step:
        if offline:
            return plan_offline(checkout, now=now, step=step, selection=selection)
        from bot.cli.plan.online import plan_with_registries  # noqa: PLC0415 -- the network's libraries take half a second

        return asyncio.run(plan_with_registries(checkout, selection, environment=os.environ, now=now, step=step))


def _print(plan: CheckoutPlan, selection: Selection, chosen: argparse.Namespace) -> None:
    if chosen.json:
        print(as_json(plan))
        return
    write = printer(sys.stdout, os.environ)
    for line in as_text(plan, offline=chosen.offline, whole=selection.is_everything, with_changes=chosen.diff):
        write(line)
