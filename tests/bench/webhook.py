"""Accepting webhooks over loopback: verified, routed and durable, against a bare aiohttp handler that reads and answers.

Both servers run in a process of their own; this one only writes requests and reads answers, and so slows both alike.
"""

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import os
import resource
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from timeit import default_timer
from typing import Any

from aiohttp import web

from bot.core.needs.subscriptions import Due
from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime
from bot.service.garbage import set_aside_what_lives
from bot.web.api import Api, RegistriesStatus
from bot.web.application import create_application
from bot.web.listening import listening
from bot.web.parts import Parts, Refused, RegistryHook
from tests.bench.rows import Bound, Row

SECRET = "the secret of a benchmark"
_NO_REGISTRIES = RegistriesStatus(poll_seconds=None, polls=(), paused=())
CONNECTIONS = 32
STRANGERS = 2000
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
        with serving("bare", folder) as (port, _):
            bare = asyncio.run(flood(port, seconds))
        with serving("ours", folder) as (port, _):
            ours = asyncio.run(flood(port, seconds))
            late = p99(asyncio.run(paced(port, seconds)))
        with serving("ours", folder) as (port, process):
            attacked = unfinished(port, process, seconds)
    yield Row("webhooks accepted", f"{ours:.0f}/s", f"a bare handler: {bare:.0f}/s", ours / bare, Bound.AT_LEAST, 0.5)
    name = f"webhook to durable 202, p99 at {PACE}/s"
    yield Row(name, f"{late * 1000:.1f} ms", "25 ms", late / 0.025, Bound.AT_MOST, 1.0)
    name = f"memory above idle with {STRANGERS} unfinished bodies"
    yield Row(name, f"{attacked.mebibytes:.0f} MB", "150 MB", attacked.mebibytes / 150, Bound.AT_MOST, 1.0)
    quiet, late = attacked.quiet, attacked.late
    name = "webhook to durable 202 meanwhile, p99"
    yield Row(name, f"{late * 1000:.1f} ms", f"quiet: {quiet * 1000:.1f} ms", late / quiet, Bound.AT_MOST, 3.0)


@dataclass(frozen=True, slots=True)
class Attacked:
    """What honest senders and the machine see. mebibytes: resident, above idle; quiet, late: p99 before and during, in s."""

    mebibytes: float
    quiet: float
    late: float


def unfinished(port: int, process: int, seconds: float) -> Attacked:
    """Strangers begin a body of one mebibyte and never end it, half of them with a signature that only its body can refute."""
    quiet, idle = p99(asyncio.run(paced(port, seconds))), resident(process)
    mine, theirs = multiprocessing.Pipe()
    strangers = multiprocessing.get_context("spawn").Process(target=begin_bodies, args=(port, theirs))
    strangers.start()
    try:
        mine.recv()
        mine.send("begin")
        times, most = [], idle
        while not mine.poll():
            more, most = asyncio.run(_watched(port, process, most))
            times += more
        mine.recv()
    finally:
        strangers.kill()
        strangers.join()
    return Attacked(most - idle, quiet, p99(times))


async def _watched(port: int, process: int, most: float) -> tuple[list[float], float]:
    """As `paced` for half a second, and the most memory that the process held so far. most: before."""
    honest = asyncio.create_task(paced(port, 0.5))
    while not honest.done():
        most = max(most, resident(process))
        await asyncio.sleep(0.05)
    return await honest, max(most, resident(process))


def begin_bodies(port: int, pipe: Connection) -> None:
    """The strangers, in a process of their own.

    They have machines of their own. Here, they only take the processor while the server and the honest senders leave it.
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    asyncio.run(_begin_bodies(port, pipe))


async def _begin_bodies(port: int, pipe: Connection) -> None:
    head = "POST /webhooks/github HTTP/1.1\r\nHost: bench\r\nContent-Length: 1048576\r\n"
    pipe.send("ready")
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    writers = []
    for number in range(STRANGERS):
        signed = f"X-Hub-Signature-256: sha256={'0' * 64}\r\n" if number % 2 else ""
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}{signed}\r\n".encode() + b" " * (1024 * 1024 - 1))
        writers.append(writer)
        await asyncio.sleep(0)
    pipe.send("begun")
    await asyncio.sleep(60)


def resident(process: int) -> float:
    """The memory that a process holds, in mebibytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024 / 1024


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


def p99(times: list[float]) -> float:
    """The time that 99 of 100 requests stayed below."""
    return quantiles(times, n=100)[98]


async def paced(port: int, seconds: float) -> list[float]:
    """The time, in seconds, that each request took when they came in step."""
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
    return times


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
def serving(kind: str, folder: str) -> Iterator[tuple[int, int]]:
    """One of the servers in a process of its own; gives its port and the process's number."""
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kind, folder, theirs))
    process.start()
    try:
        yield mine.recv(), process.pid or 0
        mine.send("stop")
        process.join(30)
    finally:
        process.kill()


def serve(kind: str, folder: str, pipe: Connection) -> None:
    """Runs until it is told to stop."""
    asyncio.run(_serve(kind, Path(folder), pipe))


async def _serve(kind: str, folder: Path, pipe: Connection) -> None:
    set_aside_what_lives()
    queue = await SqliteQueue.open(folder / "queue.sqlite3", runtime=system_runtime())
    async with listening(_ours(queue), host="127.0.0.1", port=0) if kind == "ours" else _listening_bare() as url:
        pipe.send(int(url.rpartition(":")[2]))
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    await queue.close()


@asynccontextmanager
async def _listening_bare() -> AsyncIterator[str]:
    runner = web.AppRunner(_bare(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


class _NoHooks:
    async def admit(self, _hook: RegistryHook) -> Refused:
        return Refused(404, "no hooks here")

    async def route(self, hook: RegistryHook, _body: bytes) -> Refused:
        return self.greet(hook)

    def greet(self, _hook: RegistryHook) -> Refused:
        return Refused(404, "no hooks here")


def _bare() -> web.Application:
    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=202, text="accepted\n")

    application = web.Application()
    application.add_routes([web.post("/webhooks/github", handle)])
    return application


def _ours(queue: SqliteQueue) -> web.Application:
    runtime = system_runtime()

    def route(event: str, payload: Mapping[str, Any]) -> Due:
        return Due((f"{payload['repository']['full_name']}#{event}",))

    parts = Parts(
        queue=queue,
        github_secret=SECRET,
        route_github=route,
        registries=_NoHooks(),
        api=Api(queue, tokens=(), repositories=tuple, missing=tuple, registries=lambda: _NO_REGISTRIES),
        missing=list,
        passes=dict,
        now=runtime.now,
        new_id=runtime.new_id,
    )
    return create_application(parts)
