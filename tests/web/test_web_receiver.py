"""Webhooks over real sockets: what is authentic is stored before it is answered, and nothing else is stored at all."""

import asyncio
import gzip
import json
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime
from bot.web.bodies import LARGEST_BODY, LARGEST_HOOK, Bodies
from tests.web.server import SECRET, Served, pushed, serving, signature


class TestGitHub:
    async def test_a_push_makes_its_keys_due(self, server: Served) -> None:
        answer = await server.push(pushed())

        assert (answer.status, await answer.text()) == (202, "accepted\n")
        assert await server.keys() == ["acme/deploy"]
        assert await server.webhooks("github", "push", "accepted") == 1

    async def test_a_webhook_is_durable_before_it_is_answered(self, server: Served, tmp_path: Path) -> None:
        await server.push(pushed())

        other_process = await SqliteQueue.open(tmp_path / "queue.sqlite3", runtime=system_runtime())
        assert await other_process.accept("delivery-1", ["acme/deploy"]) is False
        await other_process.close()

    async def test_a_repeated_delivery_is_reported_and_makes_nothing_due(self, server: Served) -> None:
        await server.push(pushed())

        answer = await server.push(pushed("acme/other"))

        assert (answer.status, await answer.text()) == (202, "repeated: it was accepted before\n")
        assert await server.keys() == ["acme/deploy"]
        assert await server.webhooks("github", "push", "repeated") == 1

    async def test_a_webhook_without_a_delivery_id_is_accepted_each_time(self, server: Served) -> None:
        assert (await server.push(pushed("acme/one"), delivery=None)).status == 202
        assert (await server.push(pushed("acme/two"), delivery=None)).status == 202

        assert await server.keys() == ["acme/one", "acme/two"]

    @pytest.mark.parametrize("event", ["ping", "sponsorship", "an_event_of_next_year"])
    async def test_other_events_are_accepted_ignored_and_counted(self, server: Served, event: str) -> None:
        answer = await server.push({"zen": "Keep it logically awesome."}, X_GitHub_Event=event)

        assert answer.status == 202
        assert await server.keys() == []
        assert await server.webhooks("github", event, "ignored") == 1

    async def test_githubs_example_signature_is_accepted(self, server: Served) -> None:
        """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation"""
        example = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

        assert (await server.push(b"Hello, World!", X_Hub_Signature_256=example)).status == 400
        assert (await server.push(b"Hello, World?", X_Hub_Signature_256=example)).status == 401

    @pytest.mark.parametrize(
        "given_signature",
        [
            pytest.param(None, id="missing"),
            pytest.param("", id="empty"),
            pytest.param("sha256=" + "0" * 64, id="wrong"),
            pytest.param(signature(json.dumps(pushed()).encode(), "another secret"), id="of another secret"),
            pytest.param(signature(json.dumps(pushed("acme/other")).encode()), id="of another body"),
            pytest.param(signature(json.dumps(pushed()).encode()).upper(), id="in capitals"),
            pytest.param("sha1=" + "0" * 40, id="SHA-1"),
            pytest.param("sha256=ä" + "0" * 63, id="not ASCII"),
        ],
    )
    async def test_a_missing_or_wrong_signature_is_401_and_stores_nothing(
        self, server: Served, given_signature: str | None
    ) -> None:
        answer = await server.push(pushed(), X_Hub_Signature_256=given_signature)

        assert answer.status == 401
        assert await server.keys() == []
        assert await server.webhooks("github", "", "rejected") == 1
        assert await server.queue.accept("delivery-1", ["later"]) is True

    @pytest.mark.parametrize("pieces", [1, 2, 3])
    @pytest.mark.parametrize(("secret", "status"), [(SECRET, b"202"), ("another secret", b"401")])
    async def test_a_body_is_verified_whole_however_it_arrives(
        self, server: Served, pieces: int, secret: str, status: bytes
    ) -> None:
        """With its head, after it, and in parts; each connection sends two, as GitHub's do."""
        body = json.dumps(pushed()).encode()
        head = (
            "POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nX-GitHub-Event: push\r\n"
            f"X-Hub-Signature-256: {signature(body, secret)}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        parts = {1: [head + body], 2: [head, body], 3: [head + body[:9], body[9:20], body[20:]]}[pieces]
        reader, writer = await server.connect()
        for _ in range(2):
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.01)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))

            assert answer.split()[1] == status
        writer.close()

    @pytest.mark.parametrize(
        "body", [b"", b"no json", b'{"ref": ', b"\xff\xfe", b"[" * 100_000, b"[]", b'"text"', b"7"]
    )
    async def test_a_body_that_is_not_a_json_object_is_400(self, server: Served, body: bytes) -> None:
        assert (await server.push(body)).status == 400
        assert await server.keys() == []
        assert await server.webhooks("github", "", "rejected") == 1

    @pytest.mark.parametrize("event", [None, "", "Push!", "x" * 65])
    async def test_a_missing_or_malformed_event_is_400(self, server: Served, event: str | None) -> None:
        assert (await server.push(pushed(), X_GitHub_Event=event)).status == 400

    async def test_a_compressed_body_is_not_decompressed(self, server: Served) -> None:
        assert (await server.push(gzip.compress(json.dumps(pushed()).encode()), Content_Encoding="gzip")).status == 400
        assert (await server.push(pushed(), Content_Encoding="gzip")).status == 202

    async def test_a_payload_that_cannot_be_read_is_accepted_counted_and_not_quoted(
        self, server: Served, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = await server.push({"repository": "of a strange form", "token": "s3cret"})

        assert answer.status == 202
        assert await server.keys() == []
        assert await server.webhooks("github", "push", "unreadable") == 1
        (record,) = (record for record in caplog.records if record.name.startswith("bot."))
        assert "TypeError at" in record.getMessage()
        assert "server.py" in record.getMessage()
        assert "s3cret" not in caplog.text
        assert "strange form" not in caplog.text

    @pytest.mark.parametrize("name", ["", "line\nbreak", "\ud800"])
    async def test_a_key_that_cannot_be_stored_is_unreadable(self, server: Served, name: str) -> None:
        assert (await server.push(pushed(name))).status == 202

        assert await server.keys() == []
        assert await server.webhooks("github", "push", "unreadable") == 1

    async def test_a_failing_store_is_503(self, server: Served, caplog: pytest.LogCaptureFixture) -> None:
        server.queue._connection.execute("DROP TABLE delivery")

        answer = await server.push(pushed())

        assert (answer.status, await answer.text()) == (503, "it could not be stored; send it again\n")
        assert await server.webhooks("github", "push", "unavailable") == 1
        assert "no such table" in caplog.text

    async def test_a_get_is_405(self, server: Served) -> None:
        assert (await server.client.get("/webhooks/github")).status == 405

    def test_no_authentic_webhook_is_a_500(self) -> None:
        values: st.SearchStrategy[Any] = st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
            max_leaves=8,
        )
        repositories = st.fixed_dictionaries({"repository": values | st.fixed_dictionaries({"full_name": values})})
        bodies = st.lists(
            st.binary(max_size=40) | values.map(_dumped) | repositories.map(_dumped), min_size=5, max_size=30
        )

        @settings(max_examples=15)
        @given(bodies=bodies)
        def check(bodies: list[bytes]) -> None:
            with tempfile.TemporaryDirectory() as folder:
                assert asyncio.run(_statuses(Path(folder), bodies)) <= {202, 400}

        check()


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


