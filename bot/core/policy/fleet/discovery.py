"""Which applications a policy's rules find in the repository's folders.

A folder, or a file, that stands where an environment's path has `{application}` is an application if exactly one rule claims
its name. Whether it refers to its image is known once it has been looked at: an application runs where its manifests are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from bot.core.policy.application import Application
from bot.core.policy.environment import Environment
from bot.core.policy.fields import read_name
from bot.core.policy.file.inheritance.merging import PLACEHOLDER
from bot.core.policy.file.inheritance.rules import Rule, instance_of
from bot.core.policy.file.parts import MAIN, Kind
from bot.core.policy.paths import included_paths, listed_folders
from bot.core.policy.policy import Policy
from bot.core.policy.suggestions import limited_suggestions, listed, meant
from bot.core.values.errors import Problem
from bot.core.values.patterns import glob_matches, is_glob

MOST_APPLICATIONS = 5_000

MOST_PROBLEMS = 50

Folder = Mapping[str, bool]
"""What stands directly in a folder: name → whether it is a folder itself."""

NOTHING: Folder = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Discovery:
    """policy: with the applications that were found. found: their names. problems: what does not fit between the policy and the
    folders. losses: those of them for which a folder is no application that should be one.
    """

    policy: Policy
    found: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    losses: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Finding:
    applications: dict[str, Application] = field(default_factory=dict)
    differences: dict[str, Mapping[str, Environment]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def folders_to_list(policy: Policy) -> tuple[str, ...]:
    """Return the folders whose entries tell which applications there are, and which have changed. '' is the root."""
    everywhere = policy.environments.values()
    differing = (each for named in policy.differences.values() for each in named.values())
    return tuple(dict.fromkeys(folder for each in (*everywhere, *differing) for folder in listed_folders(each)))


def listing(paths: Iterable[str], folders: Iterable[str]) -> Mapping[str, Folder]:
    """Return what stands in these folders. paths: all files of the repository."""
    found: dict[str, dict[str, bool]] = {folder: {} for folder in folders}
    for path in paths:
        parts = path.split("/")
        for depth, part in enumerate(parts):
            entries = found.get("/".join(parts[:depth]))
            if entries is not None:
                entries[part] = depth < len(parts) - 1
    return found


def discover(policy: Policy, folders: Mapping[str, Folder]) -> Discovery:
    """Return the policy with the applications that its rules find.

    folders: the entries of `folders_to_list`; what is left out holds nothing.
    """
    rules = policy.blueprint.rules
    if not rules:
        return Discovery(policy, problems=environments_without_applications(policy))
    seen = candidates(policy, folders)
    finding = _Finding()
    with limited_suggestions():
        claimed = _claims(rules, sorted(_unlisted(policy, seen)), seen, finding)
        if sum(map(len, claimed.values())) > MOST_APPLICATIONS:
            finding.problems += _too_many(rules, claimed)
        else:
            for rule, names in zip(rules, claimed.values(), strict=True):
                _instances(policy, rule, names, finding)
        losses = finding.problems
        finding.problems = [
            *losses,
            *_rules_that_find_nothing(policy, rules, claimed),
            *_unmet_exceptions(rules, seen, policy),
            *_missing(policy, seen, finding),
        ]
    applications = MappingProxyType({**policy.applications, **finding.applications})
    differences = MappingProxyType({**policy.differences, **finding.differences})
    found = policy.changed(applications=applications, differences=differences)
    finding.problems += environments_without_applications(found)
    return Discovery(found, tuple(finding.applications), _in_order(finding.problems), _in_order(losses))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    in_order = sorted(set(problems), key=lambda each: (each.path, each.line, each.column, each.message))
    return tuple(in_order[:MOST_PROBLEMS])


def candidates(policy: Policy, folders: Mapping[str, Folder]) -> Mapping[str, tuple[str, ...]]:
    """Return what stands where an application could be: name → its paths. What begins with a dot is not looked at."""
    found: dict[str, dict[str, None]] = {}
    for environment in policy.environments.values():
        for folder, segment in segments_of(environment):
            for name, path in _names_in(segment, folder, folders.get(folder, NOTHING)):
                found.setdefault(name, {})[path] = None
    return {name: tuple(paths) for name, paths in found.items()}


def segments_of(environment: Environment) -> Iterator[tuple[str, tuple[str, bool] | None]]:
    """Yield the listed folder of each path, and the part after it that holds an application's name and whether more follows.

    None instead of a part where a glob comes first, or no name is in the path.
    """
    for folder, (_, path) in zip(listed_folders(environment), environment.included, strict=True):
        filled = path.replace("{environment}", environment.name)
        segment, _, rest = filled[len(folder) + 1 if folder else 0 :].partition("/")
        yield folder, None if PLACEHOLDER not in segment or is_glob(segment) else (segment, bool(rest))


def environments_without_applications(
    policy: Policy, used: Mapping[str, Iterable[str]] = MappingProxyType({})
) -> tuple[Problem, ...]:
    """Return a problem for each environment that no application uses.

    used: application → the environments in which it was seen to be; of the others only what they say themselves counts.
    """
    busy = {name for environments in used.values() for name in environments}
    for name, application in policy.applications.items():
        if name not in used:
            busy |= {environment for environment in policy.environments if application.claims(environment) is not False}
    parts = policy.blueprint.whole.parts
    idle = [name for name in policy.environments if name not in busy] if policy.applications else []
    return tuple(
        parts[Kind.ENVIRONMENT, name].at_key(
            f"no application uses {name!r}: no version reaches it or passes through it"
        )
        for name in idle
        if (Kind.ENVIRONMENT, name) in parts
    )


def _names_in(segment: tuple[str, bool] | None, folder: str, entries: Folder) -> Iterator[tuple[str, str]]:
    if segment is None:
        return
    form, more = segment
    pattern = _pattern(form)
    for entry, is_folder in entries.items():
        match = pattern.fullmatch(entry)
        wanted = is_folder if more or form == PLACEHOLDER else True
        if match and wanted and not entry.startswith("."):
            yield match[1], f"{folder}/{entry}" if folder else entry


@lru_cache(maxsize=1024)
def _pattern(segment: str) -> re.Pattern[str]:
    before, _, after = segment.partition(PLACEHOLDER)
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.DOTALL)


def _unlisted(policy: Policy, seen: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the candidates that no listed application is, and whose folder is not one's by `path`."""
    taken = {
        path
        for application, differing in policy.differences.items()
        for environment in differing.values()
        for path in included_paths(environment, application)
    }
    for name, paths in seen.items():
        if name not in policy.applications and name not in policy.renames.applications and taken.isdisjoint(paths):
            yield name


