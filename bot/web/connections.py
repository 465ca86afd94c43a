"""Open connections: how many there may be, and how long each may take to send its request.

aiohttp waits for a request line for an hour. An attacker who opens connections and sends half a header would use up the
process's file descriptors, and no client could connect, not even the health probe. So a request's head has a deadline
and a size limit. When there are too many connections, the one whose request has been outstanding longest is closed for
the new one. A connection whose request has arrived is never closed: that request is being answered.

Accepted: a proxy may find that a connection it wanted to reuse was closed, as with any server that restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import cast

from aiohttp import web

from bot.web.summary import Summary

_READ_AT_ONCE = 32 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_BLANK = b"\r\n"

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Limits:
    """connections: open at once. head_seconds, head_bytes: for a request's line and headers.

    refused_bytes: of a body that come after its request was refused. refused_senders: that may go on sending at the same
    time, so that a crowd of them does not keep the loop busy. read_seconds: for a client to take an answer that the
    operating system could not buffer.
    """

    connections: int = 512
    head_seconds: float = 10.0
    head_bytes: int = 32 * 1024
    refused_bytes: int = 256 * 1024
    refused_senders: int = 16
    read_seconds: float = 10.0


class _State(Enum):
    """What a connection is waiting for."""

    HEAD = "the line and headers of a request"
    BODY = "the rest of the request that is being handled"
    ANSWER = "our answer"
    IDLE = "another request, perhaps"


class Connections:
    """All connections of one server."""

    def __init__(self, *, limits: Limits, summary: Summary) -> None:
        self.limits = limits
        self._summary = summary
        # The longest waiting first: connections without a request, idle ones, and those that wait for our answer.
        self._owing: dict[_Connection, _State] = {}
        self._idle: dict[_Connection, _State] = {}
        self._answering: dict[_Connection, _State] = {}
        self._refused: dict[_Connection, None] = {}  # the first refused first
        self._by_handler: dict[asyncio.BaseProtocol, _Connection] = {}

    def __len__(self) -> int:
        return len(self._owing) + len(self._idle) + len(self._answering)

    def wrap(self, handler: asyncio.Protocol) -> asyncio.BufferedProtocol:
        """Return a protocol that does what aiohttp's does, within the limits."""
        connection = _Connection(self, handler)
        self._by_handler[handler] = connection
        return connection

    async def follow(self, request: web.Request, handle: Handle) -> web.StreamResponse:
        """Note when a request is handled; a middleware."""
        connection = self._by_handler.get(request.protocol)
        if connection is None:  # closed in the meantime
            return await handle(request)
        connection.begin(request)
        try:
            return await handle(request)
        except web.HTTPException as refusal:
            return _plain(refusal)
        finally:
            connection.end()

    def enter(self, connection: "_Connection", state: _State) -> None:
        """Note what a connection is waiting for now."""
        if state in (_State.HEAD, _State.BODY):
            self._idle.pop(connection, None)
            self._answering.pop(connection, None)
            self._refused.pop(connection, None)
            self._owing[connection] = state  # keeps its place from head to body
            if state is _State.HEAD and len(self) > self.limits.connections:
                self._make_room(connection)
            return
        self.remove(connection)
        (self._idle if state is _State.IDLE else self._answering)[connection] = state

    def remove(self, connection: "_Connection") -> None:
        """Forget what a connection is waiting for."""
        self._owing.pop(connection, None)
        self._idle.pop(connection, None)
        self._answering.pop(connection, None)
        self._refused.pop(connection, None)

    def refuse(self, connection: "_Connection") -> None:
        """Note that a connection was answered while it still sends."""
        self._refused[connection] = None
        if len(self._refused) > self.limits.refused_senders:
            self.drop(next(iter(self._refused)), f"over {self.limits.refused_senders} went on sending after a refusal")

    def forget(self, handler: asyncio.BaseProtocol) -> None:
        """Forget a connection that is closed."""
        self._by_handler.pop(handler, None)

    def drop(self, connection: "_Connection", why: str) -> None:
        """Close a connection at once. why: for the log."""
        self._summary.count(f"a connection was closed: {why}")
        self.remove(connection)
        connection.abort()

    def _make_room(self, newest: "_Connection") -> None:
        for waiting in (self._owing, self._idle):
            oldest = next(iter(waiting), newest)
            if oldest is not newest:
                what = waiting[oldest].value
                self.drop(oldest, f"{self.limits.connections} were open, and it had waited longest for {what}")
                return
        self.drop(newest, f"{self.limits.connections} were open, and all were being answered")


def _plain(refusal: web.HTTPException) -> web.Response:
    """Return the same answer without the frames it was raised through, which hold the request and the answer again.

    Such a circle waits for a full collection. Those of thousands of refused requests would stop the loop for 100 ms.
    """
    error: BaseException | None = refusal
    while error is not None:
        error.__traceback__ = None
        error = error.__context__
    return web.Response(status=refusal.status, reason=refusal.reason, headers=refusal.headers, body=refusal.body)


