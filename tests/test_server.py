"""`gitops-bot serve` as a process of its own: it starts, answers, works, and stops when it is told."""

import asyncio
import hashlib
import hmac
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.cli.demo.opening import EVENTS, PERMISSIONS
from bot.runtime import system_runtime
from bot.simulator.clock import Clock
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.server import serve
from tests.ports import free_port
from tests.simulator.http_world import key_pair

pytestmark = pytest.mark.story  # half a minute of work in all

SECRET = "long enough to be a secret"
PATIENCE = 30


@asynccontextmanager
async def a_server(folder: Path, *, files: int = 1024) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The installed program against a simulated GitHub with an empty repository. files: it may have open at once."""
    private, public = key_pair()
    github = GitHub(folder / "github", Clock.ticking(system_runtime().now()))
    acme = github.organisation("acme")
    app = github.create_app(
        "gitops-bot",
        owner=acme,
        permissions=PERMISSIONS,
        events=EVENTS,
        public_key=public,
        webhook_secret=SECRET,
    )
    repository = github.create_repository("acme/other", files={"README.md": "# Other\n"}, by=github.user("alice"))
    github.install(app, acme, repositories=[repository])
    async with serve(github) as hub:
        port = free_port()
        environment = {
            **os.environ,
            "GITHUB_APP_ID": str(app.id),
            "GITHUB_PRIVATE_KEY": private.replace("\n", "\\n"),
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": hub.api_url,
            "DATABASE_URL": f"sqlite:///{folder}/queue.sqlite3",
            "HOST": "127.0.0.1",
            "PORT": str(port),
        }
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", f'ulimit -n {files} && exec "$0" -m bot serve', sys.executable),
            env=environment,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def ready(session: aiohttp.ClientSession, url: str) -> bool:
    """Wait until it says so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with session.get(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return True
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def test_it_starts_answers_and_stops(tmp_path: Path) -> None:
    """Ready once GitHub was reached; a signed webhook is taken, an unsigned one is not; SIGTERM ends it in peace."""
    async with a_server(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        assert await ready(session, url)
        async with session.get(f"{url}/healthz") as answer:
            assert await answer.text() == "ok\n"
        body = json.dumps({"zen": "Keep it logically awesome."}).encode()
        headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "1", "Content-Type": "application/json"}
        async with session.post(f"{url}/webhooks/github", data=body, headers=headers) as answer:
            assert answer.status == 401
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={signature}"
        async with session.post(f"{url}/webhooks/github", data=body, headers=headers) as answer:
            assert answer.status == 202

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            _, logged = await process.communicate()
        assert process.returncode == 0
        assert SECRET not in logged.decode()
        assert "PRIVATE KEY" not in logged.decode()


async def test_a_thousand_strangers_with_half_a_header_neither_silence_it_nor_fill_its_log(tmp_path: Path) -> None:
    """More connections than a process may usually have open: the health check answers, and the log stays short."""
    strangers = []
    async with a_server(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        assert await ready(session, url)
        host, _, port = url.removeprefix("http://").partition(":")
        for _ in range(1100):
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(b"POST /webhooks/github HTTP/1.1\r\nHost: bot\r\nX-Slow: ")
            strangers.append(writer)
        for _ in range(3):
            async with asyncio.timeout(2), session.get(f"{url}/healthz") as answer:
                assert answer.status == 200
            await asyncio.sleep(0.5)

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            _, logged = await process.communicate()
        for writer in strangers:
            writer.close()
    assert process.returncode == 0
    assert len(logged) < 2000, logged.decode()
    assert b"x a connection was closed: 512 were open" in logged.replace("\xd7".encode(), b"x")


async def test_a_full_disk_makes_it_unready_until_there_is_room(tmp_path: Path) -> None:
    """The kernel refuses every write of this process that makes a file longer, as a full disk does."""
    async with a_server(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        assert await ready(session, url)
        unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        await asyncio.sleep(1.1)
        async with session.get(f"{url}/readyz") as answer:
            assert (answer.status, await answer.text()) == (
                503,
                "not ready: the queue's store does not answer or cannot be written; the log says why\n",
            )

        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert await ready(session, url)


async def test_a_deleted_queue_file_ends_it_with_one_sentence(tmp_path: Path) -> None:
    """What it accepts from then on would be gone at the next start."""
    async with a_server(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        assert await ready(session, url)
        (tmp_path / "queue.sqlite3").unlink()
        async with asyncio.timeout(PATIENCE):
            _, logged = await process.communicate()

    assert process.returncode == 1
    assert (
        logged.decode()
        .splitlines()[-1]
        .startswith(f"The queue's file {tmp_path}/queue.sqlite3 was deleted or replaced")
    )
    assert "Traceback" not in logged.decode()


async def test_a_queue_file_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """At the start."""
    (tmp_path / "queue.sqlite3").write_text("This is no database.\n" * 100, encoding="utf-8")
    async with a_server(tmp_path) as (process, _), asyncio.timeout(PATIENCE):
        _, logged = await process.communicate()

    assert process.returncode == 1
    assert logged.decode().startswith(
        f"The queue's file {tmp_path}/queue.sqlite3 cannot be used: file is not a database."
    )
    assert len(logged.decode().splitlines()) == 1


async def test_without_its_settings_it_names_them_all(tmp_path: Path) -> None:
    """One message, every problem, exit status 2. Without any, it serves the page that creates an App."""
    environment = {"PATH": os.environ["PATH"], "GITHUB_APP_ID": "an App"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 2
    for name in ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        assert name in said.decode()
