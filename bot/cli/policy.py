"""`gitops-bot validate`, `schema` and `versions`: the policy in a checkout, read as the bot reads it."""

import argparse
import json
import sys
from pathlib import Path

from bot.core.errors import PolicyError
from bot.core.policy import FOLDER, MAIN, OrderKind, Policy, read, schema
from bot.core.versions import rank

USAGE = 2


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add all three to the command line."""
    validator = commands.add_parser(
        "validate",
        help="check a policy, every error at once",
        description=f"Read {MAIN} and {FOLDER}/ of a checkout as the bot does, and print every error with file and line.",
        epilog="Exit status: 0 the policy can be followed, 1 it cannot, 2 usage.",
    )
    validator.add_argument("folder", metavar="PATH", nargs="?", default=".", help="the checkout; here if left out")
    validator.set_defaults(run=_validate)
    describer = commands.add_parser(
        "schema",
        help="print the policy's JSON schema",
        description="Print the JSON schema of the policy file, for editors.",
    )
    describer.set_defaults(run=_schema)
    ranker = commands.add_parser(
        "versions",
        help="show which tags of an application are versions, in order",
        description="Print the tags that the policy in this folder counts as versions, best first, and why each other one "
        "does not count.",
    )
    ranker.add_argument("application", metavar="APP", help="an application of the policy")
    ranker.add_argument(
        "--tags-from",
        metavar="FILE",
        default="-",
        help="a file with one tag a line, or - for standard input (the default)",
    )
    ranker.add_argument(
        "--history-from", metavar="FILE", help="for the order `commit`: commit ids, one a line, newest first"
    )
    ranker.add_argument("--json", action="store_true", help='print {"chosen", "candidates", "rejected"}')
    ranker.set_defaults(run=_versions)


def read_checkout(folder: Path) -> Policy:
    """The policy of a checkout. Raises PolicyError, and OSError where it cannot be read."""
    found = [folder / MAIN, *sorted((folder / FOLDER).rglob("*"))]
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in found if path.is_file()}
    return read(files)


def _validate(chosen: argparse.Namespace) -> int:
    policy = _read(Path(chosen.folder))
    if policy is None:
        return 1
    print(
        f"{MAIN}: {len(policy.applications)} applications, {len(policy.environments)} environments; it can be followed."
    )
    return 0


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(schema(), indent=2))
    return 0


def _versions(chosen: argparse.Namespace) -> int:
    policy = _read(Path())
    if policy is None:
        return 1
    application = policy.applications.get(chosen.application)
    if application is None:
        print(f"{chosen.application}: no such application; there are {', '.join(policy.applications)}", file=sys.stderr)
        return USAGE
    if application.versions.order.kind is OrderKind.COMMIT and not chosen.history_from:
        print(
            "the order is `commit`: name the history with --history-from, such as `git log --format=%H`",
            file=sys.stderr,
        )
        return USAGE
    if application.versions.order.kind in (OrderKind.NEWEST, OrderKind.DIGEST):
        print(
            f"the order is `{application.versions.order.kind}`, which asks the registry and not the tags: see `/why`",
            file=sys.stderr,
        )
        return USAGE
    history = tuple(_lines(chosen.history_from)) if chosen.history_from else ()
    ranking = rank(application.versions, _lines(chosen.tags_from), history=history)
    chosen_tag = ranking.candidates[0] if ranking.candidates else None
    if chosen.json:
        rejected = [{"tag": each.tag, "reason": each.reason} for each in ranking.rejected]
        print(
            json.dumps({"chosen": chosen_tag, "candidates": list(ranking.candidates), "rejected": rejected}, indent=2)
        )
        return 0
    for tag in ranking.candidates:
        print(f"{'→' if tag == chosen_tag else ' '} {tag}")
    for each in ranking.rejected:
        print(f"✗ {each.tag}: {each.reason}")
    return 0


def _lines(source: str) -> list[str]:
    text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _read(folder: Path) -> Policy | None:
    """The policy, or None after its problems were printed."""
    try:
        return read_checkout(folder)
    except PolicyError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
    except (OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
    return None
