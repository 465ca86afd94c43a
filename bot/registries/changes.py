"""Notices that an image has other tags than at the last look, with one small request where the registry allows it.

A registry that sends an ETag with a list of tags is asked whether it has changed (`If-None-Match`), and answers 304 without a
body: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2. Only a list of one page is asked for like that, because a new tag
may be on any. What is remembered is a fingerprint.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from cachetools import LRUCache

from bot.core.values.artifacts import Missing, News, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.registries.documents import DocumentError, read_tags
from bot.registries.hosts import Location
from bot.registries.limits import Limits
from bot.registries.tag_lists import PAGE, TagLists
from bot.registries.transport import Question, Transport

_ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class _Seen:
    """etag: '' where the next question cannot be conditional."""

    fingerprint: str
    etag: str = ""


class Changes:
    """Compares images with what they were. digest: location and tag → the digest, None if there is no such tag."""

    def __init__(
        self,
        transport: Transport,
        lists: TagLists,
        *,
        limits: Limits,
        digest: Callable[[Location, str], Awaitable[str | None]],
    ) -> None:
        self._transport = transport
        self._lists = lists
        self._limits = limits
        self._digest = digest
        self._known: LRUCache[tuple[str, str, str | None], _Seen] = LRUCache(limits.remembered)

    async def poll(self, location: Location, tag: str | None) -> News:
        """Return whether the image has other tags; with a tag, whether that points elsewhere."""
        key = location.host, location.path, tag
        before = self._known.get(key)
        try:
            seen = await (self._tags(location, before) if tag is None else self._pointed_at(location, tag))
        except Temporary:
            return News.SILENT
        self._known[key] = seen
        if before is None:
            return News.FIRST
        return News.SAME if seen.fingerprint == before.fingerprint else News.CHANGED

    async def _pointed_at(self, location: Location, tag: str) -> _Seen:
        return _Seen(await self._digest(location, tag) or _ABSENT)

    async def _tags(self, location: Location, before: _Seen | None) -> _Seen:
        url, etag = location.url("tags", "list").with_query(n=PAGE), before.etag if before else ""
        response = await self._transport.ask(Question(location, "GET", url, self._limits.page, etag=etag))
        if response.status == 304 and before is not None:
            return before
        if response.status == 404:
            return _Seen(_ABSENT)
        try:
            tags = read_tags(response.body)
        except DocumentError as error:
            raise Temporary(f"what `{location.host}` sent for `{location.path}` {error}") from None
        if response.next_page is None and len(tags) < PAGE:
            return _Seen(_fingerprint(tags), response.headers.get("ETag", ""))
        match await self._lists.read(location):
            case Tags(tags=tags):
                return _Seen(_fingerprint(tags))
            case Missing():
                return _Seen(_ABSENT)
            case Unanswered(reason=reason):
                raise Temporary(reason)


def _fingerprint(tags: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(tags)).encode()).hexdigest()
