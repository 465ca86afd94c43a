"""Accepting webhooks over loopback: verified, routed and durable, against a bare aiohttp handler that reads and answers.

Both servers run in a process of their own; this one only writes requests and reads answers, and so slows both alike.
"""

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from timeit import default_timer
from typing import Any

from aiohttp import web

from bot.queue.sqlite import SqliteQueue
from bot.runtime import system_runtime
from bot.web.application import create_application, create_runner
from bot.web.parts import Parts, Refused, RegistryHook
from tests.bench.rows import Bound, Row

SECRET = "the secret of a benchmark"
CONNECTIONS = 32
PACE = 200
BODY = json.dumps(
    {
        "ref": "refs/heads/main",
        "repository": {"full_name": "acme/deploy", "description": "manifests " * 20},
        "commits": [{"id": f"{number:040x}", "modified": [f"envs/dev/web-{number}.yaml"]} for number in range(40)],
    }
).encode()
SIGNATURE = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()

_number = count()


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    seconds = 1.0 if quick else 3.0
    with tempfile.TemporaryDirectory() as folder:
        with serving("bare", folder) as port:
            bare = asyncio.run(flood(port, seconds))
        with serving("ours", folder) as port:
            ours = asyncio.run(flood(port, seconds))
            late = asyncio.run(paced(port, seconds))
    yield Row("webhooks accepted", f"{ours:.0f}/s", f"a bare handler: {bare:.0f}/s", ours / bare, Bound.AT_LEAST, 0.5)
    name = f"webhook to durable 202, p99 at {PACE}/s"
    yield Row(name, f"{late * 1000:.1f} ms", "25 ms", late / 0.025, Bound.AT_MOST, 1.0)


async def flood(port: int, seconds: float) -> float:
    """Answers per second when every connection sends its next request as soon as it has an answer."""
    end = default_timer() + seconds

    async def one() -> int:
        async with connection(port) as ask:
            answers = 0
            while default_timer() < end:
                await ask()
                answers += 1
            return answers

    begun = default_timer()
    answered = sum(await asyncio.gather(*(one() for _ in range(CONNECTIONS))))
    return answered / (default_timer() - begun)


async def paced(port: int, seconds: float) -> float:
    """The time, in seconds, that 99 of 100 requests stayed below when they came in step."""
    begun = default_timer() + 0.1
    times: list[float] = []

    async def one(first: int) -> None:
        async with connection(port) as ask:
            for turn in range(first, int(seconds * PACE), CONNECTIONS):
                at = begun + turn / PACE
                await asyncio.sleep(at - default_timer())
                sent = default_timer()
                await ask()
                times.append(default_timer() - sent)

    await asyncio.gather(*(one(first) for first in range(CONNECTIONS)))
    return quantiles(times, n=100)[98]


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Any]:
    """Gives a function that sends one webhook and waits for its 202."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def ask() -> None:
        head = (
            "POST /webhooks/github HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
            f"X-GitHub-Delivery: {next(_number)}\r\nX-Hub-Signature-256: sha256={SIGNATURE}\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        )
        writer.write(head.encode() + BODY)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 202"), answer
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))

    yield ask
    writer.close()
    await writer.wait_closed()


@contextmanager
def serving(kind: str, folder: str) -> Iterator[int]:
    """One of the servers in a process of its own; gives its port."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kind, folder, theirs))
    process.start()
    try:
        yield mine.recv()
        mine.send("stop")
        process.join(30)
    finally:
        process.kill()


def serve(kind: str, folder: str, pipe: Connection) -> None:
    """Runs until it is told to stop."""
    asyncio.run(_serve(kind, Path(folder), pipe))


async def _serve(kind: str, folder: Path, pipe: Connection) -> None:
    queue = await SqliteQueue.open(folder / "queue.sqlite3", runtime=system_runtime())
    runner = create_runner(_ours(queue)) if kind == "ours" else web.AppRunner(_bare(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    pipe.send(runner.addresses[0][1])
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    await runner.cleanup()
    await queue.close()


def _bare() -> web.Application:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=202, text="accepted: 1 to look at\n")

    application = web.Application()
    application.add_routes([web.post("/webhooks/github", handle)])
    return application


def _ours(queue: SqliteQueue) -> web.Application:
    runtime = system_runtime()

    def route(event: str, payload: Mapping[str, Any]) -> tuple[str, ...]:
        return (f"{payload['repository']['full_name']}#{event}",)

    def refuse(_hook: RegistryHook) -> Refused:
        return Refused(404, "no hooks here")

    parts = Parts(
        queue=queue,
        github_secret=SECRET,
        route_github=route,
        route_registry=refuse,
        missing=list,
        passes=dict,
        now=runtime.now,
    )
    return create_application(parts)
