"""A repository with hundreds of open pull requests by people: what a look costs, and that the bot finds its own among them."""

import subprocess
from datetime import timedelta

from bot.core.needs.repository import SweepNeeds
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.traffic.faults import Fate
from tests.scenarios.test_other_pull_requests import runs
from tests.scenarios.world import World, a_world

REPOSITORY = "acme/manifests"
SWEEPS = ("sweep", "more", "own")


def open_many(world: World, count: int) -> None:
    """A commit, a branch and a pull request each; GitHub tells nobody."""
    repository, erin = world.stage.manifests, world.stage.person("erin")
    world.stage.hub.faults.next_webhooks(Fate.LOSE, count=10 * count)
    head, names = repository.head(), [f"notes/{number:04}" for number in range(count)]
    stream = [
        f"commit refs/heads/{name}\ncommitter erin <erin@example.com> 1790000000 +0000\ndata 4\nNote\n"
        f"from {head}\nM 100644 inline {name}.md\ndata 2\n.\n"
        for name in names
    ]
    command = ("git", "-C", str(repository.store.path), "fast-import", "--quiet", "--force")
    subprocess.run(command, input="".join(stream).encode(), check=True)
    for name in names:
        world.stage.clock.advance(timedelta(seconds=1))
        repository.open_pull(PullDraft(title=name, body="", base="main", head=name), by=erin)
    world.stage.hub.faults.clear()


def spent(world: World) -> tuple[int, int]:
    """The requests and the points of looks at the repository since this was last asked."""
    client = world.stage.service.github.client
    found = tuple(sum(counter[name] for name in SWEEPS) for counter in (client.requests, client.points))
    client.requests.clear()
    client.points.clear()
    return found[0], found[1]


async def look(world: World) -> tuple[int, int]:
    """What one look at the repository costs, ten minutes later."""
    spent(world)
    world.stage.clock.advance(timedelta(minutes=10))
    await world.stage.service.queue.accept(None, (REPOSITORY,))
    await world.settle()
    return spent(world)


async def lived_through(world: World, count: int) -> None:
    """A promotion is open, behind all that people do beside it."""
    await world.release("v1.5.0")
    open_many(world, count)
    await look(world)
    assert len(runs(world, world.stage.manifests.pulls[count // 2])) == 1, "the required check passes on each"

    assert await look(world) <= (2, 3), "what nobody changed is not read again"
    erin, old = world.stage.person("erin"), world.stage.manifests.pulls[1]
    world.stage.manifests.commit_files({"a.md": "b\n"}, by=erin, branch=old.head_ref)
    await world.settle()
    assert await look(world) <= (2, 3)
    assert len(runs(world, old)) == 1, "a new commit of an old one is noticed"

    world.news()
    service = world.stage.service
    sweep = await service.github.sweep(SweepNeeds(REPOSITORY, read=service.passes.memory.read_pulls[REPOSITORY]))
    assert (sweep.partial, sweep.complete) == (True, True)
    assert [pull.number for pull in sweep.pulls if pull.is_ours] == [1], "its own is found by its branch"
    assert len(sweep.pulls) == 101

    world.stage.clock.advance(timedelta(hours=1))
    await look(world)
    assert (await look(world))[0] == count // 100 + 1, "once an hour, all are read"


async def test_its_own_are_found_without_reading_all_others_again() -> None:
    async with a_world() as world:
        await lived_through(world, 220)
        world.news()
