"""The running program is killed again and again while people write commands; nothing is lost and nothing is done twice.

`kill -9` at a random moment of each round, with deliveries that were accepted, refused by a dead process, or under way. In the
end a last process lives: then every command has exactly one answer, and every command that changes something is recorded once.
On PostgreSQL two replicas run, one of them is killed in each round, and sometimes the database as well.
KILL_ROUNDS and KILL_SEED choose how long and which.
"""

import asyncio
import os
import random  # noqa: TID251 -- the seed chooses
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.cli.demo.opening import build, play_history
from bot.cli.demo.setting import TEAM
from bot.cli.demo.stage import REGISTRY, WEBHOOK_SECRET, Stage
from bot.core.budget import notes
from bot.core.budget.account import Account, Sizes
from bot.core.commands.shared.answer_marks import answered
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.sqlite.store import SqliteQueue
from bot.runtime import system_runtime
from bot.simulator.clock import Clock
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.github.server import serve
from tests.ports import free_port
from tests.queue.postgresql_server import a_server
from tests.simulator.http_world import key_pair

ROUNDS = int(os.environ.get("KILL_ROUNDS", "3"))
SEED = int(os.environ.get("KILL_SEED", "1"))
PATIENCE = 120
HISTORY = timedelta(days=1)
"""How much of it is played before the rounds begin."""
ACTING = (
    "/hold {place} round {round}",
    "/unhold {place}",
    "/reject web@v0.{round}.0 no",
    "/override soak staging web {round}",
)
ASKING = ("/why {place}", "/help", "/refresh dev")
REFUSED = (
    "/promote prod web@v9.{round}",
    "/hold nowhere",
    "/promot prod",
    "/rollback nowhere",
    "/unreject web@v7.{round}",
)
PLACES = ("dev", "staging", "prod", "all")
PEOPLE = ("sam", "dana", "alice", "erin")


@dataclass
class Rounds:
    """One repository and whichever process works on it. said: the comments that want an answer."""

    stage: Stage
    ports: tuple[int, ...]
    environment: dict[str, str]
    chance: random.Random
    said: list[Comment] = field(default_factory=list)

    async def start(self, port: int | None = None) -> asyncio.subprocess.Process:
        """Start a process on a port, by default on the first, to which GitHub sends its webhooks."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            env={**self.environment, "PORT": str(port or self.ports[0])},
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def ready(self, port: int | None = None) -> None:
        """Wait until the process on a port answers."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{port or self.ports[0]}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)

    def speak(self, number: int) -> None:
        """Somebody writes a command, at the next moment of the world."""
        kind = self.chance.choice((ACTING, ACTING, ASKING, REFUSED))
        line = self.chance.choice(kind).format(round=number, place=self.chance.choice(PLACES))
        self.said.append(self.stage.comment(1, line, by=self.chance.choice(PEOPLE)))

    async def settled(self) -> None:
        """Wait until every command is answered, then see that each was answered and carried out once."""
        async with asyncio.timeout(PATIENCE):
            while len(self.answers()) < len(self.said):  # noqa: ASYNC110 -- another process answers
                await asyncio.sleep(0.2)
        assert self.answers() == {each.id: 1 for each in self.said}
        assert max(self.commits().values(), default=1) == 1
        assert self.commits().keys() <= {each.id for each in self.said}

    def answers(self) -> Counter[int]:
        """How often each comment was answered."""
        numbers = (answered(each.body) for each in self.stage.manifests.conversation(1).comments)
        return Counter(number for number in numbers if number is not None)

    def commits(self) -> Counter[int]:
        """How often each comment was carried out on `gitops-state`."""
        repository, found = self.stage.manifests, Counter[int]()
        oid = repository.find_branch("gitops-state")
        while oid:
            commit = repository.store.commit(oid)
            named = re.search(r"^Comment (\d+) on #", commit.message, re.MULTILINE)
            found.update([int(named[1])] if named else [])
            oid = next(iter(commit.parents), None)
        return found


