"""An environment's path: its placeholders filled in, and which files it reaches."""

from itertools import takewhile

from bot.core.policy.application import Application, ExplicitEdit
from bot.core.policy.environment import Environment
from bot.core.values.patterns import glob_matches

GLOB = "*?["

FILES = (".yaml", ".yml", ".json")


def resolved_path(environment: Environment, application: str) -> str:
    """Return the environment's path with its placeholders filled in."""
    return filled(environment.path, environment, application)


def filled(template: str, environment: Environment, application: str) -> str:
    """Return a path of the policy with its placeholders filled in."""
    return template.replace("{application}", application).replace("{environment}", environment.name)


def explicit_edits(environment: Environment, application: Application) -> tuple[ExplicitEdit, ...]:
    """Return the places that the policy names for the application in this environment."""
    return application.edit if environment.edit is None else environment.edit


def explicit_files(environment: Environment, application: Application) -> tuple[str, ...]:
    """Return the files of these places, each once."""
    edits = explicit_edits(environment, application)
    return tuple(dict.fromkeys(filled(edit.file, environment, application.name) for edit in edits))


def listed_folder(environment: Environment) -> str:
    """Return the folder that is listed once for all applications: the part before the first placeholder or glob."""
    fixed = environment.path.replace("{environment}", environment.name).partition("{application}")[0]
    return fixed_folder(f"{fixed}*")


def reaches(path: str, file: str) -> bool:
    """Return whether the environment's path means this file: it is the file, a folder above it, or a glob that matches."""
    if any(character in path for character in GLOB):
        return glob_matches(path, file)
    return path in (".", file) or file.startswith(f"{path}/")


def fixed_folder(path: str) -> str:
    """Return the deepest folder that holds everything the path can mean; '' for the root."""
    if path == ".":
        return ""
    parts = path.split("/")
    fixed = list(takewhile(lambda part: not any(character in part for character in GLOB), parts))
    if len(fixed) == len(parts) and not path.endswith(FILES):
        return path
    return "/".join(fixed if len(fixed) < len(parts) else parts[:-1])