class _Connection(asyncio.BufferedProtocol):
    """aiohttp's protocol for one connection, within the limits.

    It reads little at a time, so that hundreds of fast senders do not block the loop for the others.
    """

    _buffer = memoryview(
        bytearray(_READ_AT_ONCE)
    )  # for all connections: what is read is passed on before the next read

    def __init__(self, connections: Connections, handler: asyncio.Protocol) -> None:
        self._connections = connections
        self._limits = connections.limits
        self._handler = handler
        self._transport: asyncio.Transport | None = None
        self._state = _State.HEAD
        self._head = 0
        self._tail = b""
        self._request: web.Request | None = None
        self._answered = False
        self._another = False  # the head of the next request came before the answer to this one
        self._refused = 0
        self._deadlines: dict[_State, asyncio.TimerHandle] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._handler.connection_made(transport)
        self._expect_head()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- asyncio's signature
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        if self._state is _State.IDLE:
            self._begin_head(data)
        if self._state is _State.HEAD and not self._take_head(data):
            return
        self._handler.data_received(data)
        if self._state is _State.BODY and self._request is not None:
            self._take_body(self._request, data)
        elif self._state is _State.ANSWER and _END_OF_HEAD in data:
            self._another = True

    def eof_received(self) -> bool | None:
        return self._handler.eof_received()

    def pause_writing(self) -> None:
        self._set_deadline(_State.ANSWER, self._limits.read_seconds, "it did not read its answer")
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._stop_deadline(_State.ANSWER)
        self._handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline(*_State)
        self._connections.remove(self)
        self._connections.forget(self._handler)
        self._handler.connection_lost(exc)

    def begin(self, request: web.Request) -> None:
        """A request's head was read."""
        self._request, self._answered, self._another = request, False, False
        self._enter(_State.ANSWER if request.content.is_eof() else _State.BODY)

    def end(self) -> None:
        """The answer is ready. A sender that was refused may still be sending: aiohttp reads that for a while, and drops it."""
        self._answered, self._refused = True, 0
        if self._request is not None and self._request.content.is_eof():
            self._rest()
        elif self._is_open():
            self._connections.refuse(self)

    def abort(self) -> None:
        """Close without sending what is left."""
        self._stop_deadline(*_State)
        if self._transport is not None:
            self._transport.abort()

    def _expect_head(self) -> None:
        self._head, self._tail = 0, b""
        self._enter(_State.HEAD)
        seconds = self._limits.head_seconds
        self._set_deadline(_State.HEAD, seconds, f"no complete header arrived within {seconds:g} seconds")

    def _begin_head(self, data: bytes) -> None:
        """Another request begins. A head that is here already needs no deadline."""
        if _END_OF_HEAD in data.lstrip(_BLANK):
            self._head_came()
        else:
            self._expect_head()

    def _take_head(self, data: bytes) -> bool:
        """Count the head's bytes until it ends; False when there are too many."""
        begun = self._tail + data if self._tail else data.lstrip(_BLANK)  # a parser skips blank lines before a head
        if _END_OF_HEAD in begun:
            self._stop_deadline(_State.HEAD)
            self._head_came()
            return True
        self._head += len(data)
        self._tail = begun[1 - len(_END_OF_HEAD) :]
        if self._head > self._limits.head_bytes:
            self._connections.drop(self, f"its headers were longer than {self._limits.head_bytes} bytes")
            return False
        return True

    def _head_came(self) -> None:
        """Wait for aiohttp to begin the request; until then, what arrives is its body."""
        self._request = None
        self._enter(_State.BODY)

    def _take_body(self, request: web.Request, data: bytes) -> None:
        if request.content.is_eof():
            self._another = _END_OF_HEAD in data
            if self._answered:
                self._rest()
            else:
                self._enter(_State.ANSWER)
        elif self._answered:
            self._refused += len(data)
            if self._refused > self._limits.refused_bytes:
                self._connections.drop(self, "it kept sending after it was refused")

    def _rest(self) -> None:
        """A request was answered. The head of the next one may be here already."""
        if self._another:
            self._head_came()
        else:
            self._enter(_State.IDLE)

    def _enter(self, state: _State) -> None:
        if self._is_open():
            self._state = state
            self._connections.enter(self, state)

    def _is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def _set_deadline(self, state: _State, seconds: float, why: str) -> None:
        self._stop_deadline(state)
        loop = asyncio.get_running_loop()
        self._deadlines[state] = loop.call_later(seconds, self._connections.drop, self, why)

    def _stop_deadline(self, *states: _State) -> None:
        for state in states:
            deadline = self._deadlines.pop(state, None)
            if deadline is not None:
                deadline.cancel()
