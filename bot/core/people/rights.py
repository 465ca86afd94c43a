"""Command rights: who may give which command, from the environment's `permissions`, else the right's default role."""

from collections.abc import Iterable

from bot.core.observation.actors import Permission
from bot.core.people.circle import Circle, circle
from bot.core.policy import Permissions, Right


def who_may(right: Right, permissions: Permissions | None, owners: Iterable[str]) -> Circle:
    """Return the people who may. permissions: None where no single environment is meant.

    What moves or loosens something also needs the role that GitHub asks for to merge: a person who may only read a repository
    may not change it through the bot, and a login that somebody else took over comes without its former role.
    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
    """
    listed = permissions.named(right) if permissions else None
    least = Permission.NONE if right.only_stops else Permission.WRITE
    return circle((right.default_role,) if listed is None else listed, owners, least=least)


def named_in(permissions: Permissions) -> frozenset[str]:
    """Return all words that name people who may give the commands of an application's pass."""
    listed = (permissions.named(right) for right in Right if right not in (Right.HOLD, Right.UNHOLD))
    return frozenset(word for each in listed for word in each or ())
