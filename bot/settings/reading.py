"""Reads variables and collects what is wrong with them, so that all of it can be said at once."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used. seen: never a secret. todo: what a person does next."""

    name: str
    seen: str
    expected: str
    todo: str

    def __str__(self) -> str:
        return f"{self.name} {self.seen}; expected {self.expected}. {self.todo}"


class SettingsError(Exception):
    """Everything that is wrong with the settings, at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 setting needs" if len(problems) == 1 else f"{len(problems)} settings need"
        super().__init__("\n".join([f"{count} attention:", *(f"  - {problem}" for problem in problems)]))
        self.problems = problems


class Reader:
    """The environment, and the problems found so far. A reading that found one goes on with a value that nobody will use."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[Problem] = []

    def get(self, name: str) -> str:
        """Without surrounding space, which only ever comes from files and quoting; empty is the same as not set."""
        return self._environment.get(name, "").strip()

    def starting_with(self, prefix: str) -> list[str]:
        return sorted(name for name in self._environment if name.startswith(prefix) and self.get(name))

    def problem(self, name: str, seen: str, *, expected: str, todo: str) -> None:
        self.problems.append(Problem(name, seen, expected, todo))

    def missing(self, name: str, *, expected: str, todo: str) -> None:
        """A required setting is not there; perhaps it is there under a name much like it."""
        similar = [
            other for other in difflib.get_close_matches(name, self.starting_with(""), cutoff=0.85) if other != name
        ]
        seen = f"is not set, but {similar[0]} is" if similar else "is not set"
        self.problem(name, seen, expected=expected, todo=todo)


def listed(given: str) -> list[str]:
    """The entries of a comma-separated list."""
    return [entry.strip() for entry in given.split(",") if entry.strip()]
