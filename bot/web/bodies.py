"""Reads request bodies without letting a stranger fill the memory or hold a connection open.

GitHub caps payloads at 25 MB and gives a receiver ten seconds:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks#respond-within-10-seconds
A signature can only be checked once the whole body is there, so all bodies share one budget. Where it is spent, the largest
unfinished body is given up. Only a few large bodies are read at a time, and the others wait with the operating system. So a
small webhook always passes, and the bot has GitHub redeliver a large one later.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

LARGEST_BODY = 25 * 1024 * 1024
LARGEST_HOOK = 1024 * 1024
"""A registry's notification names a few images; the largest that registries document is far smaller."""
_SECONDS = 10.0
_BUDGET = 48 * 1024 * 1024
_SMALL = 64 * 1024
_LARGE_AT_ONCE = 4


@dataclass(slots=True, eq=False)
class _Reading:
    """A body that is being read, or used. size: bytes held."""

    deadline: asyncio.Timeout
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0
    whole: bool = False
    given_up: bool = False


class Bodies:
    """Reads bodies. seconds: how long each may take to arrive; budget: bytes held at once, of all bodies together."""

    def __init__(self, *, seconds: float = _SECONDS, budget: int = _BUDGET) -> None:
        self._seconds = seconds
        self._budget = budget
        self._readings: dict[_Reading, None] = {}
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)
        self.held = 0

    def arrived(self, request: web.Request) -> bytes | None:
        """Return the body if all of it came with its head, as a small webhook's does, else None: then `read` it.

        It needs no deadline, and no more memory than aiohttp's buffer. Use it before anything is awaited.
        """
        content = request.content
        if content.exception() is not None or not content.is_eof():
            return None
        return content.read_nowait()

    @asynccontextmanager
    async def read(
        self, request: web.Request, *, largest: int, follow: Callable[[bytes], object] = len
    ) -> AsyncIterator[bytes]:
        """Give the whole body, and count it until the block ends. follow: called with each part as it arrives.

        Raises the HTTP errors 413, 408, 503 where the budget is spent, and 400 when the body breaks off.
        """
        length = request.content_length
        if length is not None and length > largest:
            raise web.HTTPRequestEntityTooLarge(largest, length)
        reading = _Reading(asyncio.timeout(self._seconds))
        self._readings[reading] = None
        try:
            await self._fill(reading, request, largest, follow)
            reading.whole = True
            body = reading.chunks[0] if len(reading.chunks) == 1 else b"".join(reading.chunks)
            reading.chunks.clear()
            yield body
        finally:
            self._let_go(reading)

    async def _fill(
        self, reading: _Reading, request: web.Request, largest: int, follow: Callable[[bytes], object]
    ) -> None:
        try:
            async with reading.deadline, AsyncExitStack() as stack:
                large = False
                async for chunk in request.content.iter_any():
                    follow(chunk)
                    reading.chunks.append(chunk)
                    reading.size += len(chunk)
                    if reading.size > largest:
                        raise web.HTTPRequestEntityTooLarge(largest, reading.size)
                    self._count(len(chunk))
                    if reading.given_up:
                        raise _given_up()
                    if reading.size > _SMALL and not large:
                        large = True
                        await stack.enter_async_context(self._large)
        except TimeoutError:
            if reading.given_up:
                raise _given_up() from None
            raise web.HTTPRequestTimeout(text=f"the body did not arrive within {self._seconds:g} seconds\n") from None
        except (ConnectionError, web.RequestPayloadError):
            raise web.HTTPBadRequest(text="the body ended early\n") from None

    def _count(self, size: int) -> None:
        self.held += size
        while self.held > self._budget:
            largest = max((each for each in self._readings if not each.whole), key=lambda each: each.size)
            largest.given_up = True
            self._let_go(largest)
            largest.deadline.reschedule(asyncio.get_running_loop().time())

    def _let_go(self, reading: _Reading) -> None:
        if reading in self._readings:
            del self._readings[reading]
            self.held -= reading.size
            reading.chunks.clear()


def _given_up() -> web.HTTPException:
    text = "too many large bodies are on their way; send it again later\n"
    return web.HTTPServiceUnavailable(text=text, headers={"Retry-After": "60"})
