"""An environment's paths: their placeholders filled in, and which files they reach."""

from collections.abc import Iterator
from itertools import takewhile
from posixpath import commonpath

from bot.core.policy.environment import Environment
from bot.core.values.editable.files import MANIFESTS
from bot.core.values.patterns import EXCLUDE, is_glob, path_matches

ROOT = "."


def resolved_paths(environment: Environment, application: str) -> tuple[str, ...]:
    """Return the environment's paths with their placeholders filled in."""
    return tuple(filled(path, environment, application) for path in environment.paths)


def included_paths(environment: Environment, application: str) -> tuple[str, ...]:
    """Return the same without those that exclude."""
    return tuple(filled(path, environment, application) for _, path in environment.included)


def filled(template: str, environment: Environment, application: str) -> str:
    """Return a path of the policy with its placeholders filled in."""
    return template.replace("{application}", application).replace("{environment}", environment.name)


def listed_folders(environment: Environment) -> tuple[str, ...]:
    """Return the folder of each path that is listed once for all applications: before the first placeholder or glob."""
    return tuple(
        fixed_folder(f"{path.replace('{environment}', environment.name).partition('{application}')[0]}*")
        for _, path in environment.included
    )


def reaches(paths: tuple[str, ...], file: str) -> bool:
    """Return whether these paths mean this file: of those that match it or a folder above it, the last one counts."""
    return path_matches(paths, file)


def outwards(path: str) -> Iterator[str]:
    """Yield the path, and the folders that contain it."""
    yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
    yield ROOT


def fixed_folder(*paths: str) -> str:
    """Return the deepest folder that holds everything the paths can mean; '' for the root."""
    folders = [_fixed_folder(path) for path in paths if not path.startswith(EXCLUDE)]
    return commonpath(folders) if all(folders) else ""


def _fixed_folder(path: str) -> str:
    if path == ROOT:
        return ""
    parts = path.split("/")
    fixed = list(takewhile(lambda part: not is_glob(part), parts))
    if len(fixed) == len(parts) and not path.endswith(MANIFESTS):
        return path
    return "/".join(fixed if len(fixed) < len(parts) else parts[:-1])
