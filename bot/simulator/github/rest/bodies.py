"""The JSON of a request's body, read with types. Input that Python accepts but GitHub does not is refused here."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

from bot.simulator.github.model.world.errors import Reason, Refused

Item = TypeVar("Item")
Choice = TypeVar("Choice", bound=Enum)


def read_json(body: bytes) -> object:
    """Parse a body; raise ValueError for input that GitHub answers with "Problems parsing JSON".

    Besides broken JSON these are: text that is not UTF-8, NaN and Infinity, half of a surrogate pair (no answer could
    contain it), and arrays nested too deeply.
    """
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse)
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    return value


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


NULLABLE = {"assignee", "body", "description", "milestone", "sha", "state_reason", "target_url", "title", "type"}
"""Fields that GitHub's description lets a client send as null; any other may only be left out."""


class Invalid(Refused):
    """A request body that violates GitHub's schema: 422 with its "Invalid request." message."""

    def __init__(self, problem: str) -> None:
        super().__init__(Reason.UNPROCESSABLE, f"Invalid request.\n\n{problem}")


class Fields:
    """A JSON object read with types; raises Invalid with GitHub's message."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        """Return a required string."""
        found = self.optional_text(name)
        if found is None:
            raise Invalid(f'"{name}" wasn\'t supplied.')
        return found

    def optional_text(self, name: str) -> str | None:
        return self._typed(name, str, "a string")

    def optional_number(self, name: str) -> int | None:
        return self._typed(name, int, "an integer")

    def flag(self, name: str) -> bool:
        """Return a boolean; False if absent."""
        return self._typed(name, bool, "a boolean") or False

    def texts(self, name: str) -> list[str]:
        """Return a list of strings; empty if absent."""
        found = self._typed(name, list, "an array") or []
        for value in found:
            if not isinstance(value, str):
                raise Invalid(f"For 'items', {json.dumps(value)} is not a string.")
        return found

    def numbers(self, name: str) -> list[int]:
        """Return a list of integers; empty if absent."""
        found = self._typed(name, list, "an array") or []
        for value in found:
            if not isinstance(value, int) or isinstance(value, bool):
                raise Invalid(f"For 'items', {json.dumps(value)} is not an integer.")
        return found

    def objects(self, name: str) -> list["Fields"]:
        """Return a list of objects; empty if absent."""
        found = self._typed(name, list, "an array") or []
        for value in found:
            if not isinstance(value, Mapping):
                raise Invalid(f"For 'items', {json.dumps(value)} is not an object.")
        return [Fields(value) for value in found]

    def inner(self, name: str) -> "Fields | None":
        """Return a nested object, or None."""
        found = self._typed(name, dict, "an object")
        return None if found is None else Fields(found)

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """Return a member of an enum whose values are REST's words in upper case; None if absent."""
        found = self.optional_text(name)
        if found is None:
            return None
        try:
            return choices(found.upper())
        except ValueError:
            known = ", ".join(str(choice.value).lower() for choice in choices)
            raise Invalid(f"{json.dumps(found)} is not a member of [{known}].") from None

    def choice_by_name(self, name: str, choices: type[Choice]) -> Choice:
        """Return a member of an enum whose names are REST's words in upper case."""
        found = self.text(name)
        if found.upper() not in choices.__members__:
            known = ", ".join(member.lower() for member in choices.__members__)
            raise Invalid(f"{json.dumps(found)} is not a member of [{known}].")
        return choices[found.upper()]

    def pairs(self) -> Iterable[tuple[str, object]]:
        return self._values.items()

    def _typed(self, name: str, kind: type[Item], called: str) -> Item | None:
        value = self._values.get(name)
        if value is None and (name in NULLABLE or name not in self._values):
            return None
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        shown = "nil" if value is None else json.dumps(value)
        raise Invalid(f"For 'properties/{name}', {shown} is not {called}.")


def moment(given: str) -> datetime:
    """Parse a time in ISO 8601, in UTC if it has no zone; raise Invalid for anything else."""
    try:
        read = datetime.fromisoformat(given)
        at = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year < 1970:  # git counts seconds from then
        raise Invalid(f"{json.dumps(given)} is not a valid date-time.")
    return at
