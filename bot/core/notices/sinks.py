"""Routes that lead nowhere: only the server knows which sinks there are, so only it can say so."""

from collections.abc import Iterator

from bot.core.observation.repository import Visibility
from bot.core.policy import Policy
from bot.core.policy.file.parts import Kind, Part
from bot.core.policy.file.yaml_tree import Node
from bot.core.values.errors import Problem
from bot.core.values.notice import Dropped

NOTIFY, TO, ENVIRONMENTS = "notify", "to", "environments"
POLICY = ".gitops.yml"


def unknown_sinks(policy: Policy, known: frozenset[str], *, visibility: Visibility) -> tuple[Problem, ...]:
    """Return each name that is none of the server's sinks, where it is written.

    known: those that this repository may use. They are listed only where everybody who can read the problem may know them.
    """
    there = f"; this server has {', '.join(sorted(known)) or 'none'}" if visibility is Visibility.PRIVATE else ""
    remedy = "correct the name, or ask the administrator of the bot's server which NOTIFY settings it has"
    found: dict[Problem, None] = {}
    for part in (*policy.blueprint.whole.parts.values(), *(rule.part for rule in policy.blueprint.rules)):
        for name, keys in _named(part):
            if name not in known:
                message = f"{name!r} is not a sink of this server{there}: {remedy}. Its notices are not sent"
                found[part.problem(message, *keys)] = None
    return tuple(found)


def undelivered(dropped: tuple[Dropped, ...]) -> tuple[Problem, ...]:
    """Return what the dashboard says about notices that could not be delivered."""
    return tuple(Problem(POLICY, 0, 0, _lost(each)) for each in dropped)


def _lost(dropped: Dropped) -> str:
    count, were = ("1 notice", "was") if dropped.count == 1 else (f"{dropped.count} notices", "were")
    return (
        f"{count} for the sink {dropped.sink!r} could not be delivered within a day and {were} dropped: {dropped.error}. "
        "The administrator of the bot's server can fix this"
    )


def _named(part: Part) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield the names of sinks in a part, with the keys that lead to each."""
    if part.kind is Kind.ENVIRONMENT:
        yield from _routes(part.entry.node, ())
        return
    uses = part.entry.node.entries.get(ENVIRONMENTS)
    for environment, entry in uses.node.entries.items() if uses else ():
        yield from _routes(entry.node, (ENVIRONMENTS, environment))


def _routes(node: Node, keys: tuple[str | int, ...]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    notify = node.entries.get(NOTIFY)
    routes = notify.node.value if notify is not None and isinstance(notify.node.value, tuple) else ()
    for position, route in enumerate(routes):
        to = route.entries[TO].node
        here = (*keys, NOTIFY, position, TO)
        names = enumerate(to.value) if isinstance(to.value, tuple) else [(None, to)]
        for place, name in names:
            yield str(name.value), here if place is None else (*here, place)
