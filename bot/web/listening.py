"""Listens for HTTP, and survives any client."""

import asyncio
import errno
import os
import resource
import socket
from asyncio.trsock import TransportSocket
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.web.connections import Connections, Handle, Limits
from bot.web.summary import RequestErrors, Summary

_LINGER = 5.0  # seconds in which a sender that was refused may go on sending, so that it gets to read why
_READ_BUFFER = 16 * 1024  # bytes of a body that aiohttp takes before somebody reads it; twice that at most
_ACCEPT_AT_ONCE = 1  # connections in a round of the loop, so that a crowd of them does not hold up who is connected
_BACKLOG = 128  # connections that wait with the operating system until they are accepted
_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@asynccontextmanager
async def listening(
    application: web.Application, *, host: str, port: int, limits: Limits | None = None
) -> AsyncIterator[str]:
    """Serve the application until the block ends; yield its URL. port: 0 for any free one.

    There is no access log, because some registries can only send their secret in the path. Nothing is decompressed,
    because signatures cover the bytes sent, and because a small body must not grow. The loop listens, not a site of
    aiohttp, so that a simulated loop sees it.
    """
    summary = Summary()
    connections = Connections(limits=limits or _limits(), summary=summary)

    @web.middleware
    async def follow(request: web.Request, handler: Handle) -> web.StreamResponse:
        return await connections.follow(request, handler)

    application.middlewares.append(follow)
    runner = web.AppRunner(
        application,
        access_log=None,
        auto_decompress=False,
        lingering_time=_LINGER,
        logger=RequestErrors(summary),
        read_bufsize=_READ_BUFFER,
    )
    await runner.setup()
    server = runner.server
    if server is None:
        raise RuntimeError("the web application was not set up")
    try:
        with _counting_refusals(summary):
            listener = await asyncio.get_running_loop().create_server(
                lambda: connections.wrap(server()), host, port, backlog=_ACCEPT_AT_ONCE
            )
            try:
                _let_wait(listener.sockets)
                bound, number = listener.sockets[0].getsockname()[:2]
                yield f"http://{bound}:{number}"
            finally:
                listener.close()
    finally:
        await runner.cleanup()
        summary.flush()


def _limits() -> Limits:
    """Return the limits: half of the process's file descriptors are for GitHub, registries and the queue's file."""
    limits, (files, _) = Limits(), resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        limits if files == resource.RLIM_INFINITY else replace(limits, connections=min(limits.connections, files // 2))
    )


def _let_wait(sockets: Iterable[object]) -> None:
    """Let more connections wait than asyncio accepts at once; it has one number for both. A simulated socket has neither.

    https://github.com/python/cpython/blob/v3.11.7/Lib/asyncio/selector_events.py#L159
    """
    for each in sockets:
        if not isinstance(each, TransportSocket):
            continue
        with socket.socket(fileno=os.dup(each.fileno())) as same:
            same.listen(_BACKLOG)


@contextmanager
def _counting_refusals(summary: Summary) -> Iterator[None]:
    """Count connections that cannot be accepted.

    Without free file descriptors, asyncio reports each attempt of a whole backlog, once a second:
    https://github.com/python/cpython/blob/v3.11.7/Lib/asyncio/selector_events.py#L169
    """
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def handle(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_FILES and "socket" in context:
            summary.count(f"a connection could not be accepted ({error.strerror})")
        elif before is not None:
            before(loop, dict(context))
        else:
            loop.default_exception_handler(dict(context))

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
