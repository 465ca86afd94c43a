"""Reads policy files: a Policy, or every problem.

Each application and environment is validated by itself, so that a broken part hides no problem of the others. Then the main
file is validated, and then the policy as a whole.
"""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

from bot.core.policy.application import Application
from bot.core.policy.base import V, validated
from bot.core.policy.environment import Environment
from bot.core.policy.file.blueprint import Blueprint
from bot.core.policy.file.checks import check, check_differences
from bot.core.policy.file.draft import Whole
from bot.core.policy.file.inheritance.defaults import Parts, take_defaults
from bot.core.policy.file.inheritance.rules import Instance, instance, settled, split_rules, stand_in
from bot.core.policy.file.keys import known_keys, scalars_of
from bot.core.policy.file.parts import ASIDE, DEFAULTS, MAIN, Kind, Part, is_part, misplaced, part_of_file, split_main
from bot.core.policy.file.validation_errors import complaints, unknown_key
from bot.core.policy.file.yaml_tree import NOTHING, START, Entry, Node, Plain, parse, plain
from bot.core.policy.policy import Policy
from bot.core.policy.suggestions import limited_suggestions
from bot.core.values.errors import PolicyError, Problem

MOST_PROBLEMS = 500

DERIVED = frozenset({"differences", "unused"})
"""Fields of a policy that no file can set."""

MOST_VALUES = 5_000
"""In one application or environment. A larger one is a mistake or an attack."""


MOST_PATTERNS = 100
"""Different regular expressions in a policy. To compile one takes up to 0.4 ms, whether or not it is right."""


def read(files: Mapping[str, str]) -> Policy:
    """Read the policy files of one commit.

    files: path → text of `.gitops.yml` and whatever is below `.gitops/`; other files are ignored.
    Raises `PolicyError` with the problems sorted by file and line, at most `MOST_PROBLEMS`. The time is linear in the size of
    the files, because a stranger's pull request may bring them.
    """
    reading = _Reading()
    with limited_suggestions():
        policy = reading.read(files)
    if reading.problems:
        problems = sorted(set(reading.problems), key=lambda each: (each.path, each.line, each.column, each.message))
        if len(problems) > MOST_PROBLEMS:
            more = Problem(MAIN, 0, 0, f"there are {len(problems)} problems, and these are the first {MOST_PROBLEMS}")
            problems = [more, *problems[:MOST_PROBLEMS]]
        raise PolicyError(tuple(problems))
    return policy


