"""A policy while it is checked: its parts, and the values of the valid ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.policy.application import Application
from bot.core.policy.environment import Environment
from bot.core.policy.file.parts import Kind, Part
from bot.core.values.errors import Problem


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts by name, and the values of the valid ones, in the order of the files."""

    parts: Mapping[tuple[Kind, str], Part]
    applications: Mapping[str, Application]
    environments: Mapping[str, Environment]

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Return all names, including those of broken parts."""
        return tuple(name for each, name in self.parts if each is kind)

    def at(self, name: str, message: str, *keys: str | int) -> Problem:
        """Return a problem of a value in an environment. For a default, it is the same problem in all that take it."""
        return self.parts[Kind.ENVIRONMENT, name].problem(message, *keys)

    def conflict(self, name: str, message: str, *keys: str) -> Problem:
        """Return a problem that a value has in this environment only."""
        return self.parts[Kind.ENVIRONMENT, name].conflict(message, *keys)
