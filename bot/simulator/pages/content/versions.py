"""Suggests the next version to release: increments the newest version tag."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_VERSION = re.compile(r"(v?)(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")


@dataclass(frozen=True, slots=True)
class Next:
    """The newest version ('' if there is none), and the versions that can follow it."""

    newest: str
    patch: str
    minor: str


def next_versions(tags: Iterable[str]) -> Next:
    """Return, for `v1.6.2`, `v1.6.3` and `v1.7.0`. Tags that are not plain versions are ignored."""
    found = [match for match in map(_VERSION.fullmatch, tags) if match]
    if not found:
        return Next("", "v0.0.1", "v0.1.0")
    newest = max(found, key=lambda match: tuple(int(part) for part in match.groups()[1:]))
    lead, major, minor, patch = newest[1], int(newest[2]), int(newest[3]), int(newest[4])
    return Next(newest[0], f"{lead}{major}.{minor}.{patch + 1}", f"{lead}{major}.{minor + 1}.0")
