"""Who may do what: a policy's words (`owners`, a role, `@user`, `@organisation/team`) against what was observed."""

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
    """What was observed of people: a State, or a Sweep."""

    @property
    def people(self) -> Mapping[str, Permission]:
        """Login in lower case → role."""
        ...

    @property
    def teams(self) -> Mapping[str, frozenset[str] | None]:
        """'organisation/team' → logins, None where it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Circle:
    """A group of people as a policy names it, with `owners` spelled out."""

    words: tuple[str, ...]

    def holds(self, login: str, seen: Acquainted) -> bool:
        """This person belongs to it. A team that cannot be read holds nobody."""
        return any(_matches(word, login, seen) for word in self.words)

    def teams(self) -> frozenset[str]:
        """The teams whose members must be known, as 'organisation/team'."""
        return frozenset(word.removeprefix("@") for word in self.words if "/" in word)

    def unreadable(self, seen: Acquainted) -> tuple[str, ...]:
        """The teams whose members GitHub did not tell, as people say them."""
        return tuple(sorted(team for team in self.teams() if seen.teams.get(team) is None))

    def __str__(self) -> str:
        return ", ".join(phrase(word) for word in self.words) or "nobody"


def circle(words: Iterable[str], owners: Iterable[str]) -> Circle:
    """Spell `owners` out; each word once, in the order of the policy."""
    spelled: dict[str, None] = {}
    for word in words:
        spelled.update(dict.fromkeys(owners if word == OWNERS else (word,)))
    return Circle(tuple(spelled))


def phrase(word: str) -> str:
    """A policy's word as people say it; teams and users without the `@`, so that nobody is mentioned."""
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
