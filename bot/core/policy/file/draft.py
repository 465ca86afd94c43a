"""A policy while it is checked: its parts, and the values of the valid ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.policy.application import Application
from bot.core.policy.edit import ExplicitEdit
from bot.core.policy.environment import Environment
from bot.core.policy.file.parts import Kind, Part
from bot.core.values.errors import Problem


@dataclass(frozen=True, slots=True)
class Written:
    """A place that `edit` names, where that is written, and for which applications and environments."""

    part: Part
    keys: tuple[str | int, ...]
    edit: ExplicitEdit
    applications: tuple[str, ...]
    environments: tuple[str, ...]

    def problem(self, message: str, *keys: str | int) -> Problem:
        """Return a problem at this place, or at one of its keys."""
        return self.part.problem(message, *self.keys, *keys)


@dataclass(frozen=True, slots=True)
class Whole:
    """All parts by name, and the values of the valid ones, in the order of the files."""

    parts: Mapping[tuple[Kind, str], Part]
    applications: Mapping[str, Application]
    environments: Mapping[str, Environment]

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Return all names, including those of broken parts."""
        return tuple(name for each, name in self.parts if each is kind)

    def edits(self) -> "Iterator[Written]":
        """Yield every place that `edit` names: of an application everywhere, or of what an environment says instead."""
        everywhere, all_of_them = self.names(Kind.ENVIRONMENT), tuple(self.applications)
        for name, application in self.applications.items():
            for keys, edit in application.edit.located():
                yield Written(self.parts[Kind.APPLICATION, name], keys, edit, (name,), everywhere)
        for name, environment in self.environments.items():
            for keys, edit in environment.edit.located() if environment.edit else ():
                yield Written(self.parts[Kind.ENVIRONMENT, name], keys, edit, all_of_them, (name,))

    def at(self, name: str, message: str, *keys: str | int) -> Problem:
        """Return a problem of a value in an environment. For a default, it is the same problem in all that take it."""
        return self.parts[Kind.ENVIRONMENT, name].problem(message, *keys)

    def conflict(self, name: str, message: str, *keys: str | int) -> Problem:
        """Return a problem that a value has in this environment only."""
        return self.parts[Kind.ENVIRONMENT, name].conflict(message, *keys)
