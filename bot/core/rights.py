"""Who may give which command: as the environment's `permissions` say, else by the role that the command asks for."""

from collections.abc import Iterable

from bot.core.commands import Verb
from bot.core.people import Circle, circle
from bot.core.policy import Permissions

ROLE = {
    Verb.PROMOTE: "write",
    Verb.ROLLBACK: "write",
    Verb.HOLD: "write",
    Verb.UNHOLD: "maintain",
    Verb.REJECT: "write",
    Verb.UNREJECT: "maintain",
    Verb.OVERRIDE: "maintain",
}
"""Stopping is cheap, loosening is not."""


def who_may(verb: Verb, permissions: Permissions | None, owners: Iterable[str]) -> Circle:
    """The people who may. permissions: None where no single environment is meant."""
    listed: tuple[str, ...] | None = getattr(permissions, verb.word) if permissions else None
    return circle((ROLE[verb],) if listed is None else listed, owners)


def named_in(permissions: Permissions) -> frozenset[str]:
    """The words by which these permissions name people, for the commands that an application's pass answers."""
    listed: list[tuple[str, ...] | None] = [
        getattr(permissions, verb.word) for verb in ROLE if verb not in (Verb.HOLD, Verb.UNHOLD)
    ]
    return frozenset(word for each in listed for word in each or ())
