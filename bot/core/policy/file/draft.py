"""A policy while it is being checked: its parts, and the values of those that read well."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.policy.application import Application
from bot.core.policy.environment import Environment
from bot.core.policy.file.parts import Kind, Part
from bot.core.values.errors import Problem


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts by name, and the values of those that read well, in the order of the files."""

    parts: Mapping[tuple[Kind, str], Part]
    applications: Mapping[str, Application]
    environments: Mapping[str, Environment]

    def names(self, kind: Kind) -> tuple[str, ...]:
        """All names, those of broken parts too."""
        return tuple(name for each, name in self.parts if each is kind)

    def at(self, name: str, message: str, *keys: str | int) -> Problem:
        """A problem of a value of an environment; of a default, the same one for all that take it."""
        return self.parts[Kind.ENVIRONMENT, name].problem(message, *keys)

    def conflict(self, name: str, message: str, *keys: str) -> Problem:
        """A problem that a value is in this very environment."""
        return self.parts[Kind.ENVIRONMENT, name].conflict(message, *keys)
