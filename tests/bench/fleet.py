"""A cold bot in front of 100 to 20,000 applications, at most 5,000 in a repository, one of a hundred with an open promotion.

The simulated GitHub and the registry run in one process, the bot in another, whose memory and time are measured. Requests and
points are counts, which no busy machine changes. Each size runs once, for the largest takes minutes.
"""

import asyncio
import multiprocessing
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time  # noqa: TID251 -- a benchmark reads the real clock
from timeit import default_timer

from bot.cli.demo.opening import build, key_pair
from bot.cli.demo.stage import REGISTRY, Setting
from bot.github.client import roots
from bot.runtime import Runtime, system_runtime
from bot.service import running
from bot.settings import Settings
from bot.simulator.clock import Clock
from bot.simulator.github.server import serve
from tests.bench.rows import Bound, Row
from tests.scenarios.fleets import POLICY, files_of, import_into, name_of

SIZES, QUICK_SIZES = (100, 1_000, 5_000, 20_000), (100, 1_000)
REQUESTS, POINTS, MEGABYTES = 300, 500, 400
"""What is wanted of 5,000 applications with 50 open promotions; of other sizes in proportion, but for what any start costs."""
EVERY_START = 40
PER_REPOSITORY = 5_000
"""The policy's rules find no more: `bot/core/policy/fleet/discovery.py`."""
FOLLOW_UPS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one cold start. worked: seconds of the processor. megabytes: the most that the process held."""

    requests: int
    points: int
    seconds: float
    worked: float
    megabytes: float


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the world is, and what lets the bot in."""

    app_id: int
    private_key: str
    api: str
    registry: str


def rows(quick: bool) -> Iterator[Row]:  # noqa: FBT001 -- as tests/bench/__main__.py calls it
    sizes = QUICK_SIZES if quick else SIZES
    first = cold_start(sizes[1])
    for size in sizes:
        cost, share = cold_start(size), size / 5_000
        name = f"cold start, {size:,} applications"
        most = REQUESTS * share + EVERY_START
        yield Row(f"{name}: requests", str(cost.requests), f"{most:.0f}", cost.requests / most, Bound.AT_MOST, 1.0)
        most = POINTS * share + EVERY_START
        yield Row(f"{name}: points", str(cost.points), f"{most:.0f}", cost.points / most, Bound.AT_MOST, 1.0)
        most = MEGABYTES * max(1.0, share)
        held = f"{cost.megabytes:.0f} MB"
        yield Row(f"{name}: memory", held, f"{most:.0f} MB", cost.megabytes / most, Bound.AT_MOST, 1.0)
        if size >= sizes[1]:
            each, other = cost.worked / size * 1000, first.worked / sizes[1] * 1000
            compared = f"{other:.1f} ms with {sizes[1]:,}, {cost.seconds:.0f} s in all"
            yield Row(f"{name}: work for each", f"{each:.1f} ms", compared, each / other, Bound.AT_MOST, 1.5)


@cache
def cold_start(size: int) -> Cost:
    """Start a bot that opens promotions, then another one that remembers nothing, and measure that."""
    mine, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    world = context.Process(target=hold_world, args=(size, theirs))
    world.start()
    try:
        urls, now = mine.recv()
        begun = default_timer()
        for _ in range(2):
            answers, told = multiprocessing.Pipe()
            present = now + timedelta(seconds=default_timer() - begun)
            bot = context.Process(target=run_bot, args=(urls, present, told))
            bot.start()
            cost: Cost = answers.recv()
            bot.join()
        mine.send("stop")
        world.join(30)
    finally:
        world.kill()
    return cost


def hold_world(size: int, pipe: Connection) -> None:
    """Serve the simulated GitHub and the registry until told to stop."""
    asyncio.run(_hold_world(size, pipe))


async def _hold_world(size: int, pipe: Connection) -> None:
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(files={".gitops.yml": "version: 1\n"}, people={}, teams={}, required_checks=())
        private, public = key_pair()
        world = build(setting, Path(folder), public, clock=Clock.ticking())
        by_people = POLICY.replace("dev: {from: registry}", "dev: {from: registry, merge: manual}")
        alice, [installation] = world.person("alice"), world.app.installations
        for start in range(0, size, PER_REPOSITORY):
            repository = world.manifests
            if start:
                repository = world.github.create_repository(f"acme/manifests-{start}", files=setting.files, by=alice)
                installation.selected.append(repository)
            numbers = range(start, min(start + PER_REPOSITORY, size))
            import_into(repository, files_of(numbers, policy=by_people, tag="v1.0.0"), by=alice)
        newer = range(0, size, 100)
        for number in range(size):
            for tag in ("v1.0.0", *(["v1.1.0"] if number in newer else [])):
                world.registry.push_image(f"acme/{name_of(number)}", tag)
        async with world.registry.serve() as registry, serve(world.github) as hub:
            pipe.send((Urls(world.app.id, private, hub.api_url, registry), world.clock.now()))
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)


def run_bot(urls: Urls, now: datetime, pipe: Connection) -> None:
    """Run a bot that remembers nothing until it has nothing to do."""
    pipe.send(asyncio.run(_run_bot(urls, now)))


async def _run_bot(urls: Urls, now: datetime) -> Cost:
    loop, real = asyncio.get_running_loop(), system_runtime()
    begun = loop.time()
    runtime = Runtime(now=lambda: now + timedelta(seconds=loop.time() - begun), random=real.random, new_id=real.new_id)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            app_id=urls.app_id,
            private_key=urls.private_key,
            webhook_secret="a secret",
            github=roots(urls.api),
            queue=Path(folder) / "queue.sqlite3",
            registries=frozenset({REGISTRY}),
            registry_mirrors={REGISTRY: urls.registry},
            registry_secrets={},
            docker_config=None,
            host="127.0.0.1",
            port=0,
            log_level="ERROR",
        )
        started, worked = default_timer(), process_time()
        async with running(settings, runtime) as service:
            await service.discovered.wait()
            while True:
                await service.runner.settled()
                ended, used = default_timer(), process_time()
                soon = runtime.now() + FOLLOW_UPS
                if not any(row.due is not None and row.due <= soon for row in await service.queue.snapshot()):
                    break
                await asyncio.sleep(1)
            client = service.github.client
            held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return Cost(client.requests.total(), client.points.total(), ended - started, used - worked, held)
