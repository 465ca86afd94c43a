"""A thousand installations, ten of them noisy, and a registry that is dead: whoever comments is answered within seconds.

The real runner, queue, breakers and time limits run on a virtual loop. A pass is some waiting for GitHub. It has a third
of the slots of a server, so that the noise fills them all the time.
"""

import asyncio
import random  # noqa: TID251 -- seeded, so that every run is the same
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.errors import Temporary
from bot.core.values.permit import Permit, Priority
from bot.passes.prompt_registries import PromptRegistries, StillAsked
from bot.queue.runner import Outcome, Pace, Runner
from bot.queue.sqlite.store import SqliteQueue
from bot.registries.breakers import Breakers, NoAnswer
from tests.queue.clocks import VirtualLoop, play, runtime_with

pytestmark = [pytest.mark.story, pytest.mark.timeout(400)]  # a minute of work, on a machine that has nothing else to do

INSTALLATIONS = 1_000
NOISY = 10
APPLICATIONS = {True: 200, False: 3}
DEAD = 0.03
"""The part of all installations whose images are on the dead registry."""
MINUTES = 2
COMMENTS = 200
PASS = 0.35
TIMEOUT = 20
PACE = Pace(slots=10, reserved=2, share=7)


class DeadRegistry:
    """Accepts connections and never answers, behind the breaker of its host."""

    def __init__(self, breakers: Breakers) -> None:
        self._breakers = breakers

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        async def ask() -> Tags:
            await asyncio.sleep(TIMEOUT)
            raise NoAnswer(f"no answer about {image}")

        try:
            return await self._breakers.guard("dead.example.com", ask)
        except Temporary as trouble:
            return Unanswered(image, trouble.reason, trouble.again_at)

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        return tuple([await self.tags(image) for image in wanted])  # type: ignore[misc]  # never Tags

    built = observe


class World:
    """Who comments when, and when they were answered."""

    def __init__(self, loop: VirtualLoop, queue: SqliteQueue, registries: PromptRegistries) -> None:
        self._loop = loop
        self._queue = queue
        self._registries = registries
        self._chance = random.Random(12)  # noqa: S311 -- as above
        self._asked: dict[str, list[float]] = {}
        self.waited: list[float] = []
        self.noisy = [f"noisy-{number}/deploy" for number in range(NOISY)]
        self.quiet = [f"quiet-{number}/deploy" for number in range(INSTALLATIONS - NOISY)]
        self._dead = frozenset(self._chance.sample([*self.noisy, *self.quiet], int(INSTALLATIONS * DEAD)))

    async def run(self, key: str, permit: Permit) -> datetime | None:
        """A look at GitHub; an application also asks its registry. The pass of an application answers its comments."""
        repository, _, application = key.partition("#")
        await asyncio.sleep(PASS * (0.5 + self._chance.random()))
        await permit.confirm()
        if not application:
            if repository in self._asked:
                await self._queue.accept(None, [f"{repository}#app-0"], priority=Priority.PEOPLE)
            return self._loop.now() + timedelta(minutes=10)
        if repository in self._dead:
            try:
                await self._ask_registry(key, permit)
            except StillAsked as registry:
                return self._loop.now() + registry.left
        if application == "app-0":
            self.waited += [self._loop.time() - at for at in self._asked.pop(repository, ())]
        return self._loop.now() + timedelta(hours=1)

    async def _ask_registry(self, key: str, permit: Permit) -> None:
        with self._registries.waiting(key, permit.priority):
            await self._registries.tags(key)

    async def sweeps(self) -> None:
        """At the start everything is due, as after a restart."""
        for repository in (*self.noisy, *self.quiet):
            many = APPLICATIONS[repository in self.noisy]
            keys = [repository, *(f"{repository}#app-{number}" for number in range(many))]
            await self._queue.accept(None, keys, priority=Priority.SWEEP)

    async def noise(self) -> None:
        """Twenty events and a comment a second in each noisy installation."""
        while True:
            for repository in self.noisy:
                keys = [f"{repository}#app-{self._chance.randrange(APPLICATIONS[True])}" for _ in range(20)]
                await self._queue.accept(None, keys)
                await self._queue.accept(None, [repository], priority=Priority.PEOPLE)
            await asyncio.sleep(1)

    async def comments(self) -> None:
        """People of everyone else comment, one after the other."""
        for _ in range(COMMENTS):
            await asyncio.sleep(MINUTES * 60 / COMMENTS)
            repository = self._chance.choice(self.quiet)
            self._asked.setdefault(repository, []).append(self._loop.time())
            await self._queue.accept(None, [repository], priority=Priority.PEOPLE)

    @property
    def unanswered(self) -> int:
        return sum(map(len, self._asked.values()))


def simulated(path: Path) -> World:
    async def story(loop: VirtualLoop) -> World:
        runtime = runtime_with(loop.now)
        queue = await SqliteQueue.open(path, runtime=runtime)

        async def make_due(key: str, priority: Priority = Priority.EVENT) -> None:
            await queue.accept(None, [key], priority=priority)

        registries = PromptRegistries(DeadRegistry(Breakers(runtime)), runtime, make_due=make_due)
        world = World(loop, queue, registries)
        runner = Runner(queue=queue, handler=world.run, runtime=runtime, pace=PACE)
        await world.sweeps()
        async with asyncio.TaskGroup() as group:
            group.create_task(runner.run())
            noise = group.create_task(world.noise())
            await world.comments()
            await asyncio.sleep(10)
            noise.cancel()
            await runner.stop(grace=timedelta(seconds=25))
        assert runner.outcomes[Outcome.FAILED] == 0
        await registries.close()
        await queue.close()
        return world

    return play(story)


def test_p99_from_comment_to_answer_is_under_ten_seconds_for_everyone_else(tmp_path: Path) -> None:
    world = simulated(tmp_path / "queue.sqlite3")

    waited = sorted(world.waited)
    assert world.unanswered == 0
    assert len(waited) == COMMENTS
    assert waited[int(len(waited) * 0.99)] < 10, waited[-5:]
    assert waited[len(waited) // 2] < 3


def test_it_replays_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "COMMENTS", 20)
    monkeypatch.setitem(globals(), "MINUTES", 0.2)

    first, second = simulated(tmp_path / "one.sqlite3"), simulated(tmp_path / "two.sqlite3")

    assert first.waited == second.waited
