"""The places that a policy has to name for an application, because the name of its image does not lead to its version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bot.detection.applications.grouping import APPLICATION, Application
from bot.detection.environments.spots import ENVIRONMENT

Edit = tuple[str, str]
"""A file, and the keys in it, as a policy writes both."""


@dataclass(frozen=True, slots=True)
class Edits:
    """general: for all environments. special: environment → its places, where not all have the same ones."""

    general: tuple[Edit, ...] = ()
    special: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)


def edits_of(
    one: Application, environments: Collection[str], spelled: Mapping[str, tuple[str, ...]], *, places: Collection[str]
) -> Edits:
    """Return the places of an application.

    environments: all; spelled: how the paths write each one's name; places: every file and folder. An environment that has
    nothing of the application needs no exception.
    """
    found: dict[str, list[Edit]] = {}
    for each in one.placed:
        if each.reference.is_apart:
            found.setdefault(each.spot.environment, []).append((each.file, path_of(each.reference.keys)))
    general = {tuple(sorted(set(each))) for each in found.values()}
    usual = all(spelled[name] == (name,) for name in found)
    absent = all(_is_absent(name, one, places) for name in environments if name not in found)
    if len(general) == 1 and usual and absent:
        return Edits(general.pop())
    return Edits(special={name: _there(name, one) for name in found})


def path_of(keys: tuple[str, ...]) -> str:
    """Return keys as the `path` of an edit: joined by dots, with a backslash before one that belongs to a key."""
    return ".".join(each.replace("\\", "\\\\").replace(".", "\\.") for each in keys)


def _is_absent(environment: str, one: Application, places: Collection[str]) -> bool:
    """Report whether an environment has nothing where the others have the application."""
    patterns = {each.pattern for each in one.placed}
    filled = (each.replace(ENVIRONMENT, environment).replace(APPLICATION, one.name) for each in patterns)
    return all(APPLICATION in each for each in patterns) and not any(each in places for each in filled)


def _there(environment: str, one: Application) -> tuple[Edit, ...]:
    here = (each for each in one.placed if each.reference.is_apart and each.spot.environment == environment)
    return tuple(sorted({(each.reference.path, path_of(each.reference.keys)) for each in here}))
