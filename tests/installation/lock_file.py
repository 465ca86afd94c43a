"""Read the locks of requirements/, and compare them with what the installed packages require.

To a pip before 23.3, `coverage[toml]` and `coverage` are two packages. If a package requires one and the lock pins only the
other, that pip looks for the newest release of the first, and refuses it because it has no hash. Such a lock works until the
next release of that package. https://github.com/pypa/pip/issues/9644
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution
from itertools import product
from pathlib import Path

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FOLDER = Path(__file__).parents[2] / "requirements"
LOCKS = {path.stem: path for path in sorted(FOLDER.glob("*.txt"))}

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))

Environment = Mapping[str, str]
"""The variables of a marker, such as `python_version`."""


def here() -> Environment:
    """Return the environment of this Python."""
    return {name: str(value) for name, value in default_environment().items()}


def supported() -> Iterator[Environment]:
    """Yield the environments that a lock must serve: every supported Python on every platform."""
    for python, (platform, system, kind) in product(PYTHONS, PLATFORMS):
        yield {
            **here(),
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": platform,
            "platform_system": system,
            "os_name": kind,
        }


def read_lock(text: str) -> list[Requirement]:
    """Return the pinned lines of a lock, without their hashes.

    Raises ValueError for a line that is not pinned to one release, or has no hash.
    """
    pins = []
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, *hashes = re.split(r"\s--hash=", line)
        pin = Requirement(requirement)
        if not hashes or [each.operator for each in pin.specifier] != ["=="]:
            raise ValueError(f"{pin.name} is not pinned to one release with its hashes: {line.strip()[:80]}")
        pins.append(pin)
    return pins


def applies(marker: Marker | None, environment: Environment, *, extra: str = "") -> bool:
    """Return whether a line or a requirement with this marker counts in this environment."""
    return marker is None or marker.evaluate({**environment, "extra": extra})


def release(pin: Requirement) -> str:
    """Return the one release that a line allows."""
    (specifier,) = pin.specifier
    return specifier.version


def not_installed(pins: Iterable[Requirement], installed: Iterable[Distribution]) -> list[str]:
    """Return the pins that this Python should have and does not, in this release."""
    found = {canonicalize_name(each.name): each.version for each in installed}
    needed = [pin for pin in pins if applies(pin.marker, here())]
    return [f"{pin.name}=={release(pin)}" for pin in needed if found.get(canonicalize_name(pin.name)) != release(pin)]


def not_pinned(pins: Sequence[Requirement], installed: Iterable[Distribution]) -> list[str]:
    """Return what the installed packages require and the lock does not pin with just these extras, in any environment."""
    by_name = {canonicalize_name(each.name): each for each in installed}
    found: dict[str, None] = {}
    for environment in supported():
        lines = [pin for pin in pins if applies(pin.marker, environment)]
        pinned = {_key(pin) for pin in lines}
        for pin in lines:
            if distribution := by_name.get(canonicalize_name(pin.name)):
                missing = (each for each in _required(distribution, pin, environment) if _key(each) not in pinned)
                found |= dict.fromkeys(f"{pin.name} requires {each}" for each in missing)
    return list(found)


def _required(distribution: Distribution, pin: Requirement, environment: Environment) -> Iterator[Requirement]:
    for line in distribution.requires or []:
        requirement = Requirement(line)
        if any(applies(requirement.marker, environment, extra=extra) for extra in ("", *pin.extras)):
            yield requirement


def _key(requirement: Requirement) -> tuple[str, frozenset[str]]:
    return canonicalize_name(requirement.name), frozenset(requirement.extras)
