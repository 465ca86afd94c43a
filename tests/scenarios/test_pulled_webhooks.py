"""A server that nobody can reach: it asks GitHub for its webhooks, and everything else stays as it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import aiohttp

from bot.core.values.permit import Priority
from bot.settings import Webhooks
from bot.simulator.github.model.checks.runs import Conclusion
from bot.telemetry import telemetry
from tests.scenarios.world import World, a_world


@asynccontextmanager
async def unreachable() -> AsyncIterator[World]:
    """Yield a world whose bot pulls, and whose webhooks lead nowhere."""
    async with a_world() as world:
        stage = world.stage
        await stage.stop()
        stage.settings = replace(stage.settings, webhooks=Webhooks.PULL, webhook_secret="")
        await stage.start()
        stage.app.webhook_url = "http://127.0.0.1:1/webhooks/github"
        await pull(world)
        world.news()
        yield world


async def pull(world: World) -> None:
    """Ask until GitHub has nothing new: what the bot does causes further webhooks."""
    await world.stage.settle()
    for _ in range(3):
        await world.stage.service.pull()
        await world.stage.settle()


async def test_it_hears_of_everything_by_asking() -> None:
    async with unreachable() as world:
        await world.release("v1.5.0")
        await pull(world)
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"
        await world.validate("dev")
        await pull(world)
        assert "merged #1" in world.news()
        assert not any(delivery.status_code for delivery in world.stage.hub.webhooks.deliveries()[:5])


async def test_a_command_is_carried_out_once() -> None:
    async with unreachable() as world:
        await world.release("v1.5.0")
        await pull(world)
        world.news()
        world.stage.comment(1, "/hold dev", by="dana")
        await pull(world)
        held = [line for line in world.news() if line.startswith("answered")]
        delivery = next(
            each for each in reversed(world.stage.hub.webhooks.deliveries()) if each.event == "issue_comment"
        )
        world.stage.hub.webhooks.redeliver(delivery)
        await pull(world)
        assert len(held) == 1
        assert world.news() == []


def accepted(event: str) -> float:
    """How many webhooks of this event were accepted so far."""
    labels = {"source": "github", "event": event, "result": "accepted"}
    return telemetry().metrics.registry.get_sample_value("gitops_bot_webhooks_total", labels) or 0


async def test_what_was_read_is_counted_and_people_come_first() -> None:
    async with unreachable() as world:
        await world.release("v1.5.0")
        await pull(world)
        world.news()
        queue, before = world.stage.service.queue, accepted("issue_comment")
        await world.stage.service.runner.stop(grace=timedelta())
        world.stage.comment(1, "/why dev", by="dana")
        await world.stage.service.pull()
        (first,) = await queue.claim(1)
        assert first.priority is Priority.PEOPLE
        assert accepted("issue_comment") == before + 1
        await queue.release(first)


async def test_what_happened_before_a_restart_is_found_by_looking() -> None:
    """The first look reads the last minutes; the start looks at everything else."""
    async with unreachable() as world:
        await world.stage.stop()
        world.stage.release("v1.5.0")
        await world.stage.start()
        await pull(world)
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"


async def test_nobody_can_send_webhooks_to_it() -> None:
    """It has no secret, so anybody could sign."""
    async with unreachable() as world, aiohttp.ClientSession() as session:
        url = f"{world.stage.service.url}/webhooks/github"
        async with session.post(url, json={}, headers={"X-GitHub-Event": "push"}) as answer:
            assert answer.status == 404


async def test_a_check_on_the_source_commit_announces_an_image_that_no_hook_announced() -> None:
    """Registries cannot reach the server either; CI that ends after the push makes the bot look."""
    async with unreachable() as world:
        stage = world.stage
        stage.registry.mute()
        commit = stage.build("v1.5.0", checks={})
        await pull(world)
        stage.push_image("v1.5.0")
        await pull(world)
        assert world.news() == []
        stage.report(stage.source, commit, "build", Conclusion.SUCCESS)
        await pull(world)
        assert world.news()[-1] == "opened #1 dev: web v1.4.1 → v1.5.0"
