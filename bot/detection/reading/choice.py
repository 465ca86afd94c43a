"""Which files to read where reading all of them would cost too much."""

from collections.abc import Iterable

from bot.detection.environments.spots import Spots
from bot.detection.reading.tree import is_wanted

_TELLING = (
    "kustomization.y",
    "values",
    "application",
    "helmrelease",
    "release",
    "imagepolic",
    "warehouse",
    "stage",
    "renovate",
)


def most_telling(paths: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the paths that detection wants, at most so many: first what names environments, then what sets versions."""
    listed = list(paths)
    wanted = [path for path in listed if is_wanted(path)]
    if len(wanted) <= most:
        return tuple(wanted)
    spots = Spots(listed)
    return tuple(sorted(wanted, key=lambda path: (not spots.of(path).environment, not _tells(path), path))[:most])


def _tells(path: str) -> bool:
    return any(word in path.rpartition("/")[2].lower() for word in _TELLING)
