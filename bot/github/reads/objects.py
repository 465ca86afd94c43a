"""Git objects that no document contains: deep folders, large and binary files. Cached by id, because they never change."""

from collections.abc import Set as AbstractSet

from cachetools import LRUCache

from bot.core.observation.files import ListedFile
from bot.github.client import Client, Credential, below
from bot.github.documents import questions
from bot.github.documents.questions import BLOBS_ALONE
from bot.github.errors import Json, Refused, TooMuch
from bot.github.parsing import files as parsed
from bot.github.parsing.files import Harvest

LARGEST_BLOB = 10 * 1024 * 1024
FILES_KEPT = 100_000
"""In all listings together, about 25 MB. One of a whole repository may have as many, and every push makes a new one."""
BYTES_KEPT = 32 * 1024 * 1024


class Objects:
    """Reads the trees and blobs of manifests repositories."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listings: LRUCache[tuple[str, str], tuple[ListedFile, ...]] = LRUCache(
            FILES_KEPT, getsizeof=lambda files: min(1 + len(files), FILES_KEPT)
        )
        self._blobs: LRUCache[str, bytes] = LRUCache(BYTES_KEPT, getsizeof=len)

    async def files(self, repository: str, folder: str, tree: str, *, credential: Credential) -> tuple[ListedFile, ...]:
        """Return every file of a tree, at any depth, with paths below `folder`. Raises Refused, Temporary."""
        key = (folder, tree)
        if key not in self._listings:
            self._listings[key] = await self._listed(repository, folder, tree, credential)
        return self._listings[key]

    async def fill(self, repository: str, harvest: Harvest, *, credential: Credential) -> None:
        """Fetch what the harvest is missing. What GitHub does not hand out becomes unreadable, with the reason."""
        self._remembered(harvest, harvest.missing.keys())
        for identity, size in sorted(harvest.missing.items()):
            if size > LARGEST_BLOB:
                harvest.unreadable[identity] = f"it has {size:,} bytes; the bot reads at most {LARGEST_BLOB:,}"
                continue
            content = await self._blob(repository, identity, credential)
            if content is None:
                harvest.unreadable[identity] = "GitHub has no such blob, or sent bytes that do not match its id"
            else:
                harvest.blobs[identity] = self._blobs[identity] = content
        harvest.missing.clear()

    async def gather(self, repository: str, ids: AbstractSet[str], harvest: Harvest, *, credential: Credential) -> None:
        """Fetch the texts of these blobs, many at a time; fewer where GitHub refuses so many."""
        waiting = sorted(ids - self._remembered(harvest, ids))
        most = BLOBS_ALONE
        while waiting:
            now = waiting[:most]
            document, variables = questions.blobs(repository, now)
            try:
                answer = await self._client.ask(document, variables, credential=credential)
            except TooMuch:
                if most == 1:
                    raise
                most = max(1, most // 4)
                continue
            waiting = waiting[most:]
            found = answer.data.get("repository") or {}
            take_in(harvest, now, found)
            self._blobs.update((identity, harvest.blobs[identity]) for identity in now if identity in harvest.blobs)

    def _remembered(self, harvest: Harvest, ids: AbstractSet[str]) -> AbstractSet[str]:
        """Add the blobs that were read before. Returns their ids."""
        known = {identity: content for identity in ids if (content := self._blobs.get(identity)) is not None}
        harvest.blobs |= known
        for identity in known:
            harvest.missing.pop(identity, None)
        return known.keys()

    async def _listed(self, repository: str, folder: str, tree: str, credential: Credential) -> tuple[ListedFile, ...]:
        path = below(repository, "git", "trees", tree)
        answer = await self._client.get(f"{path}?recursive=1", credential=credential, operation="tree")
        if not answer["truncated"]:
            return parsed.rest_listing(folder, answer)
        # More than 100,000 entries or 7 MB: https://docs.github.com/en/rest/git/trees#get-a-tree says to walk it.
        level = await self._client.get(path, credential=credential, operation="tree")
        files = list(parsed.rest_listing(folder, level))
        for entry in level["tree"]:
            if entry["type"] == "tree":
                files += await self._listed(repository, parsed.join(folder, entry["path"]), entry["sha"], credential)
        return tuple(files)

    async def _blob(self, repository: str, identity: str, credential: Credential) -> bytes | None:
        """https://docs.github.com/en/rest/git/blobs#get-a-blob"""
        path = below(repository, "git", "blobs", identity)
        try:
            answer = await self._client.get(path, credential=credential, operation="blob")
        except Refused as refusal:
            if refusal.status in (404, 422):
                return None
            raise
        return parsed.rest_blob(identity, answer)


def take_in(harvest: Harvest, asked: list[str], found: Json) -> None:
    """Add `b0`, `b1`, … of an answer. A blob that GitHub does not know becomes unreadable."""
    for number, identity in enumerate(asked):
        blob = found.get(f"b{number}")
        if blob and "text" in blob:
            harvest.gather([blob])
        else:
            harvest.unreadable[identity] = "GitHub has no such blob in this repository"
