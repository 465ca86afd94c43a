"""settings: can the server start with them?

| name               | when                                                                    |
|--------------------|-------------------------------------------------------------------------|
| `setting-unusable` | a variable is missing or malformed; one finding for each                |
| `settings`         | good                                                                    |
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from bot.doctor.findings import Finding, good, problem


class Problem(Protocol):
    """A setting that cannot be used."""

    @property
    def name(self) -> str: ...
    @property
    def seen(self) -> str: ...
    @property
    def expected(self) -> str: ...
    @property
    def todo(self) -> str: ...


def judge_settings(problems: Iterable[Problem]) -> Iterator[Finding]:
    """Yield a finding for each setting that cannot be used."""
    found = False
    for each in problems:
        found = True
        yield problem(
            "setting-unusable", f"{each.name} {each.seen}; expected {each.expected}.", each.todo, subject=each.name
        )
    if not found:
        yield good("settings", "Every setting can be used.")
