"""The simulated world: GitHub, a registry, people and any number of bots, joined by HTTP in memory on one loop."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

import aiohttp

from bot.cli.demo.opening import build, play_history
from bot.cli.demo.stage import REGISTRY, REGISTRY_SECRET, WEBHOOK_SECRET, Setting, Stage
from bot.github.client import roots
from bot.runtime import Runtime
from bot.service import service
from bot.settings import Settings
from bot.simulator.clock import Clock
from bot.simulator.github.server import serve
from bot.simulator.registry.notifications import Endpoint
from tests.simulation.loop import Process, SimulatedLoop
from tests.simulator.http_world import key_pair

PORT = 8080
"""All bots listen here, as behind a load balancer."""


CHECK = timedelta(minutes=5)
"""Between two looks at the queue's file, which take every second step of the loop where they come every five seconds."""


@dataclass(eq=False)
class Bot:
    """One replica. stop: ends it in order."""

    process: Process
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    over: "asyncio.Task[None] | None" = None


class Crashes(logging.Handler):
    """Hears what the bot logs as an error: a pass that failed for another reason than the world's."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note it, with the place of its error."""
        error = record.exc_info[1] if record.exc_info else None
        self.heard.append(f"{record.name}: {record.getMessage().partition(';')[0]}: {error!r}")


@dataclass(eq=False)
class Town:
    """A world that runs. bots: those alive; life: how many there were."""

    loop: SimulatedLoop
    stage: Stage
    settings: Settings
    crashes: Crashes
    bots: list[Bot] = field(default_factory=list)
    lives: "count[int]" = field(default_factory=lambda: count(1))

    def start_bot(self) -> Bot:
        """A bot starts, on the queue that the last one left."""
        number = next(self.lives)
        ids = (f"{number}-{each}" for each in count(1))
        runtime = Runtime(now=self.stage.clock.now, random=self.loop.chance.random, new_id=lambda: next(ids))
        bot = Bot(Process(f"bot {number}"))

        async def main() -> None:
            async with service.running(self.settings, runtime):
                await bot.stop.wait()

        self.bots.append(bot)
        bot.over = self.loop.start(bot.process, main())
        bot.over.add_done_callback(lambda _: self._ended(bot))
        return bot

    def _ended(self, bot: Bot) -> None:
        if bot in self.bots:
            self.bots.remove(bot)
        if bot.over is not None and not bot.over.cancelled() and bot.over.exception() is not None:
            self.crashes.heard.append(f"{bot.process.name} ended: {bot.over.exception()!r}")

    def kill_bot(self, bot: Bot) -> None:
        """`kill -9`."""
        self.loop.kill(bot.process)
        if bot in self.bots:
            self.bots.remove(bot)

    def forget_queue(self) -> None:
        """The machine and its disk are gone. No bot may be alive."""
        for path in self.stage.queue_file.parent.glob("queue.sqlite3*"):
            path.unlink()

    @staticmethod
    async def send(headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Send a webhook; return the bot's answer, or 0 if no bot is up."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"http://127.0.0.1:{PORT}/webhooks/github", data=body, headers=headers) as answer,
            ):
                return answer.status, (await answer.text()).strip()
        except aiohttp.ClientError:
            return 0, ""

    async def pass_time(self, seconds: float) -> None:
        """Let everything happen that happens in this time."""
        await asyncio.sleep(seconds)


async def inhabit(
    loop: SimulatedLoop, setting: Setting, folder: Path, live: "Callable[[Town], asyncio.Future[None] | object]"
) -> None:
    """Build a world, start one bot, and let `live` go on."""
    private, public = key_pair()
    stage = build(setting, folder / "github", public, clock=Clock(elapsed=loop.time))
    play_history(stage)
    stage.queue_file = folder / "queue.sqlite3"
    service.CHECK = CHECK
    crashes = Crashes()
    logger = logging.getLogger("bot")
    logger.addHandler(crashes)
    try:
        async with stage.registry.serve() as registry_url, serve(stage.github) as hub:
            stage.hub = hub
            stage.github.events.are_complete = True
            stage.app.webhook_url = f"http://127.0.0.1:{PORT}/webhooks/github"
            hook = f"http://127.0.0.1:{PORT}/webhooks/registry/distribution"
            secret = {"Authorization": f"Bearer {REGISTRY_SECRET}"}
            stage.registry.notify(Endpoint(hook, headers=secret, backoff=60.0))
            settings = Settings(
                app_id=stage.app.id,
                private_key=private,
                webhook_secret=WEBHOOK_SECRET,
                github=roots(hub.api_url),
                queue=stage.queue_file,
                registries=frozenset({REGISTRY}),
                registry_mirrors={REGISTRY: registry_url},
                registry_secrets={"distribution": REGISTRY_SECRET},
                docker_config=None,
                host="127.0.0.1",
                port=PORT,
                log_level="ERROR",
            )
            await live(Town(loop, stage, settings, crashes))  # type: ignore[misc]
    finally:
        logger.removeHandler(crashes)


__all__ = ["Bot", "Town", "inhabit"]
