"""A forward proxy, as companies put one before the internet: it tunnels with CONNECT, and may want a login."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class ForwardProxy:
    """addresses: `host:port` as clients ask for it → local port; login: `name:password`, '' for none.

    asked: every `host:port` that a tunnel was asked for; logins: the headers that came along.
    """

    addresses: Mapping[str, int]
    login: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.splitlines()[0].split()
            headers = dict(line.split(": ", 1) for line in head.splitlines()[1:] if line)
            self.asked.append(target)
            self.logins.append(headers.get("Proxy-Authorization", ""))
            wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}" if self.login else ""
            if self.logins[-1] != wanted:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            elif method != "CONNECT" or target not in self.addresses:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            else:
                await self._tunnel(reader, writer, self.addresses[target])
        finally:
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pump(reader, back), _pump(there, writer), return_exceptions=True)
        back.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@asynccontextmanager
async def forward_proxy(addresses: Mapping[str, int], *, login: str = "") -> AsyncIterator[ForwardProxy]:
    """A proxy on a free loopback port."""
    proxy = ForwardProxy(addresses, login)
    running: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(proxy.serve_one(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        async with server:
            yield proxy
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
