"""Reads lists of tags page by page, and continues where the last look had to stop.

A list is either complete or no answer. After a failed page, a limit or a deadline there may be more tags, so an
incomplete list decides nothing. While a long list is read again, the last complete one counts for up to an hour: new
tags are seen a little later, and none disappears.

Registries page in three ways. Most send a Link header. Only its query is used, because proxies rewrite its host and
Artifactory loses a part of its path. Nexus honours `n` without sending a Link, so a full page is followed by a request
for the tags after its last one. If that returns the same page again, the whole list is requested at once.
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags

Race accepted: a list read over several looks may lack a tag that was pushed meanwhile, until the next look.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from cachetools import LRUCache
from yarl import URL

from bot.core.values.artifacts import Missing, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.core.values.images import is_tag
from bot.registries.breakers import Busy, NoAnswer
from bot.registries.documents import DocumentError, read_tags
from bot.registries.hosts import Location, authority
from bot.registries.http import Response
from bot.registries.limits import Limits
from bot.registries.transport import Question, Transport, require_registry_error
from bot.runtime import Runtime

PAGE = 1000
_ATTEMPTS = 3
"""How often a page may fail before the list is read from its beginning: the continuation may have expired."""
_AGE = timedelta(hours=1)
"""How long a complete list counts while it is read again, a continuation is valid, and a limit holds."""

Key = tuple[str, str]


class _ReadAgain(Temporary):
    """The continuation is not valid: read from the beginning."""


@dataclass(slots=True)
class _Reading:
    """A list that is being read. url: the next page; found: so far; barren: pages in a row that brought nothing new."""

    url: URL
    began: datetime
    found: dict[str, None] = field(default_factory=dict)
    pages: int = 0
    barren: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _Whole:
    """A complete list that took several looks to read."""

    tags: tuple[str, ...]
    began: datetime


class TagLists:
    """The lists that are being read or took several looks."""

    def __init__(self, transport: Transport, *, runtime: Runtime, limits: Limits) -> None:
        self._transport = transport
        self._runtime = runtime
        self._limits = limits
        # All lists together hold at most twice the longest list allowed.
        most = 2 * (limits.tags + 1)
        self._unfinished: LRUCache[Key, _Reading] = LRUCache(most, lambda each: len(each.found) + 1)
        self._whole: LRUCache[Key, _Whole] = LRUCache(most, lambda each: len(each.tags) + 1)
        self._too_long: LRUCache[Key, datetime] = LRUCache(limits.remembered)
        self._locks: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def read(self, location: Location) -> Tags | Missing | Unanswered:
        """Return all tags; `Missing` if the registry has no such image."""
        key, image = (location.host, location.path), str(location.image)
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(self._limits.deadline), lock:
                return await self._read(location, key, image)
        except Temporary as trouble:
            return Unanswered(image, trouble.reason, trouble.again_at, read=self._read_so_far(key))
        except TimeoutError:
            return self._unfinished_list(key, image)

    async def _read(self, location: Location, key: Key, image: str) -> Tags | Missing:
        until = self._too_long.get(key)
        if until is not None and self._runtime.now() < until:
            raise Temporary(self._too_many(image), again_at=until)
        reading = self._take_up(location, key)
        resumed = reading.pages > 0
        try:
            known = await self._pages(location, reading)
        except _ReadAgain:
            raise
        except (Temporary, asyncio.CancelledError) as interruption:
            reading.failures += isinstance(interruption, Temporary) and not isinstance(interruption, NoAnswer | Busy)
            if reading.pages and reading.failures < _ATTEMPTS:
                self._unfinished[key] = reading
            raise
        if not known:
            return Missing(image, None)
        tags = tuple(reading.found)
        if resumed:
            self._whole[key] = _Whole(tags, reading.began)
        return Tags(image, tags)

    def _take_up(self, location: Location, key: Key) -> _Reading:
        """Return the unfinished reading of the last look, or a new one."""
        now = self._runtime.now()
        reading = self._unfinished.pop(key, None)
        if reading is None or reading.began + _AGE < now:
            reading = _Reading(location.url("tags", "list").with_query(n=PAGE), now)
        return reading

    async def _pages(self, location: Location, reading: _Reading) -> bool:
        """Read to the last page. Return False if the registry has no such image."""
        while True:
            response = await self._transport.ask(Question(location, "GET", reading.url, self._limits.page))
            if response.status == 404 and not reading.pages:
                require_registry_error(response, location)
                return False
            if response.status == 404:
                raise _ReadAgain(f"`{location.host}` answered 404 for a later page of the tags of `{location.path}`")
            try:
                tags = read_tags(response.body)
            except DocumentError as error:
                raise Temporary(f"what `{location.host}` sent for `{location.path}` {error}") from None
            before = len(reading.found)
            reading.found |= dict.fromkeys(filter(is_tag, tags))
            if len(reading.found) > self._limits.tags:
                until = self._too_long[location.host, location.path] = self._runtime.now() + _AGE
                raise _ReadAgain(self._too_many(str(location.image)), again_at=until)
            found_new = len(reading.found) > before
            following = _next_page(response, tags, location, reading.url, found_new=found_new)
            if following is None:
                return True
            reading.barren = 0 if found_new else reading.barren + 1
            if reading.barren > self._limits.barren_pages:
                raise _ReadAgain(
                    f"`{location.host}` keeps sending the same tags of `{location.path}`:"
                    f" {len(reading.found):,} were read, and there may be more"
                )
            reading.url, reading.pages, reading.failures = following, reading.pages + 1, 0

    def _unfinished_list(self, key: Key, image: str) -> Tags | Unanswered:
        """Return the answer when the deadline came first: the last complete list, or `Unanswered`."""
        reading, whole = self._unfinished.get(key), self._whole.get(key)
        if whole is not None and self._runtime.now() <= whole.began + _AGE:
            return Tags(image, tuple(dict.fromkeys(whole.tags) | (reading.found if reading else {})))
        deadline = f"within {self._limits.deadline:g} seconds (`REGISTRY_DEADLINE`)"
        if reading is None:
            return Unanswered(image, f"no complete answer came {deadline}")
        count = len(reading.found)
        return Unanswered(
            image, f"{count:,} tags of `{image}` were read {deadline}; the next look continues from there", read=count
        )

    def _read_so_far(self, key: Key) -> int:
        reading = self._unfinished.get(key)
        return len(reading.found) if reading else 0

    def _too_many(self, image: str) -> str:
        most = f"{self._limits.tags:,}"
        return f"`{image}` has more than {most} tags; raise `REGISTRY_MAX_TAGS`, or delete tags that nobody needs"


def _next_page(
    response: Response, tags: tuple[str, ...], location: Location, asked: URL, *, found_new: bool
) -> URL | None:
    """Return the URL of the next page; None after the last. Raises `Temporary` if it must not be requested."""
    first, link = location.url("tags", "list"), response.next_page
    if link is not None and response.url.origin() == location.base and link.raw_query_string:
        return URL(f"{first}?{link.raw_query_string}", encoded=True)
    if link is not None and link.origin() == response.url.origin() != location.base:
        return link
    if link is not None:
        raise _ReadAgain(
            f"`{location.host}` has more tags of `{location.path}`, but its link leads to `{authority(link)}` instead"
        )
    if asked.query.get("n") != str(len(tags)):
        return None
    goes_on = "last" not in asked.query or found_new
    return first.with_query(n=len(tags), last=tags[-1]) if goes_on and list(tags) == sorted(tags) else first
