"""Processes that are really killed, and what their store and their output then say.

What was accepted before what was claimed cannot be told from what processes say: one may run a key before the other, whose
event it was, comes to say that it was accepted. So triggers in the store write the order down, in the same transactions.
"""

import asyncio
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bot.core.values.permit import Permit
from bot.queue.runner import Runner
from bot.runtime import system_runtime
from tests.queue.worker import opened

KEYS = 40
HANDLER_SECONDS = 0.01

Line = list[str]


class Workers:
    """Processes on one store, and what they say through one pipe, in the order in which they say it."""

    def __init__(self, store: str, folder: Path) -> None:
        self._store = store
        self._complaints = folder / "complaints"
        self._reading, self._writing = os.pipe()
        self._reader = asyncio.StreamReader()
        self._processes: list[asyncio.subprocess.Process] = []
        self._names: list[str] = []
        self.lines: list[Line] = []

    async def start(self, *names: str) -> None:
        listening = os.fdopen(self._reading, "rb")
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._reader), listening
        )
        self._names = list(names)
        for name in names:
            stderr = os.open(self._complaints, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            arguments = ["-m", "tests.queue.worker", self._store, name, str(KEYS), str(HANDLER_SECONDS)]
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

    async def hear_key(self, word: str, key: str) -> None:
        """Listen until anybody says it of this key from now on."""
        while True:
            line = await self._reader.readline()
            assert line, "they all ended by themselves"
            self.lines.append(line.decode().split())
            if self.lines[-1][:2] == [word, key]:
                return

    def running(self, who: str) -> frozenset[str]:
        """The keys that this one began and did not end, as far as it was heard."""
        begun: set[str] = set()
        for word, key, by in (line[:3] for line in self.lines if len(line) == 3):
            if by == who and word == "begun":
                begun.add(key)
            elif by == who and word == "ended":
                begun.discard(key)
        return frozenset(begun)

    async def kill_one(self, name: str) -> None:
        """Kill this one; the others go on."""
        process = self._processes.pop(self._names.index(name))
        self._names.remove(name)
        process.kill()
        assert await process.wait() == -9

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


async def drained(store: str) -> list[str]:
    """Work off what is left, as the next process would; returns the keys that ran."""
    ran: list[str] = []

    async def handle(key: str, _permit: Permit) -> None:
        ran.append(key)

    queue = await opened(store)
    runner = Runner(queue=queue, handler=handle, runtime=system_runtime())
    async with asyncio.TaskGroup() as group:
        group.create_task(runner.run())
        while await queue.snapshot():  # on PostgreSQL, until the leases of the dead have ended
            await runner.settled()
            await asyncio.sleep(0.05)
        await runner.stop(grace=runner._pace.heartbeat)
    await queue.close()
    return ran


_HISTORY_OF_A_FILE = """
    CREATE TABLE history (at INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT, name TEXT);
    CREATE TRIGGER accepted AFTER INSERT ON delivery
        BEGIN INSERT INTO history (what, name) VALUES ('accepted', NEW.id); END;
    CREATE TRIGGER claimed AFTER UPDATE OF owner ON work WHEN NEW.owner IS NOT NULL
        BEGIN INSERT INTO history (what, name) VALUES ('claimed', NEW.key); END;
    CREATE TRIGGER done AFTER DELETE ON work
        BEGIN INSERT INTO history (what, name) VALUES ('done', OLD.key); END;
"""
# `at` counts in the order in which rows were locked, which for one key is the order of the commits.
_HISTORY_IN_A_DATABASE = """
    CREATE TABLE killed.history (at bigserial PRIMARY KEY, what text, name text);
    CREATE FUNCTION killed.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_TABLE_NAME = 'delivery' THEN INSERT INTO killed.history (what, name) VALUES ('accepted', NEW.id);
        ELSIF TG_OP = 'DELETE' THEN INSERT INTO killed.history (what, name) VALUES ('done', OLD.key);
        ELSIF NEW.owner IS NOT NULL THEN INSERT INTO killed.history (what, name) VALUES ('claimed', NEW.key);
        ELSE INSERT INTO killed.history (what, name) VALUES ('due', NEW.key);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER accepted AFTER INSERT ON killed.delivery FOR EACH ROW EXECUTE FUNCTION killed.note();
    CREATE TRIGGER claimed AFTER UPDATE OF owner OR DELETE ON killed.work FOR EACH ROW EXECUTE FUNCTION killed.note();
"""


async def prepare(store: str) -> None:
    """Make the store, and let it write down what happens in which order."""
    await (await opened(store)).close()
    if "://" in store:
        with psycopg.connect(store, autocommit=True) as connection:
            connection.execute(_HISTORY_IN_A_DATABASE)
    else:
        with closing(sqlite3.connect(store)) as file:
            file.executescript(_HISTORY_OF_A_FILE)


def stored(store: str, statement: str) -> list[tuple[Any, ...]]:
    if "://" in store:
        with psycopg.connect(store, autocommit=True, options="-c search_path=killed") as connection:
            return connection.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(store)) as file:
        return file.execute(statement).fetchall()


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
    def read(cls, store: str) -> "Ledger":
        history = stored(store, "SELECT what, name, at FROM history ORDER BY at")
        kept = frozenset(key for (key,) in stored(store, "SELECT key FROM work"))
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
        elif word in {"ended", "failed"}:
            running.discard(key)
    return twice