async def _statuses(folder: Path, bodies: list[bytes]) -> set[int]:
    async with serving(folder) as server:
        return {(await server.push(body, delivery=f"delivery-{number}")).status for number, body in enumerate(bodies)}


class TestSize:
    """Raw sockets: a client library would notice the early answer, or not, in its own way."""

    async def test_a_body_declared_too_large_is_413_before_it_is_sent(self, server: Served) -> None:
        assert await _raw(server, f"Content-Length: {LARGEST_BODY + 1}", []) == 413
        assert await server.webhooks("github", "", "rejected") == 1

    async def test_a_chunked_body_that_grows_too_large_is_413(self, server: Served) -> None:
        chunks = [b"%x\r\n%s\r\n" % (1024 * 1024, b" " * 1024 * 1024)] * 26

        assert await _raw(server, "Transfer-Encoding: chunked", chunks) == 413
        assert await server.keys() == []

    async def test_the_largest_body_that_github_sends_is_accepted(self, server: Served) -> None:
        body = json.dumps(pushed()).encode()
        body += b" " * (LARGEST_BODY - len(body))

        assert (await server.push(body)).status == 202
        assert await server.keys() == ["acme/deploy"]

    async def test_a_malformed_chunk_is_400(self, server: Served) -> None:
        assert await _raw(server, "Transfer-Encoding: chunked", [b"5\r\nhello\r\n", b"this is no length\r\n"]) == 400
        assert await server.keys() == []

    async def test_a_sender_that_goes_away_logs_no_error(
        self, server: Served, caplog: pytest.LogCaptureFixture
    ) -> None:
        _, writer = await server.connect()
        writer.write(_head("Content-Length: 9") + b"half")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.05)

        assert await server.keys() == []
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    async def test_a_body_that_does_not_arrive_is_408(self) -> None:
        async def read(request: web.Request) -> web.Response:
            async with Bodies(seconds=0.05).read(request, largest=LARGEST_BODY) as body:
                return web.Response(body=body)

        application = web.Application()
        application.add_routes([web.post("/webhooks/github", read)])
        async with TestServer(application) as patient:
            reader, writer = await asyncio.open_connection(patient.host, patient.port)
            writer.write(_head("Content-Length: 9") + b"half")

            assert (await reader.readline()).split()[1] == b"408"
            writer.close()
            await writer.wait_closed()

    async def test_a_large_unsigned_body_is_not_waited_for(self, server: Served) -> None:
        reader, writer = await server.connect()
        writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nContent-Length: 20000000\r\n\r\n")

        assert (await reader.readline()).split()[1] == b"401"
        writer.close()
        await writer.wait_closed()


