"""Which App reported a commit status, where a rule wants a check by one App alone: its status counts as its check run does.

A status names its creator, the App's bot. An App's public page tells its number, by the name that it has now:
https://docs.github.com/en/rest/apps/apps#get-an-app
"""

from collections.abc import Iterable, Mapping

from cachetools import LRUCache

from bot.github.client import Client, Credential
from bot.github.errors import Json, Refused
from bot.github.parsing.actors import actor
from bot.github.reads.completing.further_pages import Reported

APPS_REMEMBERED = 1_000


class StatusApps:
    """One for the process. Remembers each App by its bot, whose number stays when the App is renamed."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: LRUCache[int, int | None] = LRUCache(APPS_REMEMBERED)

    async def add(self, commits: Iterable[Reported], pinned: Mapping[str, int], *, credential: Credential) -> None:
        """Add the App's number to the statuses of these names. pinned: required check → its App. Raises Temporary."""
        for _, rollup in commits if pinned else ():
            for each in rollup["contexts"]["nodes"] if rollup else ():
                if each and each["__typename"] == "StatusContext" and each["context"] in pinned:
                    each["appId"] = await self._app_of(each["creator"], credential)

    async def _app_of(self, creator: Json | None, credential: Credential) -> int | None:
        """Return the number of the App whose bot this is; None for a person, or where GitHub does not tell."""
        who = actor(creator)
        if not who.is_bot or who.id is None:
            return None
        if who.id not in self._known:
            self._known[who.id] = await self._asked(who.login, credential)
        return self._known[who.id]

    async def _asked(self, slug: str, credential: Credential) -> int | None:
        try:
            found: Json = await self._client.get(f"/apps/{slug}", credential=credential, operation="app_of_status")
        except Refused as refusal:
            if refusal.status not in (403, 404) or refusal.again_at is not None:
                raise
            return None
        return int(found["id"])
