"""`gitops-bot explain`: the effective policy of one application, and where each value of it comes from."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from bot.checkout.checkout import Checkout, Selection, plan_offline
from bot.cli.output import Cell, Line, UsageError, line, printer, table
from bot.cli.policy import USAGE, check_names, folder_of
from bot.cli.reading import read_with_progress
from bot.core.policy import MAIN, Policy
from bot.core.policy.fleet.explanation import DEFAULT, Explained, explain_application, explain_environment
from bot.core.policy.paths import included_paths
from bot.core.values.errors import PolicyError
from bot.runtime import system_runtime

HEADER = ("KEY", "VALUE", "FROM")


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    explainer = commands.add_parser(
        "explain",
        help="show an application's effective policy, and where each value comes from",
        description="Show the policy as one application has it: each value, the file and line it comes from, and what it "
        "replaces. With an environment, also every default there.",
        epilog="Exit status: 0 fine, 1 the policy is broken (`validate` says how), 2 usage.",
    )
    explainer.add_argument("application", metavar="APPLICATION", help="an application, listed or found by a rule")
    explainer.add_argument("environment", metavar="ENVIRONMENT", nargs="?", default="", help="only this environment")
    explainer.add_argument(
        "--path",
        dest="folder",
        metavar="PATH",
        default=".",
        help=f"the checkout, or its {MAIN}; default: the current folder",
    )
    explainer.set_defaults(run=_explain)


def _explain(chosen: argparse.Namespace) -> int:
    folder = folder_of(chosen.folder)
    if folder is None:
        return USAGE
    try:
        checkout = read_with_progress(folder)
        check_names(checkout.policy, chosen.application, chosen.environment)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return 1
    except (UsageError, OSError) as error:
        print(error, file=sys.stderr)
        return USAGE
    own = effective_policy(checkout, chosen.application)
    checkout.remember()
    write = printer(sys.stdout, os.environ)
    for each in as_text(own, chosen.application, chosen.environment):
        write(each)
    return 0


def effective_policy(checkout: Checkout, application: str) -> Policy:
    """Return the policy in effect for this application: without the environments that it does not use."""
    rows = plan_offline(checkout, now=system_runtime().now(), selection=Selection(application)).rows
    return checkout.policy.of(application).without(frozenset(row.environment for row in rows if not row.used))


def as_text(own: Policy, application: str, environment: str) -> Iterator[Line]:
    """Yield the lines of a page.

    own: the policy in effect for this application. environment: '' for all, with what their settings replace.
    """
    yield line((application, "bold"))
    yield from _settings(explain_application(own, application))
    for name in [environment] if environment else (*own.environments, *own.unused):
        yield line()
        if name in own.unused:
            yield line((f"{application} in {name}", "bold"), f": {_why_unused(own, application, name)}")
            continue
        yield line((f"{application} in {name}", "bold"))
        found = explain_environment(own, name, application)
        yield from _settings([each for each in found if environment or each.source != DEFAULT])
    if not environment:
        yield line()
        yield line((f"For every default of an environment: gitops-bot explain {application} ENVIRONMENT", "dim"))


def _why_unused(own: Policy, application: str, environment: str) -> str:
    if own.applications[application].claims(environment) is False:
        return "not used: the policy says so"
    images = ", ".join(own.applications[application].images)
    return f"not used: nothing in {', '.join(included_paths(own.unused[environment], application))} refers to {images}"


def _settings(found: Sequence[Explained]) -> Iterator[Line]:
    yield from table(HEADER, [_cells(each) for each in found])


def _cells(each: Explained) -> tuple[Cell, ...]:
    style = "dim" if each.source == DEFAULT else ""
    instead = "".join(f", instead of {value} ({source})" for value, source in each.replaces)
    return ((each.key, style), (each.value, style), (f"{each.source}{instead}", "dim"))
