"""A process to be killed: accepts numbered deliveries, runs what is due, and says each thing on its output as it happens.

    python -m tests.queue.worker FILE NAME KEYS HANDLER_SECONDS

Lines, each written in one piece: `accepted NUMBER KEY` once durable, `begun KEY NAME`, `ended KEY NAME`.
"""

import asyncio
import os
import sys
from pathlib import Path

from bot.core.values.permit import Permit
from bot.queue.protocol import Queue
from bot.queue.runner import Pace, Runner
from bot.queue.sqlite import SqliteQueue
from bot.runtime import system_runtime


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def accept_for_ever(queue: Queue, *, name: str, keys: int) -> None:
    number = 0
    while True:
        number += 1
        key = f"key-{number % keys}"
        await queue.accept(f"{name}-{number}", [key])
        say(f"accepted {name}-{number} {key}")
        await asyncio.sleep(0.001)


async def main(path: Path, *, name: str, keys: int, seconds: float) -> None:
    async def handle(key: str, permit: Permit) -> None:
        say(f"begun {key} {name}")
        await asyncio.sleep(seconds)
        await permit.confirm()
        say(f"ended {key} {name}")

    runtime = system_runtime()
    queue = await SqliteQueue.open(path, runtime=runtime)
    runner = Runner(queue=queue, handler=handle, runtime=runtime, pace=Pace(slots=8))
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        for part in range(4):
            group.create_task(accept_for_ever(queue, name=f"{name}.{part}", keys=keys))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), name=sys.argv[2], keys=int(sys.argv[3]), seconds=float(sys.argv[4])))
