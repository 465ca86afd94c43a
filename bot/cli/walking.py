"""Which files a command sees: those named, and in folders what could hold manifests and git does not ignore."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.core.values.editable.files import is_manifest

LARGEST = 5 * 1024 * 1024


class NoSuchPathError(Exception):
    """A path that was named is not there."""


def read_files(paths: Iterable[str]) -> dict[str, bytes]:
    """path as it was named → content. In folders, links to files are not followed: what they point at is changed
    where it stands.

    Raises NoSuchPathError.
    """
    found: dict[str, bytes] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            found.update((str(file), file.read_bytes()) for file in _manifests_below(path))
        elif path.is_file():
            found[name] = path.read_bytes()
        else:
            raise NoSuchPathError(f"{name}: no such file or folder")
    return found


def write_file(path: str, content: bytes) -> None:
    """Replace a file's content in one step, keeping its mode; a link stays one, and what it points at changes."""
    target = Path(path).resolve()
    beside = target.with_name(f".{target.name}.gitops-bot")
    beside.write_bytes(content)
    beside.chmod(target.stat().st_mode & 0o7777)
    beside.replace(target)


def _manifests_below(folder: Path) -> Iterator[Path]:
    for path in sorted(_listed_by_git(folder) or _walked(folder)):
        if is_manifest(path.name) and path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            yield path


def _listed_by_git(folder: Path) -> list[Path]:
    """Return what git tracks or would track; nothing outside a checkout, or without git.

    https://git-scm.com/docs/git-ls-files
    """
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout  # noqa: S603 -- no shell
    except (OSError, subprocess.SubprocessError):
        return []
    return [folder / os.fsdecode(name) for name in listed.split(b"\0") if name]


def _walked(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        yield from (Path(root) / name for name in files)
