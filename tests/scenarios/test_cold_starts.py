"""A bot that remembers nothing, in front of a repository with many applications: what it asks GitHub, and what it misses.

GitHub allows an App 5,000 points an hour: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from datetime import timedelta

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.protection.protection import MergeMethod
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.registry.faults import Fault
from tests.scenarios.fleets import PLACES, POLICY, a_fleet, manifest, name_of
from tests.scenarios.world import World

BY_PEOPLE = POLICY.replace("dev: {from: registry}", "dev: {from: registry, merge: manual}")
LIFE = ("installations", "installation", "access_token", "repositories", "deliveries", "redelivery")
"""What every start asks for, whatever the repositories hold."""


def spent(world: World) -> tuple[int, int]:
    """The requests and the points that the bot has spent since this was last asked, but for those of every start."""
    client = world.stage.service.github.client
    requests = sum(count for name, count in client.requests.items() if name not in LIFE)
    points = sum(client.points.values())
    client.requests.clear()
    client.points.clear()
    return requests, points


async def opened(world: World, numbers: range) -> None:
    """Newer images are there; the bot starts, opens their promotions, and moves to another machine."""
    for number in numbers:
        world.stage.registry.push_image(f"acme/{name_of(number)}", "v1.1.0")
    await world.stage.start()
    await world.live(timedelta(minutes=len(numbers) // 5))  # GitHub's limit on new content is kept
    assert len([line for line in world.news() if line.startswith("opened")]) == len(numbers)
    await world.restart()


@pytest.mark.story
async def test_only_what_is_open_or_new_gets_a_look_of_its_own() -> None:
    async with a_fleet(60, policy=BY_PEOPLE) as world:
        await opened(world, range(0, 60, 20))
        requests, points = spent(world)
        assert requests <= 20
        assert points <= 25
        assert len(world.stage.open_promotions()) == 3
        rows = await world.stage.service.queue.snapshot()
        assert len(rows) <= 4, "applications at rest have no key"
        world.news()


@pytest.mark.story
@pytest.mark.timeout(600)  # a minute of work, on a machine that has nothing else to do
async def test_five_thousand_applications_and_fifty_open_promotions() -> None:
    async with a_fleet(5_000, policy=BY_PEOPLE) as world:
        await opened(world, range(0, 5_000, 100))
        requests, points = spent(world)
        assert requests <= 300
        assert points <= 500
        assert len(world.stage.open_promotions()) == 50

        await world.live(timedelta(minutes=11))
        spent(world)
        await world.live(timedelta(minutes=11))
        assert spent(world)[0] <= 3, "a quiet sweep, or two"
        world.news()


@pytest.mark.story
async def test_an_image_whose_notification_is_lost_is_found_within_the_hour() -> None:
    async with a_fleet(30) as world:
        await world.stage.start()
        world.stage.registry.mute()
        world.stage.registry.push_image("acme/app-00007", "v1.1.0")
        spent(world)
        await world.live(timedelta(minutes=70))
        lines = world.actions()
        assert "opened dev: app-00007 v1.0.0 → v1.1.0" in lines
        assert spent(world)[0] < 40


async def test_a_person_who_changes_one_application_is_noticed() -> None:
    async with a_fleet(30) as world:
        await world.stage.start()
        await world.push(
            {"envs/prod/app-00003/deployment.yaml": manifest("app-00003", "v0.9.0", place="prod")}, by="alice"
        )
        lines = world.actions()
        assert "recorded: app-00003 v1.0.0 is rejected in prod" in lines, "reverted by hand"


@pytest.mark.story
async def test_a_promotion_that_was_merged_while_the_bot_was_away_says_so() -> None:
    async with a_fleet(30, policy=BY_PEOPLE) as world:
        world.stage.registry.push_image("acme/app-00002", "v1.1.0")
        await world.stage.start()
        pull = world.pull("dev", application="app-00002")
        await world.stage.stop()
        merge(pull, MergeOrder(method=MergeMethod.MERGE), by=world.stage.person("alice"))
        world.stage.queue_file.unlink()
        await world.stage.start()
        assert "Merged by alice" in world.page("dev", application="app-00002")
        world.news()


async def test_a_fleet_that_shrinks_asks_for_itself_again() -> None:
    async with a_fleet(21) as world:
        await world.stage.start()
        gone = {f"envs/{place}/{name_of(20)}/deployment.yaml": None for place in ("dev", "staging", "prod")}
        gone |= {f"envs/{place}/{name_of(19)}/deployment.yaml": None for place in ("dev", "staging", "prod")}
        await world.push(gone, by="alice")
        rows = await world.stage.service.queue.snapshot()
        assert len(rows) == 1 + 19
        world.news()


SOURCED = POLICY.replace("    versions:", "    source: {repository: acme/web}\n    versions:").replace(
    "dev: {from: registry}", "dev: {from: registry, gates: {checks: [build]}}"
)


@pytest.mark.story
async def test_source_repositories_are_read_many_at_once() -> None:
    """The newest commit of the source is red, which the dashboard says of every application that is built from it."""
    async with a_fleet(30, policy=SOURCED) as world:
        world.stage.build("v1.1.0", checks={"build": Conclusion.FAILURE})
        await world.stage.start()
        asked = dict(world.stage.service.github.client.requests)
        assert asked["sources"] == 1
        assert asked.get("observe", 0) == 0
        assert "failed" in world.row("dev", application="app-00003")

        built = world.stage.build("v1.1.1")
        world.stage.registry.push_image("acme/app-00003", "v1.1.0", revision=built)
        await world.settle()
        assert "opened dev: app-00003 v1.0.0 → v1.1.0" in world.actions()


@pytest.mark.story
@pytest.mark.parametrize("order", ["semver: '>=1.0.0'", "commit: long"])
async def test_a_source_that_cannot_be_read_is_looked_at_by_each_application(order: str) -> None:
    policy = SOURCED.replace("acme/web", "acme/nowhere").replace("semver: '>=1.0.0'", order)
    async with a_fleet(20, policy=policy) as world:
        await world.stage.start()
        assert world.stage.service.github.client.requests["observe"] >= 20
        world.news()


async def test_a_registry_that_is_down_costs_no_looks() -> None:
    """Each application says so, and is found at rest once the registry is back."""
    async with a_fleet(30) as world:
        world.break_registry()
        await world.stage.start()
        assert world.stage.service.github.client.requests["observe"] == 0
        world.mend_registry()
        await world.live(timedelta(minutes=25))
        assert world.stage.service.github.client.requests["observe"] == 0
        rows = await world.stage.service.queue.snapshot()
        assert [row.key for row in rows] == ["acme/manifests"]
        world.news()


@pytest.mark.story
async def test_an_image_whose_registry_is_slow_keeps_no_other_waiting() -> None:
    async with a_fleet(30) as world:
        world.stage.registry.faults.add(Fault.SLOW, path="app-00003")
        await world.stage.start()
        memory = world.stage.service.passes.memory
        assert len(memory.board("acme/manifests").rows) == 30
        assert memory.fleet("acme/manifests").unfinished is False
        assert world.stage.service.github.client.requests["sweep"] <= 15
        world.stage.registry.faults.clear()
        world.news()


def everywhere(number: int, tag: str | None, *, file: str = "deployment.yaml") -> dict[str, str | None]:
    """The application's file in every environment."""
    name = name_of(number)
    return {
        f"envs/{place}/{name}/{file}": None if tag is None else manifest(name, tag, place=place) for place in PLACES
    }


