"""Command rights: who may give which command, from the environment's `permissions`, else the right's default role."""

from collections.abc import Iterable

from bot.core.people.circle import Circle, circle
from bot.core.policy import Permissions, Right


def who_may(right: Right, permissions: Permissions | None, owners: Iterable[str]) -> Circle:
    """Return the group that may use this right. permissions: None if the command concerns no single environment."""
    listed = permissions.named(right) if permissions else None
    return circle((right.default_role,) if listed is None else listed, owners)


def named_in(permissions: Permissions) -> frozenset[str]:
    """Return all words that name people who may give the commands of an application's pass."""
    listed = (permissions.named(right) for right in Right if right not in (Right.HOLD, Right.UNHOLD))
    return frozenset(word for each in listed for word in each or ())
