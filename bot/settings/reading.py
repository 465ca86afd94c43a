"""Reads variables and collects their problems, so that one error names all of them."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that cannot be used. seen: never a secret. todo: what to do next."""

    name: str
    seen: str
    expected: str
    todo: str

    def __str__(self) -> str:
        return f"{self.name} {self.seen}; expected {self.expected}. {self.todo}"


class SettingsError(Exception):
    """All problems of the settings."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        count = "1 setting needs" if len(problems) == 1 else f"{len(problems)} settings need"
        super().__init__("\n".join([f"{count} attention:", *(f"  - {problem}" for problem in problems)]))
        self.problems = problems


class Reader:
    """The environment, and the problems found so far. After a problem, reading goes on with a value that is never used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[Problem] = []

    def get(self, name: str) -> str:
        """Return a variable without surrounding space, which comes from files and quoting; '' when it is not set."""
        return self._environment.get(name, "").strip()

    def starting_with(self, prefix: str) -> list[str]:
        return sorted(name for name in self._environment if name.startswith(prefix) and self.get(name))

    def problem(self, name: str, seen: str, *, expected: str, todo: str) -> None:
        self.problems.append(Problem(name, seen, expected, todo))

    def missing(self, name: str, *, expected: str, todo: str) -> None:
        """Report a required setting that is not set, and a similar name that is."""
        similar = [
            other for other in difflib.get_close_matches(name, self.starting_with(""), cutoff=0.85) if other != name
        ]
        seen = f"is not set, but {similar[0]} is" if similar else "is not set"
        self.problem(name, seen, expected=expected, todo=todo)


def listed(given: str) -> list[str]:
    """Return the entries of a comma-separated list."""
    return [entry.strip() for entry in given.split(",") if entry.strip()]