class _Reading:
    """Reads a policy and collects its problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._patterns: set[str] = set()

    def read(self, files: Mapping[str, str]) -> Policy:
        self.problems += [Problem(path, 0, 0, why) for path in files if (why := misplaced(path))]
        main = self._main(files)
        parts, rules, problems = split_rules(self._parts(main or NOTHING, files))
        self.problems += problems
        parts, problems = take_defaults(main or NOTHING, parts)
        self.problems += problems
        parts, rules = settled(parts, rules)
        whole = Whole(parts, {}, self._environments(parts))
        instances = {
            name: self._application(parts[Kind.APPLICATION, name], whole) for name in whole.names(Kind.APPLICATION)
        }
        stand_ins = {rule.pattern: self._checked(stand_in(rule, whole)) for rule in rules}
        if main is None:
            return Policy()
        applications = _valid(instances)
        with_rules = {**parts, **{(Kind.APPLICATION, rule.pattern): rule.part for rule in rules}}
        found = {**instances, **stand_ins}
        apart = {name: each.apart for name, each in found.items() if each.apart is not None}
        self.problems += check(Whole(with_rules, _valid(found), whole.environments, apart))
        differing = {name: MappingProxyType(each.differing) for name, each in instances.items() if each.differing}
        policy = self._whole(main, applications, whole.environments, differing)
        return policy.drawn_from(Blueprint(rules, Whole(parts, applications, whole.environments)))

    def _main(self, files: Mapping[str, str]) -> Node | None:
        """Return the main file's mapping; None if it has none, so that the whole cannot be checked."""
        if MAIN not in files:
            self.problems.append(Problem(MAIN, 0, 0, "this file is missing, and without it there is no policy"))
            return None
        root = self._tree(MAIN, files[MAIN])
        if root is None or isinstance(root.value, Mapping):
            return root
        if root.value is None:
            return Node(root.spot, {})
        self.problems.append(Problem(MAIN, root.spot.line, root.spot.column, f"expected a mapping, saw {root}"))
        return None

    def _tree(self, path: str, text: str) -> Node | None:
        root, problems = parse(path, text)
        self.problems += problems
        self._patterns.update(scalars_of(root or NOTHING, ("pattern", "tags")))
        if len(self._patterns) <= MOST_PATTERNS:
            return root
        seen = f"the policy has {len(self._patterns)} different patterns in `pattern` and `tags`"
        advice = f"write at most {MOST_PATTERNS}, for example with {{application}} and {{environment}} or as a default"
        self.problems.append(Problem(path, 0, 0, f"{seen}: {advice}"))
        return None

    def _parts(self, main: Node, files: Mapping[str, str]) -> dict[tuple[Kind, str], Part]:
        """Return the parts of the main file in its order, then those of other files by name."""
        parts: dict[tuple[Kind, str], Part] = {}
        own = [part_of_file(path, self._tree(path, files[path])) for path in sorted(files) if is_part(path)]
        for part in [*split_main(main), *own]:
            if isinstance(part, Problem):
                self.problems.append(part)
                continue
            other = parts.setdefault((part.kind, part.name), part)
            if other is not part:
                where = f"{other.path}, line {other.entry.spot.line}"
                self.problems.append(part.problem(f"the {part.kind} {part.name!r} is already in {where}: keep one"))
        return parts

    def _environments(self, parts: Parts) -> dict[str, Environment]:
        """Return the valid environments, and the valid keys of broken ones. Collects the problems."""
        values = {}
        for part in parts.values():
            if part.kind is Kind.ENVIRONMENT and self._is_readable(part) and (value := self._environment(part)):
                values[part.name] = value
        return values

    def _environment(self, part: Part) -> Environment | None:
        data = plain(part.entry.node)
        if isinstance(data, dict):
            data = {**data, "name": part.name}
        try:
            return validated(Environment, data)
        except ValidationError as error:
            self.problems += complaints(part.path, part.entry, Environment, error)
            return _salvaged(Environment, data, error) if isinstance(data, dict) else None

    def _application(self, part: Part, whole: Whole) -> Instance:
        """Return the application; nothing of a broken one, which would be reported for lacking its broken `owners`."""
        if not self._is_readable(part):
            return Instance(None)
        if not isinstance(part.entry.node.value, Mapping):
            self.problems.append(part.problem(f"expected a mapping, saw {part.entry.node}"))
            return Instance(None)
        return self._checked(instance(part, whole, name=part.name))

    def _checked(self, found: Instance) -> Instance:
        """Return the same. Collects its problems, and those of the environments as the application has them."""
        self.problems += found.problems
        if found.apart is not None:
            self.problems += check_differences(found.apart)
        return found

    def _is_readable(self, part: Part) -> bool:
        """Return whether the part can be read. Collects the reasons."""
        if part.readable and part.entry.node.size > MOST_VALUES:
            message = f"this has {part.entry.node.size} values, and at most {MOST_VALUES} are read: shorten it"
            self.problems.append(part.problem(message))
            return False
        if "name" in part.entry.node.entries:
            message = f"unknown key 'name': the {part.kind} is called {part.name!r} already"
            self.problems.append(part.problem(message, "name"))
        return part.readable

    def _whole(
        self,
        main: Node,
        applications: Mapping[str, Application],
        environments: Mapping[str, Environment],
        differing: Mapping[str, Mapping[str, Environment]],
    ) -> Policy:
        data = {
            key: plain(entry.node)
            for key, entry in main.entries.items()
            if key != DEFAULTS and not key.startswith(ASIDE)
        }
        for key in DERIVED & data.keys():
            spot = main.entries[key].spot
            self.problems.append(Problem(MAIN, spot.line, spot.column, unknown_key(key, known_keys(Policy, ()))))
        parts = {"applications": applications, "environments": environments, "differences": differing}
        try:
            return validated(Policy, {**data, **parts})
        except ValidationError as error:
            self.problems += complaints(MAIN, Entry(START, main), Policy, error)
            return Policy()


def _valid(instances: Mapping[str, Instance]) -> dict[str, Application]:
    return {name: each.application for name, each in instances.items() if each.application is not None}


def _salvaged(model: type[V], data: dict[str, Plain], error: ValidationError) -> V | None:
    """Return the value without its broken keys, for the checks of the whole; None if one of them is required."""
    broken = {details["loc"][0] for details in error.errors()}
    try:
        return validated(model, {key: value for key, value in data.items() if key not in broken})
    except ValidationError:
        return None
