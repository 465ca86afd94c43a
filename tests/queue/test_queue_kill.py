"""Real processes, really killed: nothing accepted is lost, no key runs twice at once, interrupted runs are run again.

What was accepted before what was claimed cannot be told from what processes say: one may run a key before the other, whose
event it was, comes to say that it was accepted. So triggers in the store write the order down, in the same transactions.
"""

import asyncio
import os
import random  # noqa: TID251 -- seeded: picks the moments of the kills
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.values.permit import Permit
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


async def prepare(path: Path) -> None:
    """Make the file, and let it write down what happens in which order."""
    queue = await SqliteQueue.open(path, runtime=system_runtime())
    await queue.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("""
            CREATE TABLE history (at INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, name TEXT);
            CREATE TRIGGER accepted AFTER INSERT ON delivery
                BEGIN INSERT INTO history (what, name) VALUES ('accepted', NEW.id); END;
            CREATE TRIGGER claimed AFTER UPDATE OF owner ON work WHEN NEW.owner IS NOT NULL
                BEGIN INSERT INTO history (what, name) VALUES ('claimed', NEW.key); END;
            CREATE TRIGGER done AFTER DELETE ON work
                BEGIN INSERT INTO history (what, name) VALUES ('done', OLD.key); END;
        """)


@dataclass(frozen=True)
class Ledger:
    """The store after the kill. accepted, claimed: name → when last, in the order of commits; done: key → runs that ended
    with nothing owed; kept: keys that the next process will run.
    """

    accepted: Mapping[str, int]
    claimed: Mapping[str, int]
    done: Mapping[str, int]
    kept: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> "Ledger":
        with closing(sqlite3.connect(path)) as connection:
            history = connection.execute("SELECT what, name, at FROM history ORDER BY at").fetchall()
            kept = frozenset(key for (key,) in connection.execute("SELECT key FROM work"))
        return cls(
            accepted={name: at for what, name, at in history if what == "accepted"},
            claimed={name: at for what, name, at in history if what == "claimed"},
            done=Counter(name for what, name, _ in history if what == "done"),
            kept=kept,
        )

    def lost(self, lines: Sequence[Line]) -> list[str]:
        """Acknowledged deliveries that are not stored, or whose key is neither kept nor was claimed after them."""
        acknowledged = [(line[1], line[2]) for line in lines if line[0] == "accepted"]
        return [
            delivery
            for delivery, key in acknowledged
            if delivery not in self.accepted or not (key in self.kept or self.claimed[key] > self.accepted[delivery])
        ]

    def skipped(self, lines: Sequence[Line]) -> list[str]:
        """Keys that were ended more often than a handler began them."""
        begun = Counter(line[1] for line in lines if line[0] == "begun")
        return [key for key, times in self.done.items() if times > begun[key]]


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
    await prepare(path)
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

    ledger = Ledger.read(path)
    assert ledger.lost(lines) == []
    assert ledger.skipped(lines) == []
    assert ledger.kept == set(await drained(path))

    accepted = [line[1] for line in lines if line[0] == "accepted"]
    assert len(accepted) > 50
    queue = await SqliteQueue.open(path, runtime=system_runtime())
    assert not any(await asyncio.gather(*(queue.accept(delivery, ["again"]) for delivery in accepted)))
    await queue.close()


async def test_two_processes_on_one_file_share_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite3"
    await prepare(path)
    workers = Workers(path)
    await workers.start("first", "second")
    await workers.hear("ended", who="first", times=50)
    await workers.hear("ended", who="second", times=50)
    lines = await workers.kill()

    assert workers.complaints() == ""
    assert overlaps(lines) == []
    ledger = Ledger.read(path)
    assert ledger.lost(lines) == []
    assert ledger.skipped(lines) == []
    assert ledger.kept == set(await drained(path))