@asynccontextmanager
async def rounds(folder: Path, *, database: str, replicas: int = 1) -> AsyncIterator[Rounds]:
    """The team of the scenarios, on a GitHub whose clock runs."""
    private, public = key_pair()
    stage = build(TEAM, folder / "github", public, clock=Clock.ticking(system_runtime().now() - HISTORY))
    play_history(stage)
    ports = tuple(free_port() for _ in range(replicas))
    async with stage.registry.serve() as registry_url, serve(stage.github) as hub:
        stage.app.webhook_url = f"http://127.0.0.1:{ports[0]}/webhooks/github"
        environment = {
            **os.environ,
            "GITHUB_APP_ID": str(stage.app.id),
            "GITHUB_PRIVATE_KEY": private.replace("\n", "\\n"),
            "GITHUB_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "GITHUB_API_URL": hub.api_url,
            "REGISTRY_ALLOW": REGISTRY,
            "REGISTRY_MIRRORS": f"{REGISTRY}={registry_url}",
            "DATABASE_URL": database,
            "HOST": "127.0.0.1",
        }
        stage.manifests.open_issue("ops", by=stage.person("sam"))
        yield Rounds(stage, ports, environment, random.Random(SEED))  # noqa: S311 -- a test's chance


async def allow_many_answers(queue: SqliteQueue | PostgresQueue) -> None:
    """GitHub's limit on new content has tests of its own; here it would make thirty rounds last an hour."""
    account = Account(sizes=Sizes(minute=10_000, hour=100_000))
    assert await queue.write_note("budget acme", notes.write(account), seen=0)
    await queue.close()


@pytest.mark.kill
@pytest.mark.timeout(60 + PATIENCE + 20 * ROUNDS)
async def test_every_command_acts_once_and_is_answered_once(tmp_path: Path) -> None:
    await allow_many_answers(await SqliteQueue.open(tmp_path / "queue.sqlite3", runtime=system_runtime()))
    async with rounds(tmp_path, database=f"sqlite:///{tmp_path}/queue.sqlite3") as world:
        for number in range(ROUNDS):
            process = await world.start()
            if world.chance.random() < 0.8:  # else it dies while it starts, with the webhook refused
                await world.ready()
            for _ in range(world.chance.randint(1, 4)):
                world.speak(number)
                await asyncio.sleep(world.chance.random() * 0.3)
            process.kill()
            await process.wait()
        last = await world.start()
        try:
            await world.ready()
            await world.settled()
        finally:
            last.kill()
            await last.wait()


@pytest.mark.postgresql
@pytest.mark.timeout(60 + PATIENCE + 60 * ROUNDS)
async def test_two_replicas_lose_nothing_when_one_or_the_database_is_killed(tmp_path: Path) -> None:
    with a_server() as server:
        database = server.database()
        async with rounds(tmp_path, database=database, replicas=2) as world:
            schema = f"gitops_bot_{world.stage.app.id}"
            await allow_many_answers(await PostgresQueue.open(database, schema=schema, runtime=system_runtime()))
            alive = {port: await world.start(port) for port in world.ports}
            for port in world.ports:
                await world.ready(port)
            for number in range(ROUNDS):
                for _ in range(world.chance.randint(1, 4)):
                    world.speak(number)
                    await asyncio.sleep(world.chance.random() * 0.3)
                if world.chance.random() < 0.3:
                    await asyncio.to_thread(server.kill)  # noqa: TID251 -- it waits for another program
                    await asyncio.to_thread(server.start)  # noqa: TID251 -- as above
                victim = world.chance.choice(world.ports)
                alive[victim].kill()
                await alive[victim].wait()
                survivor = next(port for port in world.ports if port != victim)
                world.stage.app.webhook_url = f"http://127.0.0.1:{survivor}/webhooks/github"
                alive[victim] = await world.start(victim)
                if world.chance.random() < 0.8:
                    await world.ready(victim)
            try:
                await world.settled()
            finally:
                for process in alive.values():
                    process.kill()
                    await process.wait()
