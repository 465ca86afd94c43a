"""The cost of a release on its way to production: requests to GitHub's API, counted on a warm bot."""

from datetime import timedelta

from bot.core.needs.application import Needs
from bot.core.observation.observation import Observation
from bot.github.facade import GitHub
from bot.passes.memory.source_logs import SourceLogs
from bot.simulator.github.model.checks.runs import Conclusion
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world


class CountingLooks:
    """GitHub, and the source commits whose log it was asked for."""

    def __init__(self, github: GitHub) -> None:
        self.logs: list[frozenset[str]] = []
        self.sweep, self.apply, self.proposals = github.sweep, github.apply, github.proposals
        self.dashboard, self.write_dashboard = github.dashboard, github.write_dashboard
        self.changed_files, self.forget = github.changed_files, github.forget
        self.files, self.contents, self.ended = github.files, github.contents, github.ended
        self.granted = github.granted
        self.source_glimpses = github.source_glimpses
        self.beginnings = github.beginnings
        self.deployments, self.deploy = github.deployments, github.deploy
        self._observe = github.observe

    async def observe(self, needs: Needs) -> Observation:
        """Look."""
        self.logs += [needs.logs] if needs.logs else []
        return await self._observe(needs)


async def warm(world: World) -> None:
    """Promote a first version to dev, so that everything cacheable is cached."""
    await to_dev(world, "v1.5.0")
    world.news()
    world.requests()


def up_to(requests: list[frozenset[str]], mutation: str) -> int:
    """How many requests it took until one of them carried this mutation, that one included."""
    return next(number for number, operations in enumerate(requests, 1) if mutation in operations)


async def test_opening_costs_two_requests() -> None:
    """One to observe, and one that records the digests, makes the branch, commits and opens."""
    async with a_world() as world:
        await warm(world)
        await world.release("v1.5.1")
        assert up_to(world.operations(), "createPullRequest") <= 2
        world.news()


async def test_source_commits_are_read_once() -> None:
    """Their log comes with the look that a new image causes. A restarted bot reads it once more."""
    async with a_world() as world:
        await warm(world)
        passes = world.stage.service.passes
        looks = passes._application._looking._github = CountingLooks(world.stage.service.github)
        await world.release("v1.5.1")
        await world.sync("dev")
        await world.advance(timedelta(minutes=31))
        assert looks.logs == [{world.stage.commits["v1.5.1"]}]

        passes.memory.source_logs = SourceLogs()
        await world.validate("dev")
        await world.validate("staging")
        assert looks.logs[1:] == [{world.stage.commits["v1.5.0"], world.stage.commits["v1.5.1"]}]
        world.news()


async def test_merging_costs_one_request_more_than_looking() -> None:
    """The check run and the merge share a request."""
    async with a_world() as world:
        await warm(world)
        await world.release("v1.5.1")
        world.requests()
        await world.sync("dev")
        await world.advance(timedelta(minutes=31))
        world.requests()
        await world.validate("dev")
        assert up_to(world.operations(), "mergePullRequest") <= 2
        world.news()


async def test_updating_costs_two_requests_more_than_looking() -> None:
    """One to observe, one to commit on the stage, one to move the promotion's branch there."""
    async with a_world() as world:
        await warm(world)
        await world.release("v1.5.1")
        world.requests()
        await world.release("v1.5.2")
        assert up_to(world.operations(), "updateRefs") <= 3
        world.news()


async def test_a_webhook_that_changes_nothing_costs_at_most_one_request() -> None:
    """A report on the default branch that no gate asks for, once a look at the repository has seen the present."""
    async with a_world() as world:
        await warm(world)
        for _ in range(2):
            world.requests()
            world.stage.report(world.stage.manifests, world.stage.manifests.head(), "nightly", Conclusion.SUCCESS)
            await world.stage.settle()
        assert len(world.requests()) <= 1


async def test_a_comment_that_is_no_command_costs_at_most_one_request() -> None:
    """People talk; the bot looks once and says nothing."""
    async with a_world() as world:
        await warm(world)
        await world.comment("Shall we?", by="dana")
        world.requests()
        await world.comment("Yes, today.", by="sam")
        assert len(world.requests()) <= 1


async def test_a_promotion_costs_nine_requests_from_its_opening_to_its_merge() -> None:
    """With the looks that its own events cause; `docs/capacity.md` counts on it."""
    async with a_world() as world:
        await warm(world)
        client = world.stage.service.github.client
        client.points.clear()
        await to_dev(world, "v1.6.0")
        assert len(world.requests()) <= 9
        assert client.points.total() <= 11
        world.news()


async def test_an_answer_costs_nine_requests() -> None:
    """Of these, two tell GitHub that the comment was seen and answered, and two ask what its author may do."""
    async with a_world() as world:
        await warm(world)
        await world.ask("/why prod", by="dana")
        assert len(world.requests()) <= 9
        world.news()
