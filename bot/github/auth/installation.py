"""The App in one account: its permissions there, and the part of them that a piece of work asks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.github.errors import Json, understood

# The names are those of https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps.
# An App that was granted less asks for less. What it then cannot read or do is reported where it shows.
PERMISSIONS: Mapping[str, str] = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
"""What work on a manifests repository needs."""
READING: Mapping[str, str] = {"checks": "read", "contents": "read", "metadata": "read", "statuses": "read"}
"""What reading a source repository of another account needs."""
DEPLOYING: Mapping[str, str] = {"deployments": "write", "metadata": "read"}
"""What showing deployments on a repository's commits needs, and nothing else may be done with it."""

_LEVELS = ("read", "write", "admin")
_REPOSITORY = re.compile(r"[\w.-]*\w[\w.-]*/[\w.-]*\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Installation:
    """The App in one account. permissions: as granted there, name → read, write or admin."""

    id: int
    account: str
    permissions: Mapping[str, str]
    suspended: bool = False

    def permitted(self, wanted: Mapping[str, str]) -> Mapping[str, str]:
        """Return as much of the wanted permissions as was granted."""
        granted = self.permissions
        return {name: _lesser(level, granted[name]) for name, level in wanted.items() if name in granted}


def installation(answer: Json) -> Installation:
    """Parse https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app."""
    with understood("installation"):
        account = answer["account"] or {}
        return Installation(
            id=int(answer["id"]),
            account=account.get("login") or account.get("slug") or "",
            permissions=dict(answer["permissions"]),
            suspended=answer.get("suspended_at") is not None,
        )


def is_repository(name: str) -> bool:
    """Return whether a name could be a repository's, `owner/name`."""
    return _REPOSITORY.fullmatch(name) is not None


def owner_of(repository: str) -> str:
    """Return a repository's owner, in lower case."""
    return repository.partition("/")[0].casefold()


def _lesser(one: str, other: str) -> str:
    return min(one, other, key=_LEVELS.index)
