"""Documents that Amazon and Google publish for everyone who checks their signatures: certificates and keys.

Strangers can make the bot want one, so few are fetched in a minute, one at a time, and each is remembered. The callers say
which addresses they may have; nothing here follows a redirect.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
from cachetools import LRUCache
from yarl import URL

from bot.core.values.errors import Temporary
from bot.runtime import Runtime

Fetch = Callable[[URL], Awaitable[bytes]]

AT_MOST = 10
"""Documents that are fetched within `MINUTE`."""
MINUTE = timedelta(minutes=1)
_LARGEST = 256 * 1024
_SECONDS = 5.0
_REMEMBERED = 50


def fetcher(session: aiohttp.ClientSession) -> Fetch:
    """Return what fetches one document over this session. It raises `Temporary`, which names the host alone."""

    async def fetch(url: URL) -> bytes:
        try:
            async with session.get(
                url, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=_SECONDS)
            ) as response:
                body = await response.content.read(_LARGEST + 1)
                while len(body) <= _LARGEST and (more := await response.content.read(_LARGEST)):
                    body += more
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Temporary(f"`{url.host}` did not answer ({type(error).__name__})") from None
        if response.status != 200 or len(body) > _LARGEST:
            raise Temporary(f"`{url.host}` answered {response.status} with {len(body):,} bytes or more")
        return body

    return fetch


class Issued:
    """What was fetched. lasts: how long a document is remembered."""

    def __init__(self, fetch: Fetch, runtime: Runtime, *, lasts: timedelta) -> None:
        self._fetch = fetch
        self._now = runtime.now
        self._lasts = lasts
        self._known: LRUCache[URL, tuple[bytes, datetime]] = LRUCache(_REMEMBERED)
        self._fetched: deque[datetime] = deque(maxlen=AT_MOST)
        self._lock = asyncio.Lock()

    async def get(self, url: URL, *, after: datetime | None = None) -> bytes:
        """Return the document. after: not one that was fetched before this time. Raises `Temporary`."""
        found = self._fresh(url, after)
        if found is not None:
            return found
        async with self._lock:
            found = self._fresh(url, after)
            if found is not None:
                return found
            now = self._now()
            if len(self._fetched) == AT_MOST and now - self._fetched[0] < MINUTE:
                raise Temporary(f"`{url.host}` was asked {AT_MOST} times in the last minute; send it again later")
            self._fetched.append(now)
            body = await self._fetch(url)
            self._known[url] = body, now
            return body

    def _fresh(self, url: URL, after: datetime | None) -> bytes | None:
        body, fetched = self._known.get(url, (b"", None))
        if fetched is None or self._now() - fetched > self._lasts or (after is not None and fetched < after):
            return None
        return body
