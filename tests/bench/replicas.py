"""How many more passes a second four replicas run than one, on PostgreSQL, where GitHub answers after 100 ms.

    python -m tests.bench.replicas URL    # one replica, until it is killed

Each replica is a process of its own with the default number of slots. A pass is three requests to GitHub.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from timeit import default_timer

import psycopg

from bot.core.values.permit import Permit
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.runner import Runner
from bot.runtime import system_runtime
from tests.bench.rows import Bound, Row
from tests.queue.postgresql_server import a_server

SCHEMA = "bench"
LATENCY = 0.1
REQUESTS = 3
KEYS = 600
"""For each replica."""
INSTALLATIONS = 50
REPLICAS = 4
WANTED = 3.5
_LONGEST = 120


def rows(quick: bool) -> Iterable[Row]:  # noqa: FBT001 -- as every benchmark takes it
    """Measure, or say why not."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(a_server())
        except FileNotFoundError as missing:
            print(f"replicas: not measured. {missing}")
            return
        keys = KEYS // 2 if quick else KEYS
        one = asyncio.run(_speed(server.database(), replicas=1, keys=keys))
        four = asyncio.run(_speed(server.database(), replicas=REPLICAS, keys=keys * REPLICAS))
        name = f"passes a second: {REPLICAS} replicas against 1, GitHub answers after {LATENCY * 1000:.0f} ms"
        yield Row(name, f"{four:.0f}/s", f"{one:.0f}/s", four / one, Bound.AT_LEAST, WANTED)


async def _speed(url: str, *, replicas: int, keys: int) -> float:
    """Return how many passes a second so many replicas run."""
    queue = await PostgresQueue.open(url, schema=SCHEMA, runtime=system_runtime())
    command = [sys.executable, "-m", "tests.bench.replicas", url]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(replicas)]  # noqa: ASYNC220 -- once, before anything is measured
    try:
        for process in running:
            assert process.stdout is not None
            process.stdout.readline()  # it is ready
        begun = default_timer()
        await queue.accept(None, [f"owner-{number % INSTALLATIONS}/deploy-{number}" for number in range(keys)])
        async with asyncio.timeout(_LONGEST):
            while await queue.snapshot():  # noqa: ASYNC110 -- other processes do the work
                await asyncio.sleep(0.02)
        return keys / (default_timer() - begun)
    finally:
        for process in running:
            process.kill()
            process.communicate()
        await queue.close()


async def _replica(url: str) -> None:
    async def handle(_key: str, permit: Permit) -> datetime | None:
        for _ in range(REQUESTS):
            await asyncio.sleep(LATENCY)
        await permit.confirm()
        return None

    runtime = system_runtime()
    queue = await PostgresQueue.open(url, schema=SCHEMA, runtime=runtime)
    print("ready", flush=True)
    await Runner(queue=queue, handler=handle, runtime=runtime).run()


if __name__ == "__main__":
    try:
        asyncio.run(_replica(sys.argv[1]))
    except (KeyboardInterrupt, psycopg.Error):
        sys.exit(1)
