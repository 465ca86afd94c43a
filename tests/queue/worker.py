"""A process to be killed: accepts numbered deliveries, runs what is due, and says each thing on its output as it happens.

    python -m tests.queue.worker STORE NAME KEYS HANDLER_SECONDS

STORE: a file, or the URL of a PostgreSQL database.

Lines, each written in one piece: `accepted NUMBER KEY` once durable, `begun KEY NAME`, and `ended KEY NAME`; or `failed KEY
NAME` where its lease could not be confirmed.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import psycopg

from bot.core.values.permit import Permit
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.protocol import Queue
from bot.queue.runner import Pace, Runner
from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime

LEASE = timedelta(seconds=2)
"""On PostgreSQL, where nothing but its end tells that a process is dead."""


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def accept_for_ever(queue: Queue, *, name: str, keys: int) -> None:
    number = 0
    while True:
        number += 1
        key = f"key-{number % keys}"
        try:
            await queue.accept(f"{name}-{number}", [key])
        except psycopg.Error:  # the database is gone for a while: this one was not accepted
            await asyncio.sleep(0.05)
            continue
        say(f"accepted {name}-{number} {key}")
        await asyncio.sleep(0.001)


async def opened(store: str) -> Queue:
    """The queue in a file, or in a database with the schema `killed`."""
    if "://" in store:
        return await PostgresQueue.open(store, schema="killed", runtime=system_runtime(), lease=LEASE)
    return await SqliteQueue.open(Path(store), runtime=system_runtime())


async def main(store: str, *, name: str, keys: int, seconds: float) -> None:
    async def handle(key: str, permit: Permit) -> None:
        say(f"begun {key} {name}")
        await asyncio.sleep(seconds)
        try:
            await permit.confirm()
        except psycopg.Error:
            say(f"failed {key} {name}")
            raise
        say(f"ended {key} {name}")

    runtime = system_runtime()
    queue = await opened(store)
    runner = Runner(queue=queue, handler=handle, runtime=runtime, pace=Pace(slots=8))
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        for part in range(4):
            group.create_task(accept_for_ever(queue, name=f"{name}.{part}", keys=keys))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], name=sys.argv[2], keys=int(sys.argv[3]), seconds=float(sys.argv[4])))
