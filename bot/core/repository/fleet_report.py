"""What a policy finds in the repository: how many applications, folders without a reference, and what does not fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.pages.parts.collapsed import few
from bot.core.policy import Discovery, Policy
from bot.core.state import State, is_there
from bot.core.values.errors import Problem
from bot.core.values.text import code, escape

MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class Found:
    """headline: such as `finds 47 applications, 3 folders without a reference to their image`; '' if the policy lists all.

    page: the details, in Markdown; '' if there are none. problems: what does not fit, each costs only what it names.
    """

    headline: str
    page: str
    problems: tuple[Problem, ...]


def found(discovery: Discovery, present: Policy | None, states: Mapping[str, State]) -> Found:
    """Return what a proposed policy finds.

    present: the policy in force, under which the states were seen; None if it is broken. states: as in `difference`.
    """
    without = [name for name in discovery.found if _refers(discovery.policy, present, states.get(name), name) is False]
    unknown = [name for name in discovery.found if _refers(discovery.policy, present, states.get(name), name) is None]
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


def _refers(policy: Policy, present: Policy | None, state: State | None, name: str) -> bool | None:
    """Return whether something refers to the application's images; None if nobody has looked for these images yet."""
    before = present.applications.get(name) if present is not None else None
    if state is None or before is None or before.images != policy.applications[name].images:
        return None
    return any(map(is_there, state.environments.values()))


def _lines(discovery: Discovery, without: list[str], unknown: list[str]) -> Iterator[str]:
    if without:
        yield f"**Without a reference to their image, so no applications:** {_named(without)}"
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
