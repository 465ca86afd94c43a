"""Groups of people: resolve what a policy names (`owners`, a role, `@user`, `@organisation/team`) to logins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.core.observation.actors import Permission
from bot.core.policy import OWNERS

ROLES = {
    "read": Permission.READ,
    "triage": Permission.TRIAGE,
    "write": Permission.WRITE,
    "maintain": Permission.MAINTAIN,
    "admin": Permission.ADMIN,
}


class Acquainted(Protocol):
    """What was observed about people. State and Sweep both provide it."""

    @property
    def people(self) -> Mapping[str, Permission]:
        """Return the observed roles: login in lower case → role."""
        ...

    @property
    def teams(self) -> Mapping[str, frozenset[str] | None]:
        """Return the observed teams: 'organisation/team' → logins; None for a team that cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Circle:
    """A group of people as a policy names it, with `owners` replaced by the application's owners."""

    words: tuple[str, ...]

    def holds(self, login: str, seen: Acquainted) -> bool:
        """Report whether this person belongs to the group. A team that cannot be read has no members here."""
        return any(_matches(word, login, seen) for word in self.words)

    def teams(self) -> frozenset[str]:
        """Return the teams whose members must be observed, as 'organisation/team'."""
        return frozenset(word.removeprefix("@") for word in self.words if "/" in word)

    def unreadable(self, seen: Acquainted) -> tuple[str, ...]:
        """Return the teams whose members GitHub did not return, as people write them."""
        return tuple(sorted(team for team in self.teams() if seen.teams.get(team) is None))

    def __str__(self) -> str:
        return ", ".join(phrase(word) for word in self.words) or "nobody"


def circle(words: Iterable[str], owners: Iterable[str]) -> Circle:
    """Replace `owners` by the application's owners; keep the policy's order, each word once."""
    spelled: dict[str, None] = {}
    for word in words:
        spelled.update(dict.fromkeys(owners if word == OWNERS else (word,)))
    return Circle(tuple(spelled))


def phrase(word: str) -> str:
    """Return a policy's word for display; teams and users lose the `@`, so that the text mentions nobody."""
    if word in ROLES:
        return f"people with {word} permission"
    return word.removeprefix("@")


def _matches(word: str, login: str, seen: Acquainted) -> bool:
    if word in ROLES:
        return seen.people.get(login.lower(), Permission.NONE).value >= ROLES[word].value
    name = word.removeprefix("@").lower()
    if "/" in name:
        members = next((logins for team, logins in seen.teams.items() if team.lower() == name), None)
        return login.lower() in {member.lower() for member in members or ()}
    return name == login.lower()
