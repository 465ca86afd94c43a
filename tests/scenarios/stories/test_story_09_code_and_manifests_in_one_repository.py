"""Code and manifests in one repository, whose CI builds every push to main: the bot's merges cause no endless loop.

What the bot merges is built too, and is no version: because nobody tagged it, or because it touches none of the source's paths.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.events import Event, PushEvent
from tests.scenarios.stories.telling import Interlude, go_on, restart
from tests.scenarios.test_orders import DEPLOYMENT, DEV, STAGING
from tests.scenarios.world import TEAM, Setting, World, a_world

POLICY = """\
version: 1
applications:
  web:
    image: ghcr.io/acme/web
    source: {repository: acme/manifests%s}
    versions: {%s}
environments:
  dev: {path: envs/dev/web, from: registry, gates: {checks: [build]}}
  staging: {path: envs/staging/web, from: dev, gates: {soak: 30m}}
"""


def one_repository(versions: str, *, paths: str = "") -> Setting:
    files = {".gitops.yml": POLICY % (paths, versions), "src/main.go": "package main\n"}
    manifests = {DEV: DEPLOYMENT % "v1.0.0", STAGING: DEPLOYMENT % "v1.0.0"}
    return Setting(files={**files, **manifests}, people=TEAM.people, teams={}, required_checks=(), images=("v1.0.0",))


@dataclass(slots=True)
class ContinuousIntegration:
    """Builds every commit on main, with its id as the tag. built: the number of builds."""

    world: World
    waiting: list[str] = field(default_factory=list)
    built: int = 0

    def hear(self, event: Event) -> None:
        if (
            isinstance(event, PushEvent)
            and event.ref == "refs/heads/main"
            and event.repository is self.world.stage.manifests
        ):
            self.waiting.append(event.after)

    async def work(self) -> None:
        """Until nothing is left to build."""
        while self.waiting:
            commit = self.waiting.pop(0)
            self.built += 1
            assert self.built < 20, "it goes round and round"
            self.world.stage.report(self.world.stage.manifests, commit, "build", Conclusion.SUCCESS)
            self.world.stage.registry.push_image("acme/web", commit, revision=commit)
            await self.world.settle()


async def renamed(world: World) -> None:
    """The policy still has the repository's former name."""
    world.stage.github.rename_repository(world.stage.manifests, "deploy", by=world.stage.person("alice"))
    await world.settle()


async def renamed_and_restarted(world: World) -> None:
    """The bot learns of it from the answers alone."""
    await renamed(world)
    await world.restart()


@pytest.mark.parametrize("interlude", [go_on, restart], ids=["", "restarted"])
async def test_the_bots_merges_are_not_released_as_versions(interlude: Interlude) -> None:
    """Dana's commit is released as v1.1.0 and goes its way; three builds in all, and then silence, which is counted."""
    async with a_world(one_repository("semver: '*'")) as world:
        ci = ContinuousIntegration(world)
        stop = world.stage.github.listen(ci.hear)
        commit = await world.push({"src/main.go": "package main // 2\n"}, by="dana")
        await ci.work()
        assert world.actions() == []
        world.stage.registry.push_image("acme/web", "v1.1.0", revision=commit)
        await world.settle()
        assert world.actions()[2:] == [
            "opened dev: web v1.0.0 → v1.1.0",
            "merged dev",
            "opened staging: web v1.0.0 → v1.1.0",
        ]
        await ci.work()
        assert world.actions() == []
        await interlude(world)
        await world.live(timedelta(minutes=40))
        await ci.work()
        assert world.actions() == ["merged staging"]
        assert ci.built == 3, "dana's commit and the two merges"
        assert world.text(DEV) == world.text(STAGING) == DEPLOYMENT % "v1.1.0"

        world.requests()
        await world.live(timedelta(hours=3))
        asked = Counter(world.requests())
        assert world.actions() == []
        assert asked["Sweep"] <= 20, "every ten minutes"
        assert asked["Observe"] <= 4, "every hour"
        assert asked["Write"] == 0
        stop()


@pytest.mark.parametrize(
    ("paths", "interlude"),
    [("", go_on), (", paths: ['src/**']", go_on), ("", renamed), ("", renamed_and_restarted)],
    ids=["unnamed", "named", "renamed", "renamed and restarted"],
)
async def test_if_every_commit_is_a_version_the_paths_prevent_a_loop(paths: str, interlude: Interlude) -> None:
    """In the order commit, each push to main makes an image: dana's commit is promoted, the bot's own are not."""
    async with a_world(one_repository("commit: long", paths=paths)) as world:
        await interlude(world)
        manifests = world.stage.manifests
        ci = ContinuousIntegration(world)
        stop = world.stage.github.listen(ci.hear)
        first = manifests.head()
        world.stage.registry.push_image("acme/web", first, revision=first)
        await world.push(dict.fromkeys((DEV, STAGING), DEPLOYMENT % first), by="alice", message="Begin")
        await ci.work()
        await world.live(timedelta(hours=1))
        assert world.actions() == []

        second = await world.push({"src/main.go": "package main // 2\n"}, by="dana")
        await ci.work()
        assert world.actions()[2:] == [
            f"opened dev: web {first} → {second}",
            "merged dev",
            f"opened staging: web {first} → {second}",
        ]
        await world.live(timedelta(minutes=40))
        await ci.work()
        await world.live(timedelta(hours=3))
        await ci.work()
        assert world.actions() == ["merged staging"]
        assert ci.built == 4
        assert world.text(DEV) == world.text(STAGING) == DEPLOYMENT % second
        why = await world.say("/why dev", by="dana")
        assert f"the commit of `{manifests.head()}` changes nothing in source.paths" in why
        stop()


async def test_a_promotion_causes_few_passes() -> None:
    """From the image to dev's merge, the webhooks of the bot's own writes cause no endless passes."""
    async with a_world(one_repository("semver: '*'")) as world:
        commit = await world.push({"src/main.go": "package main // 2\n"}, by="dana")
        world.stage.report(world.stage.manifests, commit, "build", Conclusion.SUCCESS)
        await world.settle()
        world.requests()
        world.stage.registry.push_image("acme/web", "v1.1.0", revision=commit)
        await world.settle()
        asked = Counter(world.requests())
        assert world.actions()[-2:] == ["merged dev", "opened staging: web v1.0.0 → v1.1.0"]
        assert asked["Observe"] <= 8
        assert asked["Sweep"] <= 5
        assert sum(asked.values()) <= 22