def _claims(
    rules: tuple[Rule, ...], names: Iterable[str], seen: Mapping[str, tuple[str, ...]], finding: _Finding
) -> dict[int, list[str]]:
    """Return the names that each rule alone claims, by its position."""
    claimed: dict[int, list[str]] = {position: [] for position in range(len(rules))}
    for name in names:
        claiming = [position for position, rule in enumerate(rules) if rule.claims(name)]
        if len(claiming) > 1:
            patterns = listed((repr(rules[position].pattern) for position in claiming), last="and")
            message = f"{seen[name][0]!r} is claimed by the rules {patterns}: let all but one except {name!r}"
            finding.problems.append(rules[claiming[1]].part.at_key(message))
        elif claiming and (why := _no_name(name)):
            message = f"{seen[name][0]!r} cannot be an application: {why}; rename it, or except {name!r}"
            finding.problems.append(rules[claiming[0]].part.at_key(message))
        elif claiming:
            claimed[claiming[0]].append(name)
    return claimed


def _no_name(name: str) -> str:
    try:
        read_name(name)
    except ValueError as error:
        return str(error)
    return ""


def _too_many(rules: tuple[Rule, ...], claimed: Mapping[int, list[str]]) -> Iterator[Problem]:
    for rule, names in zip(rules, claimed.values(), strict=True):
        if names:
            message = (
                f"{rule.pattern!r} finds {len(names):,} folders, and at most {MOST_APPLICATIONS:,} applications are followed "
                "in all: no folder is taken; narrow the rule, or the environments' paths"
            )
            yield rule.part.at_key(message)


def _instances(policy: Policy, rule: Rule, names: Iterable[str], finding: _Finding) -> None:
    for name in names:
        made = instance_of(rule, name, policy.blueprint.whole)
        if made.application is None or made.problems:
            finding.problems += [_of(problem, name) for problem in made.problems]
            continue
        finding.applications[name] = made.application
        if made.differing:
            finding.differences[name] = MappingProxyType(made.differing)


def _of(problem: Problem, name: str) -> Problem:
    return Problem(problem.path, problem.line, problem.column, f"for the folder {name!r}: {problem.message}")


def _rules_that_find_nothing(
    policy: Policy, rules: tuple[Rule, ...], claimed: Mapping[int, list[str]]
) -> Iterator[Problem]:
    for rule, names in zip(rules, claimed.values(), strict=True):
        if not names and not any(rule.claims(name) for name in policy.applications):
            paths = listed(
                dict.fromkeys(path for environment in policy.environments.values() for _, path in environment.included)
                or ("",),
                last="and",
            )
            yield rule.part.at_key(
                f"{rule.pattern!r} finds no application: there is no folder at {PLACEHOLDER} in {paths}"
            )


def _unmet_exceptions(
    rules: tuple[Rule, ...], seen: Mapping[str, tuple[str, ...]], policy: Policy
) -> Iterator[Problem]:
    names = {*seen, *policy.applications}
    for rule in rules:
        for pattern, spot in rule.excepted:
            if not any(glob_matches(pattern, name) for name in names):
                message = (
                    f"{pattern!r} excepts nothing: no folder and no application has this name{meant(pattern, names)}"
                )
                yield Problem(rule.part.path, spot.line, spot.column, message)


def _missing(policy: Policy, seen: Mapping[str, tuple[str, ...]], finding: _Finding) -> Iterator[Problem]:
    """Listed applications that have no folder, although every environment's path has their name in it."""
    everywhere = policy.environments.values()
    if any(segment is None for environment in everywhere for _, segment in segments_of(environment)):
        return
    for name, application in policy.applications.items():
        elsewhere = application.edit or any(
            each.paths != policy.environments[where].paths for where, each in policy.differences.get(name, {}).items()
        )
        if name not in seen and not elsewhere:
            part = policy.blueprint.whole.parts[Kind.APPLICATION, name]
            others = [each for each in finding.applications if each != name]
            message = (
                f"nothing is called {name!r} where the environments' paths have {PLACEHOLDER}{meant(name, others)}"
            )
            yield part.at_key(message) if part.path == MAIN else Problem(part.path, 0, 0, message)
