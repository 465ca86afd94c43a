"""`gitops-bot schema`, and how every command reads the policy of a checkout."""

import argparse
import json
import sys
from pathlib import Path

from bot.checkout.tree import read_tree
from bot.cli.output import UsageError
from bot.core.policy import FOLDER, MAIN, Policy, read, schema
from bot.core.policy.fleet.discovery import discover, folders_to_list, listing
from bot.core.policy.suggestions import listed, meant
from bot.core.values.errors import PolicyError

USAGE = 2
YAML = (".yml", ".yaml")


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    describer = commands.add_parser(
        "schema",
        help="print the policy's JSON schema",
        description="Print the JSON schema of the policy file, for editors.",
    )
    describer.set_defaults(run=_schema)


def read_policy(folder: Path) -> Policy | None:
    """Return the policy of a checkout, with the applications that its rules find; None after its problems were printed."""
    try:
        policy = read(policy_files(folder))
        if not policy.blueprint.rules:
            return policy
        return discover(policy, listing(read_tree(folder).files, folders_to_list(policy))).policy
    except PolicyError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
    except OSError as error:
        print(error, file=sys.stderr)
    return None


def folder_of(given: str) -> Path | None:
    """Return the folder of a checkout that was named by itself or by its policy; None after it was said that it is none."""
    folder = Path(given).parent if Path(given).name == MAIN else Path(given)
    if folder.is_dir():
        return folder
    print(f"{given}: no such folder", file=sys.stderr)
    return None


def check_names(policy: Policy, application: str, environment: str) -> None:
    """Raise UsageError where the policy does not have one of these. '' means none is named."""
    for kind, name, names in (
        ("application", application, policy.applications),
        ("environment", environment, policy.environments),
    ):
        if name and name not in names:
            raise UsageError(f"{name}: the policy has no such {kind}{meant(name, names) or f', only {listed(names)}'}")


def policy_files(folder: Path) -> dict[str, str]:
    """Return the texts of the policy's files, by path from the checkout. Raises OSError."""
    found = [folder / MAIN, *sorted(path for path in (folder / FOLDER).rglob("*") if path.suffix in YAML)]
    return {path.relative_to(folder).as_posix(): _text(path) for path in found if path.is_file()}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise OSError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from None


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(schema(), indent=2))
    return 0
