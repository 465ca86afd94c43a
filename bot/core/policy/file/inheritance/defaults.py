"""`defaults`: the settings of every application and environment that does not set them itself.

The trees are merged before validation (`merging.py`), so that every value keeps its line. An environment in a file of its own
takes none, so that CODEOWNERS can guard all it says. An application takes them wherever it stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from bot.core.policy.application import Application
from bot.core.policy.base import Value, validated
from bot.core.policy.environment import Environment
from bot.core.policy.file.inheritance.merging import IMAGES, application_over, filled_in, laid_over
from bot.core.policy.file.keys import known_keys
from bot.core.policy.file.parts import DEFAULTS, MAIN, USES, Kind, Part
from bot.core.policy.file.validation_errors import complaints
from bot.core.policy.file.yaml_tree import MAX_VALUES, NOTHING, Entry, Node, plain
from bot.core.policy.suggestions import meant
from bot.core.values.errors import Problem

NEVER = ("name", "was")

STAND_IN = "application"
"""The name under which what holds for every application is checked."""


@dataclass(frozen=True, slots=True)
class Section:
    """One key of `defaults`. stand_ins: values for the keys that every part requires and the defaults do not."""

    key: str
    kind: Kind
    model: type[Value]
    stand_ins: Mapping[str, str]

    def applies(self, part: Part) -> bool:
        """Return whether the part takes these defaults."""
        return part.kind is self.kind and (part.kind is Kind.APPLICATION or part.path == MAIN)


SECTIONS = (
    Section("application", Kind.APPLICATION, Application, {"image": "image", "name": STAND_IN}),
    Section("environment", Kind.ENVIRONMENT, Environment, {"path": ".", "from": "registry", "name": DEFAULTS}),
)

Parts = Mapping[tuple[Kind, str], Part]


def take_defaults(main: Node, parts: Parts) -> tuple[Parts, tuple[Problem, ...]]:
    """Return the parts with the defaults in them, and the problems of the defaults themselves."""
    entry = main.entries.get(DEFAULTS)
    if entry is None or entry.node.value is None:
        return parts, ()
    problems = list(_unknown(entry))
    for section in SECTIONS:
        given = entry.node.entries.get(section.key, Entry(entry.spot, NOTHING))
        if given.node.value is not None:
            parts, more = _take(parts, section, given)
            problems += more
    return parts, tuple(problems)


def _unknown(entry: Entry) -> Iterator[Problem]:
    if not isinstance(entry.node.value, Mapping):
        spot = entry.node.spot
        yield Problem(MAIN, spot.line, spot.column, f"expected a mapping, saw {entry.node}")
    sections = {section.key: section for section in SECTIONS}
    for key, each in entry.node.entries.items():
        if key not in sections:
            home = [section.key for section in reversed(SECTIONS) if key in known_keys(section.model, ())]
            advice = f": write it under {home[0]!r}" if home else meant(key, sections)
            yield _problem(each, f"unknown key {key!r}{advice or ': the keys here are application and environment'}")


def _take(parts: Parts, section: Section, entry: Entry) -> tuple[Parts, tuple[Problem, ...]]:
    kept = {key: each for key, each in entry.node.entries.items() if key not in NEVER}
    given = replace(entry, node=replace(entry.node, value=kept), path=MAIN)
    over = application_over if section.kind is Kind.APPLICATION else laid_over
    merged = {key: replace(part, entry=over(part.entry, given)) for key, part in parts.items() if section.applies(part)}
    problems = tuple(_problems(section, entry, given))
    if sum(part.entry.node.size for part in merged.values()) <= MAX_VALUES:
        return {**parts, **merged}, problems
    message = f"with these, the {section.kind.value} have more than {MAX_VALUES} values: shorten them"
    return parts, (*problems, _problem(entry, message))


def _problems(section: Section, entry: Entry, given: Entry) -> Iterator[Problem]:
    """Check the defaults as a part, so that each problem shows once, whether a part takes them or not."""
    for key in NEVER:
        if key in entry.node.entries:
            yield _problem(entry.node.entries[key], f"{key!r} cannot be a default: it belongs to one {section.kind}")
    if not isinstance(entry.node.value, Mapping):
        spot = entry.node.spot
        yield Problem(MAIN, spot.line, spot.column, f"expected a mapping, saw {entry.node}")
        return
    checked = filled_in(given, STAND_IN) if section.kind is Kind.APPLICATION else given
    written = {key: plain(each.node) for key, each in checked.node.entries.items() if key != USES}
    has_image = IMAGES & written.keys()
    stand_ins = {key: value for key, value in section.stand_ins.items() if key != "image" or not has_image}
    try:
        validated(section.model, {**stand_ins, **written})
    except ValidationError as error:
        yield from complaints(MAIN, checked, section.model, error)


def _problem(entry: Entry, message: str) -> Problem:
    return Problem(MAIN, entry.spot.line, entry.spot.column, message)
