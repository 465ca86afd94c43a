"""Who may give which command: as the environment's `permissions` say, else by the right's default role."""

from collections.abc import Iterable

from bot.core.people.circle import Circle, circle
from bot.core.policy import Permissions, Right


def who_may(right: Right, permissions: Permissions | None, owners: Iterable[str]) -> Circle:
    """Return the people who may. permissions: None where no single environment is meant."""
    listed = permissions.named(right) if permissions else None
    return circle((right.default_role,) if listed is None else listed, owners)


def named_in(permissions: Permissions) -> frozenset[str]:
    """Return the words that name people for the commands that an application's pass answers."""
    listed = (permissions.named(right) for right in Right if right not in (Right.HOLD, Right.UNHOLD))
    return frozenset(word for each in listed for word in each or ())
