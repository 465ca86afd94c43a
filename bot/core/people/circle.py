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
    """A group of people as a policy names it, with `owners` spelled out. least: the role that each also needs."""

    words: tuple[str, ...]
    least: Permission = Permission.NONE

    def holds(self, login: str, seen: Acquainted) -> bool:
        """This person belongs to it. A team that cannot be read holds nobody."""
        return self._names(login, seen) and _has_role(login, self.least, seen)

    def lacks_role(self, login: str, seen: Acquainted) -> bool:
        """The policy names this person, whose role is not enough."""
        return self._names(login, seen) and not _has_role(login, self.least, seen)

    def teams(self) -> frozenset[str]:
        """Return the teams whose members must be observed, as 'organisation/team'."""
        return frozenset(word.removeprefix("@") for word in self.words if "/" in word)

    def unreadable(self, seen: Acquainted) -> tuple[str, ...]:
        """Return the teams whose members GitHub did not return, as people write them."""
        return tuple(sorted(team for team in self.teams() if seen.teams.get(team) is None))

    def _names(self, login: str, seen: Acquainted) -> bool:
        return any(_matches(word, login, seen) for word in self.words)

    def __str__(self) -> str:
        return ", ".join(phrase(word) for word in self.words) or "nobody"


def circle(words: Iterable[str], owners: Iterable[str], *, least: Permission = Permission.NONE) -> Circle:
    """Spell `owners` out; each word once, in the order of the policy. least: as in Circle."""
    spelled: dict[str, None] = {}
    for word in words:
        spelled.update(dict.fromkeys(owners if word == OWNERS else (word,)))
    return Circle(tuple(spelled), least)


def phrase(word: str) -> str:
    """Return a policy's word for display; teams and users lose the `@`, so that the text mentions nobody."""
    if word in ROLES:
        return f"people with {word} permission"
    return word.removeprefix("@")


def _has_role(login: str, least: Permission, seen: Acquainted) -> bool:
    return seen.people.get(login.lower(), Permission.NONE).value >= least.value


def _matches(word: str, login: str, seen: Acquainted) -> bool:
    if word in ROLES:
        return _has_role(login, ROLES[word], seen)
    name = word.removeprefix("@").lower()
    if "/" in name:
        members = next((logins for team, logins in seen.teams.items() if team.lower() == name), None)
        return login.lower() in {member.lower() for member in members or ()}
    return name == login.lower()
