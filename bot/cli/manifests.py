"""`gitops-bot set` and `gitops-bot images`: read and write manifests in a checkout, as the bot does."""

import argparse
import sys

from bot.cli.walking import NoSuchPathError, read_files, write_file
from bot.core.values.editable.key_paths import KeyPathError
from bot.core.values.editable.value_patterns import ValuePatternError
from bot.core.values.images import ImageError, Reference
from bot.manifests.report import as_json, as_table, list_images, refusal_line, set_version, unified_diff

USAGE = 2


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both to the command line."""
    setter = commands.add_parser(
        "set",
        help="write an image's version into manifests, as the bot does",
        description="Write a version at every place of an image in these files and folders, and change no other byte. "
        "Prints FILE:LINE: OLD → NEW for each change, and FILE:LINE: left unchanged: REASON for each mention that stays.",
        epilog="Exit status: 0 changed or up to date, 1 refused (the reason is on standard error), 2 usage, "
        "3 image not found. If anything is refused, nothing is changed.",
    )
    setter.add_argument("image", metavar="IMAGE[:TAG][@DIGEST]", help="such as ghcr.io/acme/web:v1.5.0")
    setter.add_argument(
        "paths", metavar="PATH", nargs="+", help="files, or folders to search (files that git ignores are skipped)"
    )
    setter.add_argument("--dry-run", action="store_true", help="print a unified diff instead of writing")
    place = setter.add_mutually_exclusive_group()
    place.add_argument(
        "--path", dest="key_path", metavar="KEY.PATH", help="change only this value, such as web.image.tag"
    )
    place.add_argument(
        "--pattern", metavar="REGEX", help="change only what the group of this pattern finds, such as 'version=(.*)'"
    )
    setter.set_defaults(run=_set)
    lister = commands.add_parser(
        "images",
        help="list every image reference in manifests",
        description="List every image reference found: file, line, image, tag, digest, and how it was found.",
    )
    lister.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="files or folders; default: the current folder"
    )
    lister.add_argument("--json", action="store_true", help="print a list of objects, digests in full")
    lister.set_defaults(run=_images)


def _set(chosen: argparse.Namespace) -> int:
    try:
        wanted = _versioned(chosen.image)
        files = read_files(chosen.paths)
        outcome = set_version(files, wanted, key_path=chosen.key_path, pattern=chosen.pattern)
    except (ImageError, KeyPathError, ValuePatternError, NoSuchPathError) as error:
        print(error, file=sys.stderr)
        return USAGE
    for line in outcome.complained:
        print(line, file=sys.stderr)
    if chosen.dry_run:
        for line in outcome.left:
            print(line)
        for path, content in outcome.files.items():
            sys.stdout.write(unified_diff(path, files[path], content))
        return outcome.status
    for path, content in outcome.files.items():
        write_file(path, content)
    for line in outcome.said:
        print(line)
    return outcome.status


def _versioned(text: str) -> Reference:
    wanted = Reference.parse(text)
    if wanted.tag is None and wanted.digest is None:
        raise ImageError(f"{text!r} has no version; write for example {text}:v1.5.0")
    return wanted


def _images(chosen: argparse.Namespace) -> int:
    try:
        located = list_images(read_files(chosen.paths))
    except NoSuchPathError as error:
        print(error, file=sys.stderr)
        return USAGE
    print(as_json(located.places) if chosen.json else as_table(located.places))
    for refusal in located.refusals:
        print(refusal_line(refusal), file=sys.stderr)
    return 0
