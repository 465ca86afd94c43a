"""Polls are spread over their period and over the registries, and announce what has changed."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.core.values.artifacts import News
from bot.passes.outside import Watched
from bot.passes.polling import PER_TURN, TURN, Polled, Polling, RegistryPolls
from bot.runtime import Runtime

START = datetime(2026, 3, 3, 12, tzinfo=UTC)
PERIOD = timedelta(minutes=5)


class World:
    """Images, what polls find of them, and a clock that is moved by hand."""

    def __init__(self, *images: str) -> None:
        self.now = START
        self.images = {Watched(image) for image in images}
        self.asked: list[tuple[datetime, str]] = []
        self.news: dict[str, News] = {}
        self.silent: set[str] = set()
        self.announced: list[str] = []
        self._random = 0
        runtime = Runtime(now=lambda: self.now, random=self.random, new_id=lambda: "id")
        self.polling = Polling(Polled(lambda: self.images, self.ask, self.announce), period=PERIOD, runtime=runtime)

    def random(self) -> float:
        """Evenly spread."""
        self._random += 1
        return (self._random * 0.61803) % 1

    async def ask(self, watched: Watched) -> News:
        self.asked.append((self.now, watched.image))
        return self.news.pop(watched.image, News.SILENT if watched.image in self.silent else News.SAME)

    async def announce(self, image: str) -> None:
        self.announced.append(image)

    async def live(self, length: timedelta) -> None:
        end = self.now + length
        while self.now < end:
            await self.polling.turn()
            self.now += TURN


async def test_each_image_is_asked_about_once_in_a_period() -> None:
    world = World(*(f"ghcr.io/acme/app{number}" for number in range(100)))
    await world.live(timedelta(hours=1))

    counts = Counter(image for _, image in world.asked)
    assert set(counts) == {watched.image for watched in world.images}
    assert 10 <= min(counts.values()) <= max(counts.values()) <= 14
    turns = Counter(at for at, _ in world.asked)
    assert max(turns.values()) <= PER_TURN
    assert len(turns) > 300, "spread over the hour's 360 turns"


async def test_with_too_many_images_the_period_grows_and_nobody_is_left_out() -> None:
    world = World(*(f"ghcr.io/acme/app{number}" for number in range(1000)), "quay.io/acme/web")
    await world.live(timedelta(minutes=40))

    counts = Counter(image for _, image in world.asked)
    assert min(counts.values()) >= 1
    assert counts["quay.io/acme/web"] >= 7, "another registry is not held up"
    busiest = Counter(at for at, image in world.asked if image.startswith("ghcr.io"))
    assert max(busiest.values()) <= PER_TURN


async def test_what_changed_is_announced_and_what_is_gone_is_forgotten() -> None:
    world = World("ghcr.io/acme/web", "ghcr.io/acme/api")
    world.news = {"ghcr.io/acme/web": News.CHANGED, "ghcr.io/acme/api": News.SILENT}
    await world.live(PERIOD)
    assert world.announced == ["ghcr.io/acme/web"]

    world.images = {Watched("ghcr.io/acme/api")}
    world.asked.clear()
    await world.live(2 * PERIOD)
    assert {image for _, image in world.asked} == {"ghcr.io/acme/api"}


async def test_it_tells_by_registry_when_it_last_asked_and_was_answered() -> None:
    world = World("ghcr.io/acme/web", "ghcr.io/acme/api", "quay.io/acme/web")
    assert world.polling.registries() == (), "before the first turn, nothing is known"
    await world.polling.turn()
    waiting = world.polling.registries()
    assert [(each.registry, each.images, each.polled_at, each.unanswered) for each in waiting] == [
        ("ghcr.io", 2, None, 0),
        ("quay.io", 1, None, 0),
    ]
    assert all(START <= each.next_at <= START + PERIOD for each in waiting)

    await world.live(PERIOD)
    answered = {image.partition("/")[0]: at for at, image in world.asked}
    assert {each.registry: each.answered_at for each in world.polling.registries()} == answered

    world.asked.clear()
    world.silent = {"quay.io/acme/web"}
    await world.live(2 * PERIOD)
    asked = {image.partition("/")[0]: at for at, image in world.asked}
    ghcr, quay = world.polling.registries()
    assert (ghcr.polled_at, ghcr.answered_at, ghcr.unanswered) == (asked["ghcr.io"], asked["ghcr.io"], 0)
    assert quay == RegistryPolls("quay.io", 1, asked["quay.io"], answered["quay.io"], 1, quay.next_at)
    assert quay.next_at > world.now - TURN

    world.images = {Watched("ghcr.io/acme/api")}
    await world.polling.turn()
    assert [(each.registry, each.images) for each in world.polling.registries()] == [("ghcr.io", 1)]
