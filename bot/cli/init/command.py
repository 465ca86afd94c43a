"""The command: its options, what it reads and writes, and how it ends."""

import argparse
import gc
import os
import sys
from pathlib import Path
from typing import TextIO

from bot.checkout.checkout import repository_of
from bot.checkout.tree import read_tree
from bot.cli.init.report import added, described, nothing_found
from bot.cli.output import Line, printer
from bot.cli.policy import USAGE, folder_of, policy_files
from bot.core.policy import MAIN, read
from bot.core.policy.fleet.discovery import discover, folders_to_list, listing
from bot.core.values.errors import PolicyError
from bot.detection import LARGEST, NoAdditionError, Tree, add, detect, draft, is_wanted

DESCRIPTION = (
    f"Write a first {MAIN} for a checkout, from its manifests and from the settings of Flux, Argo CD Image Updater, "
    f"gitops-operator, "
    "Renovate and Kargo. It is in `mode: observe`: nothing is promoted until you change that. Nobody is asked over the network."
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add it to the command line."""
    starter = commands.add_parser(
        "init",
        help="write a first policy from the manifests of a checkout, or add an application to a policy",
        description=DESCRIPTION,
        epilog="Exit status: 0 written, 1 nothing to write, or the policy is broken, 2 usage.",
    )
    starter.add_argument(
        "folder", metavar="PATH", nargs="?", default=".", help="the checkout; default: the current folder"
    )
    starter.add_argument(
        "--add", metavar="APPLICATION", default="", help="add this application to the policy that is there"
    )
    starter.add_argument("--print", action="store_true", dest="only_print", help="print the policy, and write nothing")
    starter.set_defaults(run=_init)


def _init(chosen: argparse.Namespace) -> int:
    folder = folder_of(chosen.folder)
    if folder is None:
        return USAGE
    gc.freeze()  # as in `plan`
    gc.disable()
    try:
        files = policy_files(folder)
        tree = _tree(folder)
        return _extend(folder, files, tree, chosen) if files else _begin(folder, tree, chosen)
    except PolicyError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return USAGE


def _tree(folder: Path) -> Tree:
    listed = read_tree(folder)
    contents = {
        path: content for path in listed.files if is_wanted(path) and (content := _content(folder / path)) is not None
    }
    return Tree(tuple(listed.files), contents, repository_of(folder))


def _content(path: Path) -> bytes | None:
    """Return the bytes of a file of a manifest's size; None for a link, which is read where it points to, and what is gone."""
    try:
        return None if path.is_symlink() or path.stat().st_size > LARGEST else path.read_bytes()
    except OSError:
        return None


def _begin(folder: Path, tree: Tree, chosen: argparse.Namespace) -> int:
    if chosen.add:
        print(f"{folder / MAIN}: there is no policy yet: run `gitops-bot init` without --add first", file=sys.stderr)
        return USAGE
    found = draft(tree)
    if found.policy is None:
        _show(nothing_found(found), sys.stderr)
        return 1
    if chosen.only_print:
        print(found.text, end="")
        return 0
    with (folder / MAIN).open("x", encoding="utf-8", newline="\n") as file:
        file.write(found.text)
    _show(described(found), sys.stdout)
    return 0


def _extend(folder: Path, files: dict[str, str], tree: Tree, chosen: argparse.Namespace) -> int:
    written = read(files)
    policy = discover(written, listing(tree.paths, folders_to_list(written))).policy
    detected = detect(tree)
    if not chosen.add:
        known = {image for each in policy.applications.values() for image in each.images}
        others = [each.application.name for each in detected.released if not known.issuperset(each.application.images)]
        more = f" Found and not in it: {', '.join(others)}." if others else ""
        print(f"{folder / MAIN} is there already.{more}", file=sys.stderr)
        print("To add an application: gitops-bot init --add APPLICATION", file=sys.stderr)
        return 1
    try:
        addition = add(files, policy, detected, name=chosen.add)
    except NoAdditionError as reason:
        print(reason, file=sys.stderr)
        return 1
    if chosen.only_print:
        print(addition.text, end="")
        return 0
    (folder / MAIN).write_text(addition.text, encoding="utf-8", newline="")
    _show(added(addition, chosen.add), sys.stdout)
    return 0


def _show(lines: list[Line], stream: TextIO) -> None:
    write = printer(stream, os.environ)
    for each in lines:
        write(each)
