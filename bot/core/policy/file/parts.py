"""The parts of a policy before validation: applications and environments, each with its place in a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from bot.core.policy.file.yaml_tree import NOTHING, START, Entry, Node, Spot
from bot.core.values.errors import Problem

MAIN = ".gitops.yml"

FOLDER = ".gitops"

APPLICATIONS = f"{FOLDER}/applications"

DEFAULTS = "defaults"

ASIDE = "x-"
"""What keys of the main file begin with that hold nothing but anchors, as in Compose files."""

USES = "environments"
"""The key of an application under which it says where it runs, and how it differs there."""


class Kind(StrEnum):
    """The kinds of parts. The values are the keys in the main file."""

    APPLICATION = "applications"
    ENVIRONMENT = "environments"

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Part:
    """An application or environment: its file, and its key there.

    readable: False where the file is no YAML, so that nothing but the name is known.
    """

    kind: Kind
    name: str
    path: str
    entry: Entry
    readable: bool = True

    def problem(self, message: str, *keys: str | int) -> Problem:
        """Return a problem at the value that the keys lead to."""
        entry, spot = self.entry.find(keys)
        return Problem(entry.path or self.path, spot.line, spot.column, message)

    def at_key(self, message: str, *keys: str | int) -> Problem:
        """Return a problem at the last of the keys itself."""
        entry, _ = self.entry.find(keys)
        return Problem(entry.path or self.path, entry.spot.line, entry.spot.column, message)

    def conflict(self, message: str, *keys: str | int) -> Problem:
        """Return a problem that this value has in this part only. If the value is a default, the problem points at the part."""
        entry, spot = self.entry.find(keys)
        if not entry.inherited:
            return self.problem(message, *keys)
        named = next(key for key in reversed(keys) if isinstance(key, str))
        drop = "" if named in {"path", "from"} else f", or '{named}: null' for none"
        whence = f"{named!r} is the default of {_line(entry, spot)}: write another here{drop}"
        return Problem(self.path, self.entry.spot.line, self.entry.spot.column, f"{message}; {whence}")


def _line(entry: Entry, spot: Spot) -> str:
    return f"{entry.path}, line {spot.line}" if entry.path not in ("", MAIN) else f"line {spot.line}"


def split_main(main: Node) -> Iterator[Part | Problem]:
    """Yield the applications and environments of the main file, and its problems."""
    for kind in Kind:
        entry = main.entries.get(kind.value)
        if entry is None:
            continue
        if isinstance(entry.node.value, Mapping):
            for name, each in entry.node.value.items():
                yield Part(kind, name, MAIN, each)
        elif entry.node.value is not None:
            spot = entry.node.spot
            yield Problem(
                MAIN, spot.line, spot.column, f"expected a mapping of names to {kind.value}, saw {entry.node}"
            )


def part_of_file(path: str, root: Node | None) -> Part:
    """Return the application or environment of a file. root: None if the file cannot be read."""
    kind = Kind.APPLICATION if path.startswith(f"{APPLICATIONS}/") else Kind.ENVIRONMENT
    return Part(kind, PurePosixPath(path).stem, path, Entry(START, root or NOTHING), readable=root is not None)


def misplaced(path: str) -> str | None:
    """Return why a file that looks like a part of the policy is not one; None for all others."""
    place = PurePosixPath(path)
    folder, suffix = str(place.parent), place.suffix
    if path == ".gitops.yaml" or (suffix == ".yaml" and folder in {FOLDER, APPLICATIONS}):
        return f"this file is not read: rename it to {place.with_suffix('.yml')}"
    if suffix in {".yml", ".yaml"} and folder.startswith(f"{FOLDER}/") and folder != APPLICATIONS:
        return (
            f"this file is not read: call an environment's file {FOLDER}/<environment>.yml, "
            f"and an application's file {APPLICATIONS}/<application>.yml"
        )
    return None


def is_part(path: str) -> bool:
    """Return whether this is the file of an application or environment."""
    place = PurePosixPath(path)
    return place.suffix == ".yml" and str(place.parent) in {FOLDER, APPLICATIONS}
