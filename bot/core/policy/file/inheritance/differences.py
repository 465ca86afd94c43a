"""How one application differs in some environments: `environments` of an application, laid over what the environments say.

An environment with a file of its own, or with `applications-may`, keeps its guards (`fleet/guards.py`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from bot.core.policy.application import Application
from bot.core.policy.base import validated
from bot.core.policy.environment import Environment, Guard
from bot.core.policy.file.draft import Whole
from bot.core.policy.file.inheritance.merging import filled_in, laid_over
from bot.core.policy.file.parts import MAIN, USES, Kind, Part
from bot.core.policy.file.validation_errors import complaints
from bot.core.policy.file.yaml_tree import plain
from bot.core.policy.fleet.guards import keys_of, loosened
from bot.core.policy.suggestions import listed, meant
from bot.core.values.errors import Problem

SHARED = {
    "name": "it belongs to the environment",
    "was": "it belongs to the environment",
    "from": "it is the same for every application; write 'false' for an environment that this application does not use",
    "limit": "it counts the merges of all applications together",
    "timezone": "it belongs to the environment; a window may have its own",
    "applications-may": "only the environment itself can allow something",
}
"""The keys of an environment that are the same for all applications, and why."""


@dataclass(frozen=True, slots=True)
class Differences:
    """environments: as the application has them, where they differ. parts: their merged trees. problems: what is wrong."""

    environments: Mapping[str, Environment]
    parts: Mapping[str, Part]
    problems: tuple[Problem, ...]


def claims(part: Part) -> Mapping[str, bool]:
    """Return which environments the application says that it uses, and which not. Defaults and rules claim no use."""
    found = {}
    uses = part.entry.node.entries.get(USES)
    for name in uses.node.entries if uses is not None else ():
        entry, _ = part.entry.find((USES, name))
        value = entry.node.value
        if isinstance(value, bool):
            found[name] = value
        elif isinstance(value, Mapping) and not entry.inherited:
            found[name] = True
    return found


def differences(part: Part, whole: Whole) -> Differences:
    """Return how an application differs. part: the application, with what it takes from the defaults."""
    uses = part.entry.node.entries.get(USES)
    if uses is None or uses.node.value is None:
        return Differences({}, {}, ())
    if not isinstance(uses.node.value, Mapping):
        message = f"expected a mapping of environments to true, false or what differs, saw {uses.node}"
        return Differences({}, {}, (part.problem(message, USES),))
    environments: dict[str, Environment] = {}
    parts: dict[str, Part] = {}
    problems: list[Problem] = []
    for name in uses.node.entries:
        problems += _claim_problems(part, name, whole)
        merged = _merged(part, name, whole)
        if merged is None:
            continue
        value, more = _value(merged, name)
        problems += more
        if value is not None:
            environments[name], parts[name] = value, merged
            problems += _loosening(part, name, whole, value)
    return Differences(environments, parts, tuple(problems))


def _claim_problems(part: Part, name: str, whole: Whole) -> Iterator[Problem]:
    entry, _ = part.entry.find((USES, name))
    names = whole.names(Kind.ENVIRONMENT)
    if name not in names:
        there_are = f": the policy has {listed(names, last='and')}" if names else ""
        yield part.at_key(f"unknown environment {name!r}{meant(name, names) or there_are}", USES, name)
    elif entry.node.value is False:
        yield from _skips_a_guard(part, name, whole)
    elif entry.node.value is not None and not isinstance(entry.node.value, bool | Mapping):
        yield part.problem(f"expected true, false or the settings that differ, saw {entry.node}", USES, name)
    for key in entry.node.entries:
        if key in SHARED:
            yield part.at_key(f"{key!r} cannot differ for an application: {SHARED[key]}", USES, name, key)


def _skips_a_guard(part: Part, name: str, whole: Whole) -> Iterator[Problem]:
    for follower, environment in whole.environments.items():
        guarded = whole.parts[Kind.ENVIRONMENT, follower]
        if name in environment.origin.environments and not _allows(guarded, environment, Guard.FROM):
            message = (
                f"this brings versions into {follower!r} that {name!r} never had, and {guarded.path} does not allow it: "
                f"'applications-may: [from]' there would"
            )
            yield part.problem(message, USES, name)


def _merged(part: Part, name: str, whole: Whole) -> Part | None:
    """Return the environment with the application's settings over it; None where nothing differs, or it is unknown."""
    entry, _ = part.entry.find((USES, name))
    if not isinstance(entry.node.value, Mapping) or name not in whole.environments:
        return None
    below = whole.parts[Kind.ENVIRONMENT, name]
    own = {key: each for key, each in entry.node.entries.items() if key not in SHARED}
    filled = filled_in(replace(entry, node=replace(entry.node, value=own)), part.name)
    merged = laid_over(filled, replace(below.entry, path=below.entry.path or below.path))
    return Part(Kind.ENVIRONMENT, name, part.path, merged)


def _value(merged: Part, name: str) -> tuple[Environment | None, tuple[Problem, ...]]:
    data = {key: plain(entry.node) for key, entry in merged.entry.node.entries.items()}
    try:
        return validated(Environment, {**data, "name": name}), ()
    except ValidationError as error:
        return None, tuple(complaints(merged.path, merged.entry, Environment, error))


def _loosening(part: Part, name: str, whole: Whole, value: Environment) -> Iterator[Problem]:
    guarded, before = whole.parts[Kind.ENVIRONMENT, name], whole.environments[name]
    for guard in loosened(before, value):
        if not _allows(guarded, before, guard):
            keys = keys_of(guard)
            message = (
                f"{guard.value!r} would be looser than in {guarded.path}, which guards {name!r}: tighten it, or allow it "
                f"there with 'applications-may: [{guard.value}]'"
            )
            yield part.problem(message, USES, name, *keys)


def _allows(part: Part, environment: Environment, guard: Guard) -> bool:
    """Return whether the environment lets applications loosen this. Without a file of its own, it lets them by default."""
    if environment.applications_may is None:
        return part.path == MAIN
    return guard in environment.applications_may


def checked_apart(part: Part, application: Application, found: Differences) -> Whole:
    """Return the application and its differing environments alone, for the checks that look at both."""
    parts = {(Kind.ENVIRONMENT, name): each for name, each in found.parts.items()}
    return Whole({(Kind.APPLICATION, part.name): part, **parts}, {part.name: application}, found.environments)
