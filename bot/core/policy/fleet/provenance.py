"""Where each value of the effective policy comes from: the file and line, and what it replaces."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.policy.file.inheritance.differences import differences
from bot.core.policy.file.inheritance.rules import named
from bot.core.policy.file.parts import USES, Kind, Part
from bot.core.policy.file.yaml_tree import Entry, Node
from bot.core.policy.policy import Policy

EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value. keys: that lead to it, such as gates and soak. value: as it is written, with names filled in, on one line.

    path, line, column: where it stands. replaces: what would count if it were left out; None if nothing would.
    """

    keys: tuple[str, ...]
    value: str
    path: str
    line: int
    column: int
    replaces: "Setting | None" = None


def settings_of_application(policy: Policy, application: str) -> tuple[Setting, ...]:
    """Return what the policy says of an application, beside what differs in environments. policy: as discovered."""
    part = _part(policy, application)
    entries = {key: entry for key, entry in part.entry.node.entries.items() if key != USES}
    return tuple(_settings(entries, (), part.path))


def settings_of_environment(policy: Policy, environment: str, application: str) -> tuple[Setting, ...]:
    """Return what the policy says of an environment as the application has it. policy: as discovered."""
    whole = policy.blueprint.whole
    found = differences(_part(policy, application), whole)
    part = found.parts.get(environment, whole.parts[Kind.ENVIRONMENT, environment])
    return tuple(_settings(part.entry.node.entries, (), part.path))


def where_edit_is(policy: Policy, environment: str, application: str) -> str:
    """Return where `edit` is written that counts there, as ` at .gitops.yml:12`; '' for a policy without files."""
    if (Kind.ENVIRONMENT, environment) not in policy.blueprint.whole.parts:
        return ""
    there = settings_of_environment(policy, environment, application)
    found = (each for each in (*there, *settings_of_application(policy, application)) if each.keys[0] == EDIT)
    return next((f" at {each.path}:{each.line}" for each in found), "")


def _part(policy: Policy, application: str) -> Part:
    """Return the tree of an application: its own, or that of the rule that finds it."""
    blueprint = policy.blueprint
    listed = blueprint.whole.parts.get((Kind.APPLICATION, application))
    if listed is not None:
        return listed
    return named(next(rule for rule in blueprint.rules if rule.claims(application)).part, application)


def _settings(
    entries: Mapping[str, Entry], keys: tuple[str, ...], path: str, replaced: Setting | None = None
) -> Iterator[Setting]:
    """Yield the values below some keys. replaced: what the mapping around them replaces as a whole."""
    for key, entry in entries.items():
        here, before = entry.path or path, _replaced(entry, (*keys, key), path) or replaced
        if entry.node.entries:
            yield from _settings(entry.node.entries, (*keys, key), here, before)
        else:
            yield _setting(entry, (*keys, key), here, before)


def _setting(entry: Entry, keys: tuple[str, ...], path: str, replaces: Setting | None) -> Setting:
    return Setting(keys, written(entry.node), path, entry.node.spot.line, entry.node.spot.column, replaces)


def _replaced(entry: Entry, keys: tuple[str, ...], path: str) -> Setting | None:
    below = entry.replaces
    if below is None:
        return None
    return _setting(below, keys, below.path or path, _replaced(below, keys, below.path or path))


def written(node: Node) -> str:
    """Return a value on one line, as YAML's flow style has it."""
    match node.value:
        case tuple() as items:
            return f"[{', '.join(map(written, items))}]"
        case Mapping() as entries:
            return f"{{{', '.join(f'{key}: {written(entry.node)}' for key, entry in entries.items())}}}"
    return node.written
