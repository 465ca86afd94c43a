"""Rules: entries under `applications` whose key is a pattern, such as `'*'`. Each folder that a rule finds is an application.

A listed application that a rule matches takes the rule's settings where it has none. What a rule says is checked once, under
the name of a stand-in, and again for each application that it finds.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from bot.core.policy.application import Application
from bot.core.policy.base import validated
from bot.core.policy.environment import Environment
from bot.core.policy.file.draft import Whole
from bot.core.policy.file.inheritance.defaults import STAND_IN, Parts
from bot.core.policy.file.inheritance.differences import checked_apart, claims, differences
from bot.core.policy.file.inheritance.merging import application_over, filled_in
from bot.core.policy.file.parts import USES, Kind, Part
from bot.core.policy.file.validation_errors import complaints
from bot.core.policy.file.yaml_tree import Spot, plain
from bot.core.policy.suggestions import listed
from bot.core.values.errors import Problem
from bot.core.values.patterns import glob_matches

EXCEPT = "except"

NEVER = ("name", "was")

_PATTERN = re.compile(r"[a-z0-9._*?-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """excepted: patterns of names that it leaves alone, each with its place. part: its settings, with the defaults."""

    pattern: str
    excepted: tuple[tuple[str, Spot], ...]
    part: Part

    def claims(self, name: str) -> bool:
        """Return whether the rule means an application of this name."""
        return glob_matches(self.pattern, name) and not any(glob_matches(each, name) for each, _ in self.excepted)


@dataclass(frozen=True, slots=True)
class Instance:
    """One application as its part says. differing: its environments where they differ."""

    application: Application | None
    differing: Mapping[str, Environment] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    apart: Whole | None = None


def is_rule(name: str) -> bool:
    """Return whether the key of an application is a pattern; no name has these characters."""
    return "*" in name or "?" in name


def split_rules(parts: Parts) -> tuple[Parts, tuple[Rule, ...], tuple[Problem, ...]]:
    """Return the parts, in which each listed application takes the settings of its rule; the rules; and their problems.

    It comes before the defaults: what a rule says counts more than these.
    """
    rules: list[Rule] = []
    problems: list[Problem] = []
    for part in parts.values():
        if part.kind is Kind.APPLICATION and is_rule(part.name):
            rule, wrong = _rule(part)
            rules.append(rule)
            problems += wrong
    rest: dict[tuple[Kind, str], Part] = {}
    for key, part in parts.items():
        if part.kind is Kind.APPLICATION and not is_rule(part.name):
            rest[key], wrong = _with_rule(part, rules)
            problems += wrong
        else:
            rest[key] = part
    rest |= {(Kind.APPLICATION, rule.pattern): rule.part for rule in rules}
    return rest, tuple(rules), tuple(problems)


def settled(parts: Parts, rules: tuple[Rule, ...]) -> tuple[Parts, tuple[Rule, ...]]:
    """Return the parts without the rules, with their names filled in; and the rules. parts: with the defaults in them."""
    rest = {
        key: named(part, part.name) if part.kind is Kind.APPLICATION else part
        for key, part in parts.items()
        if part.kind is Kind.ENVIRONMENT or not is_rule(part.name)
    }
    return rest, tuple(replace(rule, part=parts[Kind.APPLICATION, rule.pattern]) for rule in rules)


def instance_of(rule: Rule, name: str, whole: Whole) -> Instance:
    """Return the application that a rule makes of a folder. whole: the environments."""
    return instance(named(rule.part, name), whole, name=name)


def stand_in(rule: Rule, whole: Whole) -> Instance:
    """Return what the rule would make of a folder, under the rule's own name, to check the rule itself."""
    found = instance(named(rule.part, STAND_IN), whole, name=STAND_IN)
    if found.application is None:
        return found
    return replace(found, application=found.application.model_copy(update={"name": rule.pattern}))


def named(part: Part, name: str) -> Part:
    """Return the part with its name filled in."""
    return replace(part, name=name, entry=filled_in(part.entry, name))


def instance(part: Part, whole: Whole, *, name: str) -> Instance:
    """Return the application of a part, and how it differs in environments."""
    found = differences(part, whole)
    data = {key: plain(entry.node) for key, entry in part.entry.node.entries.items() if key != USES}
    try:
        application = validated(Application, {**data, "name": name, USES: claims(part)})
    except ValidationError as error:
        wrong = tuple(complaints(part.path, part.entry, Application, error))
        return Instance(None, found.environments, (*found.problems, *wrong))
    return Instance(application, found.environments, found.problems, checked_apart(part, application, found))


def _rule(part: Part) -> tuple[Rule, tuple[Problem, ...]]:
    problems: list[Problem] = []
    if not _PATTERN.fullmatch(part.name):
        message = (
            f"{part.name!r} is not a pattern of names: use what names have, '*' for any characters and '?' for one"
        )
        problems.append(part.at_key(message))
    entries = part.entry.node.entries
    never = (key for key in NEVER if key in entries)
    problems += [part.at_key(f"{key!r} cannot be in a rule: it belongs to one application", key) for key in never]
    excepted: list[tuple[str, Spot]] = []
    for pattern in _excepted(part):
        if isinstance(pattern, Problem):
            problems.append(pattern)
        else:
            excepted.append(pattern)
    kept = {key: entry for key, entry in entries.items() if key not in (EXCEPT, *NEVER)}
    if USES in kept:
        kept[USES] = replace(kept[USES], inherited=True)  # a rule does not say that each application is there
    if not isinstance(part.entry.node.value, Mapping | None):
        problems.append(part.problem(f"expected a mapping, saw {part.entry.node}"))
    node = replace(part.entry.node, value=kept)
    return Rule(part.name, tuple(excepted), replace(part, entry=replace(part.entry, node=node))), tuple(problems)


def _excepted(part: Part) -> Iterator[tuple[str, Spot] | Problem]:
    entry = part.entry.node.entries.get(EXCEPT)
    if entry is None or entry.node.value is None:
        return
    for node in entry.node.value if isinstance(entry.node.value, tuple) else (entry.node,):
        if isinstance(node.value, str) and node.value and "/" not in node.value:
            yield node.value, node.spot
        else:
            message = f"expected names or patterns of names, such as legacy-*, saw {node}"
            yield Problem(part.path, node.spot.line, node.spot.column, message)


def _with_rule(part: Part, rules: list[Rule]) -> tuple[Part, tuple[Problem, ...]]:
    claiming = [rule for rule in rules if rule.claims(part.name)]
    if len(claiming) > 1:
        patterns = listed((repr(rule.pattern) for rule in claiming), last="and")
        message = f"the rules {patterns} claim {part.name!r}: let all but one except it"
        return part, (part.at_key(message),)
    if not claiming:
        return part, ()
    rule = claiming[0].part
    return replace(part, entry=application_over(part.entry, replace(rule.entry, path=rule.path))), ()
