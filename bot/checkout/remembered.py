"""What one run found in the files of a checkout, by blob id, and planned from them, kept for the next one.

It lies in the cache folder of the person who runs it, never in the checkout: anyone who may push there could otherwise tell the
bot what their files say. It can be deleted at any time, and is not read by any other program than the one that wrote it.

Race accepted: of two runs at the same time, the later one is remembered.
"""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import bot
from bot import __version__
from bot.checkout.planned import PlannedApplication
from bot.manifests import Memory

FORMAT = 1
"""Of the file. Another one is not read."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """words: the last segments of images that were searched for. named: blob id → those of them that it has.

    memory: what the parsed ones say. A blob that is named and not in there refers to no image. applications: what was planned.
    """

    words: frozenset[str] = frozenset()
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    memory: Memory = field(default_factory=lambda: Memory({}, ()))
    applications: Mapping[str, PlannedApplication] = field(default_factory=dict)

    def adds_nothing_to(self, other: "Remembered") -> bool:
        """Report whether the same was remembered before. What was taken over from there is not compared again."""
        same = (self.words, self.named, self.applications) == (other.words, other.named, other.applications)
        return same and len(self.memory.asides) == len(other.memory.asides)


NOTHING = Remembered()


class Remembering:
    """One checkout's file in the cache."""

    def __init__(self, cache_folder: Path, root: Path) -> None:
        place = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:32]
        self._file = cache_folder / "gitops-bot" / f"{place}.json"

    def recall(self) -> Remembered:
        """Return what the last run of this very program found; nothing where there is none."""
        try:
            with self._file.open("rb") as file:
                if file.readline() != _heading():
                    return NOTHING
                return _adapter().validate_json(file.read())
        except (OSError, ValidationError):
            return NOTHING

    def keep(self, found: Remembered) -> None:
        """Write it down for the next run. Where that is not possible, the next run reads everything again."""
        beside = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            beside.write_bytes(_heading() + _adapter().dump_json(found))
            beside.replace(self._file)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where a person's programs keep what they can find again.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = environment.get("XDG_CACHE_HOME", "")
    return Path(named) if named.startswith("/") else Path(environment.get("HOME", "~")).expanduser() / ".cache"


@cache
def _heading() -> bytes:
    """Return the first line of the file: the format, the program's version, and a digest of the code that made the rest."""
    code = hashlib.sha256()
    below = Path(bot.__file__).parent
    for folder in ("assembly", "checkout", "core", "manifests"):
        for module in sorted((below / folder).rglob("*.py")):
            code.update(module.read_bytes())
    return f"gitops-bot {__version__} checkout {FORMAT} {code.hexdigest()}\n".encode()


@cache
def _adapter() -> TypeAdapter[Remembered]:
    return TypeAdapter(Remembered)
