"""A repository is renamed, transferred, or its owner renamed: it is one repository all the while, and everything goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.traffic.faults import Fate
from tests.scenarios.world import World, a_world

pytestmark = pytest.mark.story  # minutes of work in all


async def keys(world: World) -> set[str]:
    """What the bot still looks after."""
    return {row.key for row in await world.stage.service.queue.snapshot()}


def its_keys(name: str) -> set[str]:
    return {name, f"{name}#web"}


def rename(world: World, name: str = "deploy") -> None:
    world.stage.github.rename_repository(world.stage.manifests, name, by=world.stage.person("alice"))


def rename_owner(world: World) -> None:
    acme = world.stage.manifests.owner
    world.stage.github.rename_account(acme, "acme-corp", by=world.stage.person("alice"))


def transfer(world: World) -> None:
    """globex has the App as well, and takes over the source, too."""
    alice, github = world.stage.person("alice"), world.stage.github
    globex = github.organisation("globex")
    globex.add_member(alice)
    github.install(world.stage.app, globex, by=alice)
    for repository in (world.stage.manifests, world.stage.source):
        github.transfer_repository(repository, globex, by=alice)


MOVES = [(rename, "acme/deploy"), (rename_owner, "acme-corp/manifests"), (transfer, "globex/manifests")]


@pytest.mark.parametrize(("move", "name"), MOVES)
async def test_the_manifests_repository_moves(move: Callable[[World], None], name: str) -> None:
    """policy-bot#408: one repository by its number; the former keys are retired, and nothing is answered twice."""
    async with a_world() as world:
        await world.release("v1.5.0")
        assert await keys(world) == its_keys("acme/manifests")
        world.news()
        move(world)
        await world.live(
            timedelta(hours=2)
        )  # long enough for the hourly list of repositories and for a token to expire
        assert await keys(world) == its_keys(name)
        assert world.news() == []
        assert "runs `v1.4.1`" in await world.say("/why dev", by="dana")
        await world.validate("dev")
        assert [line for line in world.news() if line.startswith("merged")] == ["merged #1"]
        assert await keys(world) == its_keys(name)


@pytest.mark.parametrize(("move", "name"), MOVES)
async def test_it_moves_and_no_webhook_says_so(move: Callable[[World], None], name: str) -> None:
    """The former key finds out by itself, and takes what is remembered along."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        world.stage.hub.faults.next_webhooks(Fate.LOSE, count=10_000)
        move(world)
        await world.live(timedelta(hours=3))
        assert await keys(world) == its_keys(name)
        world.stage.hub.faults.clear()
        assert world.news() == []
        await world.validate("dev")
        assert [line for line in world.news() if line.startswith("merged")] == ["merged #1"]


async def test_it_is_renamed_while_the_bot_is_away() -> None:
    """The queue still has the former keys, and no token of the former name can be had any more."""
    async with a_world() as world:
        await world.release("v1.5.0")
        world.news()
        await world.stage.stop()
        rename(world)
        await world.stage.start()
        await world.live(timedelta(hours=1))
        assert await keys(world) == its_keys("acme/deploy")
        await world.validate("dev")
        assert [line for line in world.news() if line.startswith("merged")] == ["merged #1"]


async def test_an_image_looks_at_a_renamed_repository_once() -> None:
    """The index of events follows, so that the registry's hook makes one key due and not two."""
    async with a_world() as world:
        rename(world)
        await world.live(timedelta(hours=2))
        world.requests()
        await world.release("v1.5.0")
        assert [line for line in world.news() if line.startswith("opened")] == ["opened #1 dev: web v1.4.1 → v1.5.0"]
        assert all("/manifests/" not in asked for asked in world.requests())
        assert await keys(world) == its_keys("acme/deploy")


async def test_another_repository_takes_the_former_name() -> None:
    """It is another one, with a policy of its own: nothing of the former one is believed of it."""
    async with a_world() as world:
        await world.release("v1.5.0")
        alice = world.stage.person("alice")
        rename(world)
        await world.live(timedelta(hours=2))
        other = world.stage.github.create_repository("acme/manifests", files={"README.md": "# New\n"}, by=alice)
        other.grant(alice, Role.ADMIN)
        installation = next(
            each for each in world.stage.github.installations.values() if world.stage.manifests in each.selected
        )
        world.stage.github.select_repositories(installation, add=[other], by=alice)
        await world.settle()
        assert await keys(world) == its_keys("acme/deploy")
        other.commit_files({".gitops.yml": POLICY.replace("  web:\n", "  other:\n")}, by=alice, message="Begin")
        await world.live(timedelta(hours=2))
        assert await keys(world) == {*its_keys("acme/deploy"), "acme/manifests", "acme/manifests#other"}
        await world.validate("dev")
        assert world.pull("dev").state is State.MERGED
        assert not other.pulls
        world.news()


async def test_it_is_transferred_and_its_source_stays_behind() -> None:
    """The policy names a repository of another owner now, whose content the server has to allow it to read."""
    async with a_world() as world:
        alice, github = world.stage.person("alice"), world.stage.github
        await world.release("v1.5.0")
        globex = github.organisation("globex")
        globex.add_member(alice)
        github.install(world.stage.app, globex, by=alice)
        github.transfer_repository(world.stage.manifests, globex, by=alice)
        await world.live(timedelta(hours=2))
        assert await keys(world) == its_keys("globex/manifests")
        await world.validate("dev")
        assert world.pull("dev").state is State.OPEN
        assert "acme/web" in world.verdict("dev")
        world.news()


async def test_it_is_transferred_to_where_the_app_is_not_installed() -> None:
    """There is nothing to look after any more."""
    async with a_world() as world:
        alice = world.stage.person("alice")
        globex = world.stage.github.organisation("globex")
        globex.add_member(alice)
        world.stage.github.transfer_repository(world.stage.manifests, globex, by=alice)
        await world.live(timedelta(hours=2))
        assert await keys(world) == set()


@pytest.mark.parametrize("fate", [None, Fate.LOSE])
async def test_the_source_repository_is_renamed(fate: Fate | None) -> None:
    """The policy still has the former name: its checks are read, and its events make the application due."""
    async with a_world() as world:
        if fate:
            world.stage.hub.faults.next_webhooks(fate, count=10_000)
        world.stage.github.rename_repository(world.stage.source, "site", by=world.stage.person("dana"))
        await world.live(timedelta(hours=2))
        world.stage.hub.faults.clear()
        world.stage.build("v1.5.0", checks={})
        await world.push_image("v1.5.0")
        assert world.verdict("dev").startswith("checks: ")
        world.stage.report(world.stage.source, world.stage.commits["v1.5.0"], "build", Conclusion.SUCCESS)
        await world.settle()
        assert world.verdict("dev").startswith("protection: ")
        assert "acme/site@" in world.pull("dev").body
        await world.validate("dev")
        assert world.pull("dev").state is State.MERGED
        world.news()
