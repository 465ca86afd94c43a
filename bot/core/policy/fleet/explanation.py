"""The effective policy of one application: each value, where it comes from, and what it replaces.

What no file says has its value from the program, and is listed as a default.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from bot.core.policy.application import Application
from bot.core.policy.base import Value
from bot.core.policy.environment import Environment, Origin, OriginKind
from bot.core.policy.fleet.provenance import Setting, settings_of_application, settings_of_environment
from bot.core.policy.orders import ORDERS
from bot.core.policy.paths import filled
from bot.core.policy.policy import Policy

DEFAULT = "default"

ELSEWHERE = frozenset({"name", "was", "environments", "order"})
"""What is no setting of its own, or is written otherwise: `order` is `semver` and its like."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One value. key: such as gates.soak. source: `file:line`, `default`, or why it is so.

    replaces: what would count otherwise, each with its source, the nearest first.
    """

    key: str
    value: str
    source: str
    replaces: tuple[tuple[str, str], ...] = ()


def explain_application(policy: Policy, name: str) -> tuple[Explained, ...]:
    """Return every value that the application has wherever it runs, in the order of docs/policy.md. policy: as discovered."""
    value = policy.applications[name]
    written = list(map(_written, settings_of_application(policy, name)))
    order = value.versions.order
    implied = [] if _has_order(written) else [Explained(f"versions.{order.kind}", order.argument, DEFAULT)]
    return _in_order((*written, *implied, *_defaults(value, written)), Application)


def explain_environment(policy: Policy, environment: str, application: str) -> tuple[Explained, ...]:
    """Return every value that an environment has for an application, likewise.

    policy: as discovered, for this application, and without the environments that it does not use.
    """
    value = policy.environments[environment]
    written = [
        replace(each, value=filled(each.value, value, application)) if each.key == "path" else each
        for each in map(_written, settings_of_environment(policy, environment, application))
    ]
    return _in_order((*_with_origin(written, value, policy.unused), *_defaults(value, written)), Environment)


def _in_order(found: Iterable[Explained], model: type[Value]) -> tuple[Explained, ...]:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    positions = {key: position for position, key in enumerate(("name", "image", *keys))}
    return tuple(sorted(found, key=lambda each: positions.get(each.key.partition(".")[0], len(keys))))


def _written(setting: Setting) -> Explained:
    return Explained(".".join(setting.keys), setting.value, _source(setting), tuple(_replaced(setting.replaces)))


def _replaced(setting: Setting | None) -> Iterator[tuple[str, str]]:
    while setting is not None:
        yield setting.value, _source(setting)
        setting = setting.replaces


def _source(setting: Setting) -> str:
    return f"{setting.path}:{setting.line}"


def _with_origin(written: list[Explained], environment: Environment, unused: Iterable[str]) -> Iterator[Explained]:
    """Yield the values; where versions pass through an environment, `from` is what is left."""
    left_out = tuple(unused)
    for each in written:
        named = each.value.strip("[]").split(", ")
        if each.key in ("from", "from.any") and not set(named).isdisjoint(left_out):
            why = f"not used: {', '.join(left_out)}"
            yield Explained("from", _origin(environment.origin), why, ((each.value, each.source), *each.replaces))
        else:
            yield each


def _origin(origin: Origin) -> str:
    if origin.kind is OriginKind.REGISTRY:
        return OriginKind.REGISTRY.value
    names = f"[{', '.join(origin.environments)}]"
    if origin.kind is OriginKind.ANY:
        return names
    return names if len(origin.environments) > 1 else origin.environments[0]


def _defaults(value: Value, written: Iterable[Explained], *above: str) -> Iterator[Explained]:
    """Yield what the program says where no file does; nothing where that is nothing."""
    keys = {each.key for each in written}
    for name, field in type(value).model_fields.items():
        here, path = getattr(value, name), (*above, field.alias or name)
        key = ".".join(path)
        if name in ELSEWHERE or key in keys or any(each.startswith(f"{key}[") for each in keys):
            continue
        if isinstance(here, Value) and not isinstance(here, Origin):
            yield from _defaults(here, written, *path)
        elif name not in value.model_fields_set and here not in (None, (), False):
            yield Explained(key, _shown(here), DEFAULT)


def _shown(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, tuple) else str(value)


def _has_order(written: Iterable[Explained]) -> bool:
    return any(each.key == f"versions.{order}" for each in written for order in ORDERS)
