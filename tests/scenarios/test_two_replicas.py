"""Two replicas on one queue and one GitHub: nothing is lost, done twice or starved."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.core.records.branch import Records, read_records
from bot.queue.runner import Outcome
from bot.service import Service, running
from bot.simulator.github.model.conversations.conversation import Comment
from tests.scenarios.world import TEAM, World, a_world, with_files

pytestmark = pytest.mark.story  # minutes of work in all

NAMES = tuple(f"app{number}" for number in range(6))
POLICY = "\n".join(
    [
        "version: 1",
        "applications:",
        *(f"  {name}: {{image: ghcr.io/acme/{name}, versions: {{semver: '*', write: tag}}}}" for name in NAMES),
        "environments:",
        "  dev: {path: 'envs/dev/{application}', from: registry}",
        "  prod: {path: 'envs/prod/{application}', from: dev, promote: manual}",
        "",
    ]
)
MANY = with_files(
    {
        ".gitops.yml": POLICY,
        **{
            f"envs/{place}/{name}/kustomization.yaml": f"images: [{{name: ghcr.io/acme/{name}, newTag: v1.0.0}}]\n"
            for place in ("dev", "prod")
            for name in NAMES
        },
    },
    replace(TEAM, others={f"acme/{name}": ("v1.0.0",) for name in NAMES}),
)


@asynccontextmanager
async def another(world: World) -> AsyncIterator[Service]:
    """A second replica, beside the one of the world."""
    async with running(world.stage.settings, world.stage.runtime) as service:
        await service.discovered.wait()
        yield service


async def settle(world: World, other: Service) -> None:
    """Until neither has anything left to do within two minutes."""
    while True:
        seen = world.stage.github.events.revision
        other.queue.wake()
        await world.stage.settle()
        await other.runner.settled()
        if seen == world.stage.github.events.revision:
            return


def records(world: World) -> Records:
    """Return the records on `gitops-state`."""
    store, head = world.stage.manifests.store, world.stage.manifests.head("gitops-state")
    return read_records(
        {f"{name}.yaml": (store.file(head, f"{name}.yaml") or b"").decode() for name in ("dev", "prod")}
    )


async def test_concurrent_writes_of_two_replicas_lose_nothing() -> None:
    """Six applications see new versions at once, while people write commands: each is recorded once, and answered once."""
    async with a_world(MANY) as world, another(world) as other:
        stage = world.stage
        stage.manifests.open_issue("ops", by=stage.person("sam"))
        await settle(world, other)
        world.news()
        hooks = (stage.app.webhook_url, f"{other.url}/webhooks/github")
        comments: list[Comment] = []
        for number, name in enumerate(NAMES):
            stage.app.webhook_url = hooks[number % 2]
            stage.push_other(f"acme/{name}", "v1.1.0")
            comments.append(stage.comment(1, f"/reject {name}@v9.{number}.0 no", by="sam"))
        comments.append(stage.comment(1, "/hold prod the database moves", by="sam"))
        await stage.service.queue.accept(None, [f"acme/manifests#{name}" for name in NAMES])
        await settle(world, other)
        news = Counter(re.sub(r"#\d+ |\u2060", "", line) for line in world.news())

        for number, name in enumerate(NAMES):
            assert news[f"opened dev: {name} v1.0.0 → v1.1.0"] == 1
            assert news[f"recorded: {name} v1.1.0 was first seen"] == 1
            assert news[f"recorded: sam: /reject {name}@v9.{number}.0 no"] == 1
        assert news["recorded: sam: /hold prod the database moves"] == 1
        bots = [each for each in stage.manifests.conversation(1).comments if each.author.login.endswith("[bot]")]
        assert len(bots) == len(comments)
        texts = {
            name: stage.manifests.store.file(stage.manifests.head("gitops-state"), f"{name}.yaml")
            for name in ("dev", "prod")
        }
        assert all(f"tag: v9.{number}.0" in (text or b"").decode() for text in texts.values() for number in range(6))
        assert b"the database moves" in (texts["prod"] or b"")
        assert all(f"{name}:" in (texts["dev"] or b"").decode() for name in NAMES)


async def test_a_write_that_lost_a_race_is_retried_at_once() -> None:
    """Another writer is faster a few times: there is no delay and no refusal on any page."""
    async with a_world() as world:
        github = world.stage.service.github
        github.states.signed = True
        overtake, left = github._applier.apply, [3]

        async def overtaken(*arguments: object, **named: object) -> None:
            if left[0]:
                left[0] -= 1
                files = {"notes.txt": f"{left[0]}"}
                stage = world.stage
                if stage.manifests.find_branch("gitops-state") is None:
                    stage.manifests.create_branch("gitops-state", by=stage.person("dana"))
                stage.manifests.commit_files(files, by=stage.person("dana"), branch="gitops-state", message="Mine")
            await overtake(*arguments, **named)  # type: ignore[arg-type]

        github._applier.apply = overtaken  # type: ignore[method-assign]
        await world.release("v1.5.0")
        news = world.news()
        assert "recorded: web v1.5.0 was first seen" in news
        assert [line for line in news if line.startswith("opened")] == ["opened #1 dev: web v1.4.1 → v1.5.0"]
        assert left == [0]
        outcomes = world.stage.service.runner.outcomes
        assert outcomes[Outcome.TEMPORARY] == outcomes[Outcome.FAILED] == 0
