"""`gitops-bot set` and `gitops-bot images`: read and write manifests in a checkout, as the bot does."""

import argparse
import sys

from bot.cli.walking import NoSuchPathError, read_files, write_file
from bot.core.values.images import ImageError, Reference
from bot.core.values.key_paths import KeyPathError
from bot.manifests.report import as_json, as_table, list_images, refusal_line, set_version, unified_diff

USAGE = 2


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both to the command line."""
    setter = commands.add_parser(
        "set",
        help="write an image's version into manifests, as the bot would",
        description="Change every place of an image in these files and folders to a version, and no other byte.",
        epilog="Exit status: 0 changed or already there, 1 refused (the reason is on standard error), 2 usage, "
        "3 image not found. Nothing is changed if anything is refused.",
    )
    setter.add_argument("image", metavar="IMAGE[:TAG][@DIGEST]", help="such as ghcr.io/acme/web:v1.5.0")
    setter.add_argument(
        "paths", metavar="PATH", nargs="+", help="files, or folders to walk (what git ignores is left out)"
    )
    setter.add_argument("--dry-run", action="store_true", help="print a unified diff and write nothing")
    setter.add_argument(
        "--path", dest="key_path", metavar="KEY.PATH", help="the one scalar to change, such as web.image.tag"
    )
    setter.set_defaults(run=_set)
    lister = commands.add_parser(
        "images",
        help="list every image reference in manifests",
        description="List every image reference found: file, line, image, tag, digest, and how it was found.",
    )
    lister.add_argument("paths", metavar="PATH", nargs="*", default=["."], help="files or folders; here if left out")
    lister.add_argument("--json", action="store_true", help="print a list of objects, digests in full")
    lister.set_defaults(run=_images)


def _set(chosen: argparse.Namespace) -> int:
    try:
        wanted = _versioned(chosen.image)
        files = read_files(chosen.paths)
        outcome = set_version(files, wanted, key_path=chosen.key_path)
    except (ImageError, KeyPathError, NoSuchPathError) as error:
        print(error, file=sys.stderr)
        return USAGE
    for line in outcome.complained:
        print(line, file=sys.stderr)
    if chosen.dry_run:
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
        raise ImageError(f"{text!r} names no version; write for example {text}:v1.5.0")
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
