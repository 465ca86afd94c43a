"""A registry that accepts connections and never answers costs its own applications only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.queue.runner import Pace
from bot.simulator.github.model.conversations.conversation import Comment
from bot.simulator.registry.faults import Fault
from tests.scenarios.world import World, a_world, with_files

pytestmark = pytest.mark.story  # minutes of work in all

APPLICATIONS = 24
"""More than the applications of one repository that run at once."""
SECONDS = 10

POLICY = (
    "version: 1\napplications:\n"
    + "".join(f"  app-{number}: {{image: ghcr.io/acme/app-{number}}}\n" for number in range(APPLICATIONS))
    + "environments:\n  dev: {path: 'envs/dev/{application}', from: registry}\n"
    "  prod: {path: 'envs/prod/{application}', from: dev, promote: manual}\n"
)
MANIFESTS = {
    f"envs/{environment}/app-{number}/kustomization.yaml": (
        f"images: [{{name: ghcr.io/acme/app-{number}, newTag: v1.0.0}}]\n"
    )
    for number in range(APPLICATIONS)
    for environment in ("dev", "prod")
}
FLEET = replace(
    with_files({".gitops.yml": POLICY, **MANIFESTS}),
    images=(),
    others={f"acme/app-{number}": ("v1.0.0",) for number in range(APPLICATIONS)},
)


def test_they_fill_the_slots_of_their_repository() -> None:
    """Else the story below would have a slot free for its answer."""
    assert Pace().share < APPLICATIONS


@asynccontextmanager
async def a_silent_registry() -> AsyncIterator[World]:
    """Every application was looked at, and then the registry falls silent while every one of them is due."""
    async with a_world(FLEET) as world:
        world.news()
        world.stage.registry.faults.add(Fault.SLOW, path="/v2/")
        for number in range(APPLICATIONS):
            await world.stage.service.queue.accept(None, [f"acme/manifests#app-{number}"])
        await asyncio.sleep(0.5)
        yield world
        world.stage.registry.faults.clear()
        await world.settle()
        world.news()


async def answered(world: World, comment: Comment) -> str:
    """The answer, which must come within seconds of real time."""
    for _ in range(SECONDS * 10):
        if found := [each for each in world.stage.replies(comment) if each.startswith("> ")]:
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError(f"{comment.body} was not answered within {SECONDS} seconds")


async def test_holds_are_answered_within_seconds() -> None:
    """A hold of everything, and one of an application of that registry."""
    async with a_silent_registry() as world:
        number = world.stage.manifests.open_issue("Stop", by=world.stage.person("sam")).number
        for body in ("/hold app-7@prod something is wrong", "/hold all something is wrong"):
            comment = world.stage.comment(number, body, by="sam")
            assert "hold" in (await answered(world, comment)).lower()
