"""A door between a client and a server on loopback. Shut, it drops what comes, as a network does that is cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """port: where to connect. What arrives while the gate is shut is held back until it opens."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._passable = asyncio.Event()
        self._passable.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def is_open(self) -> bool:
        return self._passable.is_set()

    def shut(self) -> None:
        self._passable.clear()

    def open(self) -> None:
        self._passable.set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passable.wait()
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._target)
        both = [
            asyncio.ensure_future(self._carry(reader, to_server)),
            asyncio.ensure_future(self._carry(from_server, writer)),
        ]
        self._tasks.update(both)
        await asyncio.wait(both)
        self._tasks.difference_update(both)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._passable.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


@asynccontextmanager
async def a_gate(target: int) -> AsyncIterator[Gate]:
    """A gate before this port of loopback."""
    gate = Gate(target)
    server = await asyncio.start_server(gate.connected, "127.0.0.1", 0)
    gate.port = server.sockets[0].getsockname()[1]
    try:
        yield gate
    finally:
        gate.close()
        server.close()
