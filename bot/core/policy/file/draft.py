"""A policy while it is checked: its parts, and the values of the valid ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
    """All parts by name, and the values of the valid ones, in the order of the files.

    apart: by application, its environments where they differ.
    """

    parts: Mapping[tuple[Kind, str], Part]
    applications: Mapping[str, Application]
    environments: Mapping[str, Environment]
    apart: Mapping[str, "Whole"] = field(default_factory=dict)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Return all names, including those of broken parts."""
        return tuple(name for each, name in self.parts if each is kind)

    def edits(self) -> Iterator[Written]:
        """Yield every place that `edit` names, for the applications and environments where nothing replaces it.

        A stranger's policy may have a thousand of both, so what is the same for most is made once.
        """
        everyone, named = tuple(self.applications), dict.fromkeys(_with_edit(self.environments))
        plain = dict.fromkeys(name for name in self.names(Kind.ENVIRONMENT) if name not in named)
        everywhere = tuple(plain)
        left_out: dict[str, set[str]] = {}
        for name, application in self.applications.items():
            apart = self.apart.get(name, NOTHING_APART)
            differing = _with_edit(apart.environments)
            without = {*differing, *(each for each, used in application.environments if not used)}
            there = tuple(each for each in everywhere if each not in without) if without & plain.keys() else everywhere
            for keys, edit in application.edit.located():
                yield Written(self.parts[Kind.APPLICATION, name], keys, edit, (name,), there)
            for each in differing:
                yield from apart.edits_in(each, (name,))
            for each in without:
                left_out.setdefault(each, set()).add(name)
        for each in named:
            out = left_out.get(each)
            yield from self.edits_in(each, tuple(name for name in everyone if name not in out) if out else everyone)

    def edits_in(self, environment: str, applications: tuple[str, ...]) -> Iterator[Written]:
        """Yield every place that an environment's own `edit` names."""
        edits = self.environments[environment].edit
        for keys, edit in edits.located() if edits else ():
            yield Written(self.parts[Kind.ENVIRONMENT, environment], keys, edit, applications, (environment,))

    def at(self, name: str, message: str, *keys: str | int) -> Problem:
        """Return a problem of a value in an environment. For a default, it is the same problem in all that take it."""
        return self.parts[Kind.ENVIRONMENT, name].problem(message, *keys)

    def conflict(self, name: str, message: str, *keys: str | int) -> Problem:
        """Return a problem that a value has in this environment only."""
        return self.parts[Kind.ENVIRONMENT, name].conflict(message, *keys)


NOTHING_APART = Whole({}, {}, {})
"""Of an application that differs nowhere."""


def _with_edit(environments: Mapping[str, Environment]) -> tuple[str, ...]:
    """Return the environments whose `edit` replaces that of applications."""
    return tuple(name for name, environment in environments.items() if environment.edit is not None)
