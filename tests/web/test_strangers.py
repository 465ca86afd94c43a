"""Strangers who hold connections and memory: half headers, unfinished bodies, answers that nobody reads."""

import asyncio
import gc
import logging
import socket
from collections import Counter
from pathlib import Path

import pytest

from bot.web.bodies import Bodies
from bot.web.connections import Connections, Limits
from bot.web.summary import Summary
from tests.web.server import SECRET, Served, pushed, serving

FEW = Limits(connections=20)
HALF_A_HEADER = b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nX-Slow: "
MEBIBYTE = 1024 * 1024


def signed_head(length: int) -> bytes:
    """The head of a webhook with a signature that only its body can prove wrong."""
    return (
        f"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nX-Hub-Signature-256: sha256={'0' * 64}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """What came before the server closed the connection."""
    try:
        return await asyncio.wait_for(reader.read(), timeout=5)
    except ConnectionError:
        return b""


class TestConnections:
    async def test_half_headers_leave_the_health_check_and_webhooks_alone(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with serving(tmp_path, limits=FEW) as server:
            strangers = [await server.connect() for _ in range(60)]
            for _, writer in strangers:
                writer.write(HALF_A_HEADER)

            assert (await server.client.get("/healthz")).status == 200
            assert (await server.push(pushed())).status == 202
            closed = await asyncio.gather(*(until_closed(reader) for reader, _ in strangers[:38]))
            assert closed == [b""] * 38
        lines = [record.getMessage() for record in caplog.records]
        assert len(lines) == 1, lines
        assert "× a connection was closed: 20 were open" in lines[0]

    async def test_a_crowd_may_wait_to_be_accepted(self, server: Served) -> None:
        """One connection is accepted in a round of the loop, which stands still here."""
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        crowd = [socket.create_connection(address, timeout=5) for _ in range(100)]
        for each in crowd:
            each.send(b"GET /healthz HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")

        assert (await server.push(pushed())).status == 202
        loop = asyncio.get_running_loop()
        for each in crowd:
            each.setblocking(False)
            assert (await asyncio.wait_for(loop.sock_recv(each, 1000), timeout=5)).startswith(b"HTTP/1.1 200")
            each.close()

    async def test_a_header_that_drips_in_is_cut_off(self, tmp_path: Path) -> None:
        async with serving(tmp_path, limits=Limits(head_seconds=0.2)) as server:
            reader, writer = await server.connect()
            for _ in range(10):
                writer.write(b"G")
                await asyncio.sleep(0.05)

            assert await until_closed(reader) == b""

    async def test_a_second_header_that_does_not_come_is_cut_off_and_an_idle_connection_is_kept(
        self, tmp_path: Path
    ) -> None:
        async with serving(tmp_path, limits=Limits(head_seconds=0.1)) as server:
            reader, writer = await server.connect()
            for _ in range(2):
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")
                assert await reader.readuntil(b"ok\n")
                await asyncio.sleep(0.3)
            writer.write(HALF_A_HEADER)

            assert await until_closed(reader) == b""

    async def test_a_header_in_many_pieces_is_read(self, server: Served) -> None:
        reader, writer = await server.connect()
        for byte in b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

        assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)
        writer.close()

    async def test_headers_without_end_are_cut_off(self, server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        for number in range(50):
            writer.write(f"X-{number}: {'x' * 1000}\r\n".encode())
            await asyncio.sleep(0)

        assert await until_closed(reader) == b""

    async def test_blank_lines_are_no_header(self, tmp_path: Path) -> None:
        """A parser skips them: RFC 9112, section 2.2."""
        async with serving(tmp_path, limits=Limits(head_seconds=0.2)) as server:
            reader, writer = await server.connect()
            writer.write(b"\r\n\r\n")

            assert await until_closed(reader) == b""

    async def test_a_body_that_arrives_before_its_request_is_handled_is_no_header(self, tmp_path: Path) -> None:
        """The deadline of a header would close the connection in the middle of a later request."""
        async with serving(tmp_path, limits=Limits(head_seconds=0.5)) as server:
            reader, writer = await server.connect()
            for _ in range(2):
                writer.write(signed_head(160_000) + b" " * 160_000)
                answer = await asyncio.wait_for(reader.readuntil(b"different secrets\n"), timeout=5)
                assert answer.split()[1] == b"401"
            await asyncio.sleep(0.7)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")

            assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)

    @pytest.mark.parametrize(
        ("header", "reason"), [(b"X-Hub-Signature-256", b"different secrets\n"), (b"X-Unsigned", b"webhook secret\n")]
    )
    async def test_a_request_that_comes_with_the_end_of_the_one_before_is_read(
        self, tmp_path: Path, header: bytes, reason: bytes
    ) -> None:
        """Its body was taken for a header that is too long."""
        async with serving(tmp_path, limits=Limits(head_seconds=0.5)) as server:
            reader, writer = await server.connect()
            writer.write(signed_head(9).replace(b"X-Hub-Signature-256", header))
            await asyncio.sleep(0.05)
            writer.write(b" " * 9 + signed_head(160_000) + b" " * 160_000)
            await asyncio.wait_for(reader.readuntil(reason), timeout=5)
            await asyncio.wait_for(reader.readuntil(b"different secrets\n"), timeout=5)
            await asyncio.sleep(0.7)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")

            assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)

    async def test_nobody_whose_request_has_arrived_is_closed_for_a_newcomer(self, tmp_path: Path) -> None:
        async with serving(tmp_path, limits=Limits(connections=2)) as server:
            holding, let_go = asyncio.Event(), asyncio.Event()
            accept = server.queue.accept

            async def slowly(delivery_id: str | None, *_: object, **__: object) -> bool:
                holding.set()
                await let_go.wait()
                return await accept(delivery_id, ("acme/deploy",))

            server.queue.accept = slowly  # type: ignore[method-assign]
            answers = [asyncio.create_task(server.push(pushed(), delivery=str(number))) for number in range(2)]
            await holding.wait()
            await asyncio.sleep(0.1)
            newcomer, _ = await server.connect()
            assert await until_closed(newcomer) == b""
            let_go.set()

            assert [answer.status for answer in await asyncio.gather(*answers)] == [202, 202]

    async def test_an_answer_that_nobody_reads_is_given_up(self, caplog: pytest.LogCaptureFixture) -> None:
        lost = asyncio.Event()

        class Writes(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.WriteTransport)
                transport.write(b" " * 32 * MEBIBYTE)

            def connection_lost(self, _exc: Exception | None) -> None:
                lost.set()

        summary = Summary()
        connections = Connections(limits=Limits(read_seconds=0.1), summary=summary)
        server = await asyncio.get_running_loop().create_server(lambda: connections.wrap(Writes()), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await asyncio.wait_for(lost.wait(), timeout=5)
        summary.flush()
        writer.close()
        server.close()

        assert reader.at_eof() is False
        assert "1 × a connection was closed: it did not read its answer" in caplog.text
        assert len(connections) == 0

    async def test_a_line_that_is_not_http_is_counted_and_not_quoted(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with serving(tmp_path) as server:
            for line in (
                f"POST /webhooks/registry/quay/{SECRET[:4]}-ä HTTP/1.1",
                f"POST /webhooks/registry/quay/{SECRET} HTTP/1.1",
                f"{SECRET}",
                f"GET /{SECRET[:4]}\x00 HTTP/1.1",
            ):
                reader, writer = await server.connect()
                writer.write(line.encode() + b"\r\nHost: bot\r\n\r\n")
                assert (await asyncio.wait_for(reader.readline(), timeout=5)).split()[1] in (b"400", b"404", b"401")
                writer.close()
        ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "asyncio")
        assert SECRET[:4] not in ours + caplog.text
        assert "× a request failed (" in ours


class TestBodies:
    async def test_unsigned_bodies_are_refused_before_they_arrive(self, server: Served) -> None:
        strangers = [await server.connect() for _ in range(100)]
        for _, writer in strangers:
            writer.write(
                b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 1048576\r\n\r\n" + b" " * 9999
            )
        for path in ("quay", "quay/wrong", "nobody"):
            strangers.append(await server.connect())
            strangers[-1][1].write(
                f"POST /webhooks/registry/{path} HTTP/1.1\r\nHost: bot\r\nContent-Length: 1048576\r\n\r\n".encode()
            )

        lines = [await asyncio.wait_for(reader.readline(), timeout=5) for reader, _ in strangers]

        assert {line.split()[1] for line in lines[:102]} == {b"401"}
        assert lines[102].split()[1] == b"404"

    async def test_a_sender_that_is_refused_gets_to_read_why_while_it_still_sends(self, server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 200000\r\n\r\n")
        for _ in range(20):
            writer.write(b" " * 10_000)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")

        assert (await asyncio.wait_for(reader.readline(), timeout=5)).split()[1] == b"401"
        assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)
        writer.close()

    async def test_a_sender_that_is_refused_and_goes_on_is_cut_off(self, server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 20000000\r\n\r\n")
        assert (await asyncio.wait_for(reader.readline(), timeout=5)).split()[1] == b"401"

        async def go_on() -> None:
            for _ in range(20):
                writer.write(b" " * 1_000_000)
                await asyncio.wait_for(writer.drain(), timeout=5)
                await asyncio.sleep(0.01)

        with pytest.raises(ConnectionError):
            await go_on()

    async def test_a_crowd_that_is_refused_and_goes_on_is_cut_off_in_the_order_of_the_refusals(
        self, tmp_path: Path
    ) -> None:
        async with serving(tmp_path, limits=Limits(refused_senders=3)) as server:
            crowd = [await server.connect() for _ in range(5)]
            for reader, writer in crowd:
                writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 200000\r\n\r\n")
                assert (await asyncio.wait_for(reader.readline(), timeout=5)).split()[1] == b"401"
            for reader, _ in crowd[:2]:
                assert (await until_closed(reader)).endswith(b"webhook secret\n")
            for reader, writer in crowd[2:]:
                writer.write(b" " * 200_000 + b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")
                assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)

    async def test_a_sender_that_broke_off_is_not_counted_among_those_that_go_on(self, tmp_path: Path) -> None:
        async with serving(tmp_path, limits=Limits(refused_senders=1)) as server:
            reader, writer = await server.connect()
            writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 200000\r\n\r\n")
            assert (await asyncio.wait_for(reader.readline(), timeout=5)).split()[1] == b"401"
            for _ in range(3):
                _, broken = await server.connect()
                broken.write(signed_head(1000) + b" ")
                await asyncio.sleep(0.05)
                broken.transport.abort()
                await asyncio.sleep(0.05)
            writer.write(b" " * 200_000 + b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n")

            assert await asyncio.wait_for(reader.readuntil(b"ok\n"), timeout=5)

    async def test_refused_requests_leave_nothing_for_a_full_collection(self, server: Served) -> None:
        """Thousands of them made the garbage collector stop the loop for 200 ms."""
        heads = (
            b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 100000\r\n\r\n",
            b"GET /nowhere HTTP/1.1\r\nHost: bot\r\n\r\n",
            signed_head(1000) + b" " * 1000,
            signed_head(1000),
        )
        gc.collect()
        gc.disable()
        try:
            for head in heads * 5:
                _, writer = await server.connect()
                writer.write(head)
                await asyncio.sleep(0.02)
                writer.transport.abort()
            await asyncio.sleep(0.1)
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            left = [type(thing).__name__ for thing in gc.garbage]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

        assert not {"Request", "RequestHandler", "frame"} & set(left), Counter(left)

    async def test_unfinished_bodies_share_a_budget_and_small_webhooks_pass(self, tmp_path: Path) -> None:
        bodies = Bodies(budget=4 * MEBIBYTE)
        async with serving(tmp_path, bodies=bodies) as server:
            strangers = [await server.connect() for _ in range(30)]
            most = 0
            for _, writer in strangers:
                writer.write(signed_head(MEBIBYTE) + b" " * (MEBIBYTE - 1))
                await asyncio.sleep(0.01)
                most = max(most, bodies.held)
                if len(strangers) % 10 == 0:
                    assert (await server.push(pushed(), delivery=None)).status == 202

            assert 2 * MEBIBYTE < most <= 4 * MEBIBYTE
            refused = [reader for reader, _ in strangers if reader._buffer]  # type: ignore[attr-defined]
            assert len(refused) >= 25
            assert {(await reader.readline()).split()[1] for reader in refused} == {b"503"}
            for _, writer in strangers:
                writer.transport.abort()
            await asyncio.sleep(0.1)
            assert bodies.held == 0
