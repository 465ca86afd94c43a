"""The places that an application's `edit` names in one environment, with everything filled in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.core.policy.application import Application
from bot.core.policy.edit import Edits, ExplicitEdit, Write
from bot.core.policy.environment import Environment
from bot.core.policy.paths import filled
from bot.core.values.editable.key_paths import Match, parse_key_path, shown
from bot.core.values.patterns import literal


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A value, or all that a pattern finds, in one file.

    entry: the key path, or the pattern. image: whose version stands there.
    """

    file: str
    entry: str
    by_pattern: bool
    image: str
    write: Write


def named_places(environment: Environment, application: Application) -> tuple[NamedPlace, ...]:
    """Return the places in the order of the policy; those of `only` come first, and are trusted first."""
    edits = edits_of(environment, application).located()
    return tuple(place for _, edit in edits for place in places_of(edit, environment, application))


def named_files(environment: Environment, application: Application) -> tuple[str, ...]:
    """Return the files of these places, each once."""
    return tuple(dict.fromkeys(place.file for place in named_places(environment, application)))


def looks_for_names(environment: Environment, application: Application) -> bool:
    """Report whether the bot looks for the images' names here: unless `only` names the places."""
    return not edits_of(environment, application).only


def edits_of(environment: Environment, application: Application) -> Edits:
    """Return what `edit` says for the application there: what the environment says replaces the application's."""
    return application.edit if environment.edit is None else environment.edit


def places_of(edit: ExplicitEdit, environment: Environment, application: Application) -> Iterator[NamedPlace]:
    """Yield the places of one edit."""
    file, image = filled(edit.file, environment, application.name), application.images[0]
    names = {"{application}": application.name, "{environment}": environment.name}
    for path in edit.path:
        yield NamedPlace(file, _filled_keys(path, names), False, image, edit.write)
    for pattern in edit.pattern:
        quoted = {placeholder: literal(name) for placeholder, name in names.items()}
        yield NamedPlace(file, _filled_text(pattern, quoted), True, image, edit.write)


def _filled_keys(path: str, names: dict[str, str]) -> str:
    """Fill each step by itself, since a name may have dots. A path without placeholders stays as it is written."""
    if not any(placeholder in path for placeholder in names):
        return path
    return shown(tuple(_filled_step(step, names) for step in parse_key_path(path)))


def _filled_step(step: str | int | Match, names: dict[str, str]) -> str | int | Match:
    if isinstance(step, Match):
        return replace(step, value=_filled_text(step.value, names))
    return _filled_text(step, names) if isinstance(step, str) else step


def _filled_text(text: str, names: dict[str, str]) -> str:
    for placeholder, name in names.items():
        text = text.replace(placeholder, name)
    return text
