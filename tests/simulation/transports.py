"""Connections in memory: two ends, bytes that take a while, and no more on their way than a network would buffer."""

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Protocol

WINDOW = 256 * 1024
"""Bytes that may be on their way before the writer has to wait."""


class _Loop(Protocol):
    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any: ...

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None) -> Any: ...


class _Address:
    """What callers ask of a listening socket."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address

    def getsockname(self) -> tuple[str, int]:
        """Return the address."""
        return self._address


class Listener:
    """Listens on a port. owner: its process; context: what its callbacks run in."""

    def __init__(
        self,
        factory: Callable[[], asyncio.BaseProtocol],
        *,
        address: tuple[str, int],
        owner: Any,
        context: Context,
        forget: Callable[["Listener"], None],
    ) -> None:
        self.factory = factory
        self.address = address
        self.owner = owner
        self.context = context
        self.closed = False
        self.sockets = [_Address(address)]
        self._forget = forget

    def close(self) -> None:
        """Accept no more connections."""
        self.closed = True
        self._forget(self)

    async def wait_closed(self) -> None:
        """Return at once."""

    def is_serving(self) -> bool:
        """Report whether it listens."""
        return not self.closed


class End(asyncio.Transport):
    """One end of a connection."""

    def __init__(
        self, loop: _Loop, protocol: asyncio.BaseProtocol, *, context: Context, peer_of: tuple[str, int]
    ) -> None:
        super().__init__({"peername": peer_of, "sockname": peer_of})
        self._loop = loop
        self._protocol = protocol
        self._context = context
        self._latency: Callable[[], float] = lambda: 0.0
        self._other: End | None = None
        self._closing = False
        self.is_lost = False
        self._reading = True
        self._writing_paused = False
        self._inbox: list[bytes | None] = []  # None: nothing more comes
        self._size = 0
        self._travelling = False
        self._arrived = 0

    # -- what protocols use ----------------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Send bytes; they arrive in order."""
        if self._closing or self._other is None or not data:
            return
        self._other._take(bytes(data))
        if self._other._size > WINDOW and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Any) -> None:
        """Send bytes."""
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        """Send what was written, then close."""
        if not self._closing:
            self._closing = True
            if self._other is not None:
                self._other._take(None)
            self._lose_soon(None)

    def abort(self) -> None:
        """Close at once; the other end sees a reset."""
        self.vanish()
        self._lose_soon(None)

    def vanish(self) -> None:
        """The process is gone: this end does nothing more, and the other end sees a reset."""
        self._closing = True
        other, self._other = self._other, None
        if other is not None:
            other._inbox.clear()
            reset = ConnectionResetError(104, "Connection reset by peer")
            self._loop.call_later(self._latency(), other._lose_soon, reset, context=other._context)

    def is_closing(self) -> bool:
        """Report whether it is closed or about to be."""
        return self._closing

    def can_write_eof(self) -> bool:
        """A connection cannot be closed by half."""
        return False

    def pause_reading(self) -> None:
        """Leave what arrives where it is."""
        self._reading = False

    def resume_reading(self) -> None:
        """Take what has arrived."""
        self._reading = True
        self._travel()

    def is_reading(self) -> bool:
        """Report whether what arrives is taken."""
        return self._reading and not self._closing

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """The network has the limit."""

    def get_write_buffer_size(self) -> int:
        """Return the bytes that have not been read."""
        return self._other._size if self._other is not None else 0

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return the protocol."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Change the protocol."""
        self._protocol = protocol

    # -- arriving --------------------------------------------------------------------------------------------------

    def _take(self, data: bytes | None) -> None:
        self._inbox.append(data)
        self._size += len(data or b"")
        self._travel()

    def _travel(self) -> None:
        if self._inbox and self._reading and not self._travelling:
            self._travelling = True
            self._loop.call_later(self._latency(), self._arrive, context=self._context)

    def _arrive(self) -> None:
        self._travelling = False
        if self._closing or not self._reading or not self._inbox:
            return
        arrived, self._inbox = self._inbox, []
        ends = arrived[-1] is None
        data = b"".join(each for each in arrived if each)
        self._size = 0
        self._let_write()
        if data:
            self._give(data)
        if ends and not self._closing:
            self._closing = True
            # The other end has gone, so that it cannot stay open for writing, whatever the protocol would like.
            self._protocol.eof_received()  # type: ignore[attr-defined]
            self._lose_soon(None)

    def _give(self, data: bytes) -> None:
        protocol: Any = self._protocol
        if not isinstance(protocol, asyncio.BufferedProtocol):
            protocol.data_received(data)
            return
        while data and not self._closing:
            buffer = memoryview(protocol.get_buffer(len(data)))
            count = min(len(buffer), len(data))
            buffer[:count] = data[:count]
            protocol.buffer_updated(count)
            data = data[count:]

    def _let_write(self) -> None:
        other = self._other
        if other is not None and other._writing_paused:
            other._writing_paused = False
            self._loop.call_soon(other._protocol.resume_writing, context=other._context)

    def _lose_soon(self, error: Exception | None) -> None:
        """Tell the protocol after what its data woke, as every loop does, however the seed shuffles."""
        self._closing = True
        self._loop.call_soon(self._loop.call_soon, self._lose, error, context=self._context)

    def _lose(self, error: Exception | None) -> None:
        if not self.is_lost:
            self.is_lost = self._closing = True
            self._protocol.connection_lost(error)


def connected(
    loop: _Loop, protocol: asyncio.BaseProtocol, listener: Listener, *, latency: Callable[[], float]
) -> tuple[End, End]:
    """Return the two ends of a new connection, the caller's first."""
    context = listener.context.copy()
    ours = End(loop, protocol, context=copy_context(), peer_of=listener.address)
    theirs = End(loop, context.run(listener.factory), context=context, peer_of=("127.0.0.1", 40000))
    for end, other in ((ours, theirs), (theirs, ours)):
        end._other, end._latency = other, latency
    context.run(theirs._protocol.connection_made, theirs)
    protocol.connection_made(ours)
    return ours, theirs