def merged(world: World, number: int, tag: str, method: MergeMethod) -> None:
    """A person moves an application to a version everywhere, in a pull request of two commits."""
    repository, alice, branch = world.stage.manifests, world.stage.person("alice"), f"by-hand-{number}"
    repository.create_branch(branch, by=alice)
    for version in ("v1.0.1", tag):
        repository.commit_files(everywhere(number, version), by=alice, branch=branch, message=version)
    pull = repository.open_pull(PullDraft(title=branch, body="", base="main", head=branch), by=alice)
    merge(pull, MergeOrder(method=method), by=alice)


@pytest.mark.story
async def test_a_look_at_each_application_finds_nothing_else() -> None:
    """Whatever its history: squashed, merged, rebased, pushed, reverted, moved to another file."""
    async with a_fleet(24) as world:
        repository, alice = world.stage.manifests, world.stage.person("alice")
        for number in range(1, 6):
            world.stage.registry.push_image(f"acme/{name_of(number)}", "v1.1.0")
        for number, method in enumerate((MergeMethod.SQUASH, MergeMethod.MERGE, MergeMethod.REBASE), 1):
            merged(world, number, "v1.1.0", method)
        pushes = [everywhere(4, "v1.1.0"), everywhere(5, "v1.1.0"), everywhere(5, "v1.0.0")]
        pushes += [{**everywhere(6, None), **everywhere(6, "v1.0.0", file="app.yaml")}, everywhere(7, "v2.0.0")]
        pushes += [everywhere(8, "v0.9.0"), everywhere(8, "v1.0.0"), {"envs/dev/app-00009/more.yaml": "kind: List\n"}]
        for files in pushes:
            repository.commit_files(files, by=alice, message="By hand")
        await world.stage.start()
        memory = world.stage.service.passes.memory
        found = dict(memory.board("acme/manifests").rows)
        resting = set(memory.fleet("acme/manifests").glanced)
        assert {name_of(number) for number in (1, 2, 3, 4, 6, 8, 9)} <= resting
        world.news()

        await world.stage.service.queue.accept(None, [f"acme/manifests#{name_of(number)}" for number in range(24)])
        await world.settle()
        assert world.news() == []
        assert not memory.fleet("acme/manifests").glanced
        assert dict(memory.board("acme/manifests").rows) == found
