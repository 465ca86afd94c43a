"""Reads a request's body without letting a stranger fill the memory or hold a connection open.

GitHub caps payloads at 25 MB and gives a receiver ten seconds:
https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks#respond-within-10-seconds
The sender cannot be known before the whole body was read, so few large bodies are read at once.
"""

import asyncio
import contextlib

from aiohttp import web

LARGEST_BODY = 25 * 1024 * 1024
_SECONDS = 10
_LARGE = 1024 * 1024
_LARGE_AT_ONCE = 4


class Bodies:
    """Reads them; seconds: how long each may take to arrive."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def read(self, request: web.Request) -> bytes:
        """The whole body. Raises the HTTP errors 413, 408, and 400 when it breaks off.

        Without a Content-Length the application's `client_max_size` ends the reading, chunk by chunk.
        """
        length = request.content_length
        if length is not None and length > LARGEST_BODY:
            raise web.HTTPRequestEntityTooLarge(LARGEST_BODY, length)
        small = length is not None and length <= _LARGE
        if small and request.content.is_eof():  # most came with their headers: nothing to wait for
            return await request.read()
        try:
            async with asyncio.timeout(self._seconds), contextlib.nullcontext() if small else self._large:
                return await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout(text=f"the body did not arrive within {self._seconds} seconds\n") from None
        except (ConnectionError, web.RequestPayloadError):
            raise web.HTTPBadRequest(text="the body broke off\n") from None
