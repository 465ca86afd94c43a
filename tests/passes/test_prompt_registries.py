"""A registry that is slow costs a pass a few seconds at most, and its answer is used when it comes."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.core.values.artifacts import Artifact, Missing, Tags, Unanswered
from bot.core.values.permit import Priority
from bot.passes.prompt_registries import AGAIN, PromptRegistries, StillAsked
from tests.builders import artifact
from tests.queue.clocks import START, VirtualLoop, play, runtime_with

WEB, API = "ghcr.io/acme/web", "slow.example.com/acme/api"


class Slow:
    """A registry of which some images take long. asked: how often."""

    def __init__(self, *, seconds: float) -> None:
        self.seconds = seconds
        self.asked = 0

    async def _wait(self, image: str) -> None:
        self.asked += 1
        await asyncio.sleep(self.seconds if image.startswith("slow") else 0.1)

    async def tags(self, image: str) -> Tags | Missing | Unanswered:
        await self._wait(image)
        return Tags(image, ("v1.0.0",))

    async def observe(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        for image in wanted:
            await self._wait(image)
        return tuple(artifact(tag, image=image) for image, tags in wanted.items() for tag in sorted(tags))

    async def built(self, wanted: Mapping[str, frozenset[str]]) -> tuple[Artifact | Missing | Unanswered, ...]:
        return await self.observe(wanted)


def test_an_answer_that_comes_in_time_is_given() -> None:
    async def story(loop: VirtualLoop) -> None:
        prompt = PromptRegistries(Slow(seconds=4), runtime_with(loop.now))

        assert await prompt.tags(API) == Tags(API, ("v1.0.0",))
        assert await prompt.built({API: frozenset({"v1.0.0"})}) == (artifact("v1.0.0", image=API),)
        await prompt.close()

    play(story)


def test_a_slow_image_keeps_no_other_waiting_and_its_answer_is_used_by_the_next_pass() -> None:
    async def story(loop: VirtualLoop) -> None:
        slow = Slow(seconds=20)
        prompt = PromptRegistries(slow, runtime_with(loop.now))
        wanted = {WEB: frozenset({"v1.0.0"}), API: frozenset({"v1.0.0", "v2.0.0"})}

        seen = await prompt.observe(wanted)

        assert seen[0] == artifact("v1.0.0", image=WEB)
        assert [(each.image, each.tag) for each in seen[1:] if isinstance(each, Unanswered)] == [
            (API, "v1.0.0"),
            (API, "v2.0.0"),
        ]
        assert 5 <= loop.time() < 5.1
        again = await prompt.observe(wanted)
        assert isinstance(again[1], Unanswered)
        assert loop.time() < 5.3, "it was waited for already"

        await asyncio.sleep(16)
        asked = slow.asked
        assert await prompt.observe({API: wanted[API]}) == (
            artifact("v1.0.0", image=API),
            artifact("v2.0.0", image=API),
        )
        assert slow.asked == asked, "the answer that came late is given once"
        await prompt.observe({API: wanted[API]})
        assert slow.asked == asked + 1
        await prompt.close()

    play(story)


def test_an_answer_that_came_long_ago_is_asked_for_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        slow = Slow(seconds=20)
        prompt = PromptRegistries(slow, runtime_with(loop.now))
        assert isinstance(await prompt.tags(API), Unanswered)
        (silent,) = await prompt.built({API: frozenset({"v1.0.0"})})
        assert isinstance(silent, Unanswered)
        await asyncio.sleep(90)

        assert isinstance(await prompt.tags(API), Unanswered)
        assert slow.asked == 3
        await prompt.close()

    play(story)


def test_who_asks_what_is_being_asked_waits_with_the_first() -> None:
    async def story(loop: VirtualLoop) -> None:
        slow = Slow(seconds=4)
        prompt = PromptRegistries(slow, runtime_with(loop.now))

        async def later() -> Tags | Missing | Unanswered:
            await asyncio.sleep(2)
            return await prompt.tags(API)

        first, second = await asyncio.gather(prompt.tags(API), later())
        assert first == second == Tags(API, ("v1.0.0",))
        assert slow.asked == 1
        await prompt.close()

    play(story)


def test_the_pass_looks_again_soon() -> None:
    async def story(loop: VirtualLoop) -> None:
        prompt = PromptRegistries(Slow(seconds=60), runtime_with(loop.now))

        answer = await prompt.tags(API)

        assert isinstance(answer, Unanswered)
        assert answer.reason == "the registry has not answered yet; it is still being asked"
        assert answer.again_at is not None
        assert AGAIN - timedelta(seconds=6) < answer.again_at - START <= AGAIN + timedelta(seconds=6)
        await prompt.close()

    play(story)


class Due:
    """The keys that were made due, and when."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.keys: list[tuple[str, float]] = []

    async def __call__(self, key: str, priority: Priority = Priority.EVENT) -> None:
        assert priority is Priority.EVENT
        self.keys.append((key, round(self._loop.time(), 1)))