def _head(header: str) -> bytes:
    signed = f"X-Hub-Signature-256: sha256={'0' * 64}"
    return f"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\n{signed}\r\n{header}\r\n\r\n".encode()


async def _raw(server: Served, header: str, chunks: list[bytes]) -> int:
    """Send a head and as much of the body as the server takes; returns the answer's status."""
    reader, writer = await server.connect()
    writer.write(_head(header))
    status = asyncio.ensure_future(reader.readline())
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
    line = await asyncio.wait_for(status, timeout=20)
    writer.close()
    return int(line.split()[1])


class TestRegistry:
    async def test_makes_its_keys_due(self, server: Served) -> None:
        answer = await server.client.post(f"/webhooks/registry/quay/{SECRET}", data=b'{"repository": "acme/web"}')

        assert answer.status == 202
        assert await server.keys() == ["image:quay.io/acme/web"]
        assert await server.webhooks("registry", "quay", "accepted") == 1

    async def test_the_query_says_how_policies_name_the_registry(self, server: Served) -> None:
        path = f"/webhooks/registry/quay/{SECRET}?registry=quay.acme.example"
        await server.client.post(path, data=b'{"repository": "acme/web"}')

        assert await server.keys() == ["image:quay.acme.example/acme/web"]

    @pytest.mark.parametrize(("path", "status"), [("quay", 401), ("quay/wrong", 401), ("unknown", 404), ("a/b/c", 404)])
    async def test_a_stranger_is_refused_and_nothing_is_stored(self, server: Served, path: str, status: int) -> None:
        answer = await server.client.post(f"/webhooks/registry/{path}", data=b'{"repository": "acme/web"}')

        assert answer.status == status
        assert await server.keys() == []

    async def test_a_stranger_cannot_make_up_names_in_the_metrics(self, server: Served) -> None:
        await server.client.post("/webhooks/registry/made-up", data=b"")

        assert not any("made-up" in name for name in await server.metrics())
        assert await server.webhooks("registry", "", "rejected") == 1

    async def test_a_payload_that_cannot_be_read_is_accepted_and_counted(self, server: Served) -> None:
        assert (await server.client.post(f"/webhooks/registry/quay/{SECRET}", data=b"no json")).status == 202

        assert await server.webhooks("registry", "", "unreadable") == 1

    async def test_what_an_authentic_sender_wants_back_is_sent_as_json(self, server: Served) -> None:
        answer = await server.client.post(f"/webhooks/registry/quay/{SECRET}", data=b'{"code": "7"}')

        assert (answer.status, answer.content_type) == (200, "application/json")
        assert await answer.json() == {"back": "7"}
        assert await server.keys() == []
        assert await server.webhooks("registry", "quay", "ignored") == 1

    async def test_a_sender_that_asks_first_is_answered_if_it_knows_the_secret(self, server: Served) -> None:
        asked = {"WebHook-Request-Origin": "eventgrid.azure.net"}
        answer = await server.client.options(f"/webhooks/registry/quay/{SECRET}", headers=asked)
        refused = await server.client.options("/webhooks/registry/quay", headers=asked)

        assert (answer.status, answer.headers["WebHook-Allowed-Origin"]) == (200, "eventgrid.azure.net")
        assert (refused.status, refused.headers.get("WebHook-Allowed-Origin")) == (401, None)
        assert await server.webhooks("registry", "", "rejected") == 1

    async def test_a_body_that_is_too_large_is_413(self, server: Served) -> None:
        reader, writer = await server.connect()
        path = f"/webhooks/registry/quay/{SECRET}".replace(" ", "%20")
        writer.write(f"POST {path} HTTP/1.1\r\nHost: bot\r\nContent-Length: {LARGEST_HOOK + 1}\r\n\r\n".encode())

        assert (await reader.readline()).split()[1] == b"413"
        writer.close()
        await writer.wait_closed()


async def test_every_webhook_of_a_burst_is_stored_in_few_transactions(server: Served) -> None:
    statements: list[str] = []
    server.queue._connection.set_trace_callback(statements.append)

    answers = await asyncio.gather(
        *(server.push(pushed(f"acme/{n % 20}"), delivery=f"delivery-{n}") for n in range(400))
    )

    assert [answer.status for answer in answers] == [202] * 400
    assert await server.webhooks("github", "push", "accepted") == 400
    assert len(await server.keys()) == 20
    assert statements.count("COMMIT") < 400
    assert not any(await asyncio.gather(*(server.queue.accept(f"delivery-{n}", ["again"]) for n in range(400))))


async def test_a_secret_in_a_path_is_not_logged(server: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    await server.client.post("/webhooks/registry/quay/a-secret-to-nobody", data=b"")
    await server.client.post(f"/webhooks/registry/quay/{SECRET}", data=b"no json")

    assert "cannot read a webhook from registry" in caplog.text
    assert not any("a-secret-to-nobody" in line or SECRET in line for line in caplog.messages)
