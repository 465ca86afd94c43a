"""`defaults`: the settings of every environment of `.gitops.yml` that does not set them itself.

The trees are merged before validation, so that every value keeps its line. The mappings of
`KEY_BY_KEY` merge key by key; everything else, lists included, is the environment's own or the default, whole. Nothing
(`soak: null`) drops a default. An environment in a file of its own takes none, so that CODEOWNERS can guard all it says.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from pydantic import ValidationError

from bot.core.policy.base import validated
from bot.core.policy.environment import KEY_BY_KEY, Environment
from bot.core.policy.file.parts import DEFAULTS, MAIN, Kind, Part
from bot.core.policy.file.validation_errors import complaints
from bot.core.policy.file.yaml_tree import MAX_VALUES, NOTHING, Entry, Node, plain
from bot.core.values.errors import Problem

NEVER = ("name", "was")

STAND_INS = {"path": ".", "from": "registry", "name": DEFAULTS}
"""Values for the keys that every environment requires and the defaults do not."""

Parts = Mapping[tuple[Kind, str], Part]


def take_defaults(main: Node, parts: Parts) -> tuple[Parts, tuple[Problem, ...]]:
    """Return the parts, with the defaults in the environments of the main file, and the problems of the defaults themselves."""
    entry = main.entries.get(DEFAULTS, Entry(main.spot, NOTHING))
    if entry.node.value is None:
        return parts, ()
    given = replace(entry.node, value={key: each for key, each in entry.node.entries.items() if key not in NEVER})
    merged = {
        key: replace(part, entry=_with_defaults(part.entry, given))
        for key, part in parts.items()
        if part.kind is Kind.ENVIRONMENT and part.path == MAIN
    }
    problems = tuple(_problems(entry, given))
    if sum(part.entry.node.size for part in merged.values()) <= MAX_VALUES:
        return {**parts, **merged}, problems
    message = f"with these, the environments have more than {MAX_VALUES} values: shorten them"
    return parts, (*problems, _problem(entry, message))


def _problems(entry: Entry, given: Node) -> Iterator[Problem]:
    """Check the defaults as an environment, so that each problem shows once, whether an environment takes them or not."""
    for key in NEVER:
        if key in entry.node.entries:
            yield _problem(entry.node.entries[key], f"{key!r} cannot be a default: it belongs to one environment")
    written = plain(given) if isinstance(entry.node.value, Mapping) else plain(entry.node)
    try:
        validated(Environment, {**STAND_INS, **written} if isinstance(written, dict) else written)
    except ValidationError as error:
        yield from complaints(MAIN, entry, Environment, error)


def _problem(entry: Entry, message: str) -> Problem:
    return Problem(MAIN, entry.spot.line, entry.spot.column, message)


def _with_defaults(own: Entry, defaults: Node) -> Entry:
    return replace(own, node=_merged(own.node, defaults, KEY_BY_KEY))


def _merged(own: Node, defaults: Node, deeper: Container[str]) -> Node:
    """Merge two mappings. deeper: the keys whose mappings merge too. A value that is not a mapping stays as it is."""
    mine, theirs = own.entries, defaults.entries
    if not isinstance(own.value, Mapping):
        return own
    kept = {
        key: replace(entry, node=_merged(entry.node, theirs[key].node, ()))
        if key in deeper and key in theirs
        else entry
        for key, entry in mine.items()
        if key not in theirs or entry.node.value is not None
    }
    taken = {key: replace(entry, inherited=True) for key, entry in theirs.items() if key not in mine}
    entries = {**kept, **taken}
    return replace(own, value=entries, size=1 + sum(entry.node.size for entry in entries.values()))