KEY = "acme/deploy#api"


class TestParking:
    """A pass that nobody waits for gives its slot back to a slow registry."""

    def test_it_ends_after_a_glance_and_its_key_is_due_with_the_answer(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            due = Due(loop)
            prompt = PromptRegistries(Slow(seconds=3), runtime_with(loop.now), make_due=due)
            with prompt.waiting(KEY, Priority.EVENT), pytest.raises(StillAsked) as registry:
                await prompt.tags(API)
            assert loop.time() == pytest.approx(1, abs=0.1)
            assert registry.value.left == pytest.approx(timedelta(seconds=4), abs=timedelta(seconds=0.1))

            await asyncio.sleep(5)

            assert due.keys == [(KEY, 3.0)]
            with prompt.waiting(KEY, Priority.EVENT):
                assert await prompt.tags(API) == Tags(API, ("v1.0.0",))
            await prompt.close()

        play(story)

    def test_when_the_registrys_time_is_up_it_continues_without(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            prompt = PromptRegistries(Slow(seconds=60), runtime_with(loop.now), make_due=Due(loop))
            with prompt.waiting(KEY, Priority.EVENT):
                with pytest.raises(StillAsked) as registry:
                    await prompt.observe({API: frozenset({"v1.0.0"}), WEB: frozenset({"v1.0.0"})})
                await asyncio.sleep(registry.value.left.total_seconds())

                (seen,) = await prompt.observe({API: frozenset({"v1.0.0"})})

            assert isinstance(seen, Unanswered)
            await prompt.close()

        play(story)

    def test_every_key_that_waits_is_told(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            due = Due(loop)
            prompt = PromptRegistries(Slow(seconds=3), runtime_with(loop.now), make_due=due)
            for key in ("acme/deploy#a", "acme/deploy#b"):
                with prompt.waiting(key, Priority.EVENT), pytest.raises(StillAsked):
                    await prompt.tags(API)
            await asyncio.sleep(5)

            assert due.keys == [("acme/deploy#a", 3.0), ("acme/deploy#b", 3.0)]
            await prompt.close()

        play(story)

    def test_a_queue_that_cannot_be_told_does_no_harm(self, caplog: pytest.LogCaptureFixture) -> None:
        async def story(loop: VirtualLoop) -> None:
            async def gone(key: str, priority: Priority = Priority.EVENT) -> None:
                raise OSError(f"no queue for {key}, {priority}")

            prompt = PromptRegistries(Slow(seconds=3), runtime_with(loop.now), make_due=gone)
            with prompt.waiting(KEY, Priority.EVENT), pytest.raises(StillAsked):
                await prompt.tags(API)
            await asyncio.sleep(5)
            await prompt.close()

        play(story)
        assert "comes a little later: no queue for acme/deploy#api" in caplog.text

    def test_a_bug_is_not_hidden_by_a_slow_image(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            class Broken(Slow):
                async def observe(
                    self, wanted: Mapping[str, frozenset[str]]
                ) -> tuple[Artifact | Missing | Unanswered, ...]:
                    if WEB in wanted:
                        raise ZeroDivisionError
                    return await super().observe(wanted)

            prompt = PromptRegistries(Broken(seconds=3), runtime_with(loop.now), make_due=Due(loop))
            with prompt.waiting(KEY, Priority.EVENT), pytest.raises(ZeroDivisionError):
                await prompt.observe({API: frozenset({"v1.0.0"}), WEB: frozenset({"v1.0.0"})})
            await prompt.close()

        play(story)

    def test_people_wait_no_longer_than_a_glance(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            prompt = PromptRegistries(Slow(seconds=60), runtime_with(loop.now), make_due=Due(loop))
            with prompt.waiting(KEY, Priority.PEOPLE):
                assert isinstance(await prompt.tags(API), Unanswered)
            assert loop.time() == pytest.approx(1, abs=0.1)
            await prompt.close()

        play(story)

    def test_a_repository_glances_at_many_and_waits(self) -> None:
        async def story(loop: VirtualLoop) -> None:
            prompt = PromptRegistries(Slow(seconds=4), runtime_with(loop.now), make_due=Due(loop))
            with prompt.waiting("acme/deploy", Priority.SWEEP):
                assert await prompt.tags(API) == Tags(API, ("v1.0.0",))
            await prompt.close()

        play(story)
