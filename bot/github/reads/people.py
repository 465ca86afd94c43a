"""What people may do on a repository, asked by their exact logins.

GraphQL's `collaborators(query:)` also finds everybody whose name merely contains the login, a page at a time, and is what
makes GitHub refuse a large document (RESOURCE_LIMITS_EXCEEDED). REST answers about one person.

A role that lets its holder do something is looked up each time. That somebody has none is remembered for a moment, so that a
crowd of strangers costs little.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.core.observation.actors import Permission
from bot.github.client import Client, Credential, below
from bot.github.errors import Refused
from bot.github.parsing.actors import permission
from bot.runtime import Runtime

STRANGERS_REMEMBERED = 10_000
A_MOMENT = timedelta(minutes=1)


class People:
    """One for the process."""

    def __init__(self, client: Client, runtime: Runtime) -> None:
        self._client = client
        self._runtime = runtime
        self._strangers: LRUCache[tuple[str, str], tuple[datetime, Permission]] = LRUCache(STRANGERS_REMEMBERED)

    async def roles(
        self, repository: str, logins: Iterable[str], *, credential: Credential
    ) -> Mapping[str, Permission]:
        """Return the role of each of these people, by login in lower case. Raises Temporary."""
        wanted = sorted({login.lower() for login in logins})
        return {login: await self._role(repository, login, credential) for login in wanted}

    async def _role(self, repository: str, login: str, credential: Credential) -> Permission:
        now = self._runtime.now()
        until, known = self._strangers.get((repository, login), (now, Permission.NONE))
        if now < until:
            return known
        path = below(repository, "collaborators", login, "permission")
        try:
            found = permission(await self._client.get(path, credential=credential, operation="permission"))
        except Refused as refusal:
            if refusal.status != 404:  # 404: there is no such person
                raise
            found = Permission.NONE
        if found.value <= Permission.READ.value:
            self._strangers[repository, login] = now + A_MOMENT, found
        return found
