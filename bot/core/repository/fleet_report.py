"""What a policy finds in the repository: how many applications, folders without a reference, and what does not fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.core.pages.parts.collapsed import few
from bot.core.policy import Discovery, Policy
from bot.core.state import State, is_there
from bot.core.values.errors import Problem
from bot.core.values.text import code, escape

MOST_NAMED = 50

NOTHING: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Found:
    """headline: such as `finds 47 applications, 3 folders without a reference to their image`; '' if the policy lists all.

    page: the details, in Markdown; '' if there are none. problems: what does not fit, each costs only what it names.
    """

    headline: str
    page: str
    problems: tuple[Problem, ...]


def found(
    discovery: Discovery, present: Policy | None, states: Mapping[str, State], surveyed: Mapping[str, bool] = NOTHING
) -> Found:
    """Return what a proposed policy finds.

    present: the policy in force, under which the states were seen; None if it is broken. states: as in `difference`.
    surveyed: whether something refers to the images of applications that were not looked at.
    """
    unseen = not_looked_at(discovery, present, states)
    unknown = [name for name in unseen if name not in surveyed]
    without = [
        name
        for name in discovery.found
        if surveyed.get(name) is False or (name in states and name not in unseen and not _is_anywhere(states[name]))
    ]
    count = len(discovery.policy.applications) - len(without)
    parts = [f"finds {_counted(count, 'application')}"] if discovery.policy.blueprint.rules else []
    if unknown and parts:
        parts.append(f"{len(unknown)} of them not looked at yet")
    if without:
        parts.append(
            f"{_counted(len(without), 'folder')} without a reference to {'its' if len(without) == 1 else 'their'} image"
        )
    if discovery.problems:
        parts.append(_counted(len(discovery.problems), "warning"))
    lines = list(_lines(discovery, without, unknown))
    return Found(", ".join(parts), "\n\n".join(lines), discovery.problems)


def not_looked_at(discovery: Discovery, present: Policy | None, states: Mapping[str, State]) -> tuple[str, ...]:
    """Return the applications that were found, and for whose images nobody has looked yet. present, states: as in `found`."""
    known = present.applications if present is not None else {}
    return tuple(
        name
        for name in discovery.found
        if name not in states or name not in known or known[name].images != discovery.policy.applications[name].images
    )


def _is_anywhere(state: State) -> bool:
    return any(map(is_there, state.environments.values()))


def _lines(discovery: Discovery, without: list[str], unknown: list[str]) -> Iterator[str]:
    if without:
        yield f"**Without a reference to their image, so not applications:** {_named(without)}"
    if unknown:
        yield f"**Looked at once this is merged:** {_named(unknown)}"
    if discovery.problems:
        warnings = [
            f"- {code(f'{each.path}:{each.line}:{each.column}')} {escape(each.message)}" for each in discovery.problems
        ]
        yield f"**Warnings:**\n\n{few(warnings, most=MOST_NAMED)}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(map(code, names[:MOST_NAMED])) + more


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
