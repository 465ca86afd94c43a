"""Real processes, really killed: nothing accepted is lost, no key runs twice at once, interrupted runs are run again."""

import asyncio
import os
import random  # noqa: TID251 -- seeded: picks the moments of the kills
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.permit import Permit
from bot.queue.runner import Runner
from bot.queue.sqlite import SqliteQueue
from bot.runtime import system_runtime

KEYS = 40
HANDLER_SECONDS = 0.01

Line = list[str]


class Workers:
    """Processes on one file, and what they say through one pipe, in the order in which they say it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._complaints = path.with_name("complaints")
        self._reading, self._writing = os.pipe()
        self._reader = asyncio.StreamReader()
        self._processes: list[asyncio.subprocess.Process] = []
        self.lines: list[Line] = []

    async def start(self, *names: str) -> None:
        listening = os.fdopen(self._reading, "rb")
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), listening
        )
        for name in names:
            stderr = os.open(self._complaints, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            arguments = ["-m", "tests.queue.worker", str(self._path), name, str(KEYS), str(HANDLER_SECONDS)]
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=self._writing, stderr=stderr
            )
            self._processes.append(process)
            os.close(stderr)
        os.close(self._writing)

    async def hear(self, word: str, *, who: str, times: int) -> None:
        """Listen until this one has said it so often; the test's own time limit ends a wait in vain."""
        while sum(line[0] == word and line[-1] == who for line in self.lines) < times:
            line = await self._reader.readline()
            assert line, f"{who} ended by itself"
            self.lines.append(line.decode().split())

    def complaints(self) -> str:
        """What they logged: nothing, if all went well."""
        return self._complaints.read_text()

    async def kill(self) -> list[Line]:
        """Kill them all, and return everything they ever said."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            assert await process.wait() == -9
        self.lines += [line.split() for line in (await self._reader.read()).decode().splitlines()]
        return self.lines


async def drained(path: Path) -> list[str]:
    """Work off what is left, as the next process would; returns the keys that ran."""
    ran: list[str] = []

    async def handle(key: str, _permit: Permit) -> None:
        ran.append(key)

    runtime = system_runtime()
    queue = await SqliteQueue.open(path, runtime=runtime)
    runner = Runner(queue=queue, handler=handle, runtime=runtime)
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        await runner.settled()
        assert await queue.snapshot() == ()
        await runner.stop(grace=runner._pace.heartbeat)
    await queue.close()
    return ran


def owed(lines: Sequence[Line]) -> set[str]:
    """Keys accepted after their last run had begun, or whose last run did not end."""
    keys: set[str] = set()
    for line in lines:
        match line:
            case ["accepted", _, key]:
                keys.add(key)
            case ["begun", key, _]:
                keys.discard(key)
    begun = {line[1] for line in lines if line[0] == "begun"}
    unended = {
        key for key in begun if [line[0] for line in lines if line[1] == key and line[0] != "accepted"][-1] == "begun"
    }
    return keys | unended


def overlaps(lines: Sequence[Line]) -> list[str]:
    """Keys that began while they ran already."""
    running: set[str] = set()
    twice = []
    for word, key, *_ in lines:
        if word == "begun":
            if key in running:
                twice.append(key)
            running.add(key)
        elif word == "ended":
            running.discard(key)
    return twice


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_at_random_moments_it_loses_nothing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- as above
    path = tmp_path / "queue.sqlite3"
    lines: list[Line] = []
    for name in ("first", "second", "third", "fourth"):
        workers = Workers(path)
        await workers.start(name)
        await workers.hear("begun", who=name, times=5)
        await asyncio.sleep(chance.uniform(0.0, 0.15))
        said = await workers.kill()
        assert workers.complaints() == ""
        assert overlaps(said) == []
        lines += said

    assert owed(lines) <= set(await drained(path))

    accepted = [line[1] for line in lines if line[0] == "accepted"]
    assert len(accepted) > 50
    queue = await SqliteQueue.open(path, runtime=system_runtime())
    assert not any(await asyncio.gather(*(queue.accept(delivery, ["again"]) for delivery in accepted)))
    await queue.close()


async def test_two_processes_on_one_file_share_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    workers = Workers(path)
    await workers.start("first", "second")
    await workers.hear("ended", who="first", times=50)
    await workers.hear("ended", who="second", times=50)
    lines = await workers.kill()

    assert workers.complaints() == ""
    assert overlaps(lines) == []
    assert owed(lines) <= set(await drained(path))
