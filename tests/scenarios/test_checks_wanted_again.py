"""Our check runs, pressed "Re-run" on or running for weeks: GitHub changes neither, so the bot writes them anew."""

from datetime import timedelta

from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus, Conclusion
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from tests.scenarios.world import World, a_world

CHECK = "gitops/promotion"


def own_runs(world: World, head: str, name: str = CHECK) -> list[CheckRun]:
    """Every run of ours on a commit, the oldest first."""
    suites = world.stage.manifests.checks.suites[head]
    return [run for suite in suites for run in suite.runs if suite.app is world.stage.app and run.name == name]


async def test_re_run_on_a_promotions_check() -> None:
    """https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run: the suite is cleared, the run left alone."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(approvals=1))
        await world.release("v1.5.0")
        await world.validate("dev")
        head = world.pull("dev").head_oid
        (first,) = own_runs(world, head)
        await world.advance(timedelta(minutes=10))
        world.news()

        world.stage.manifests.checks.rerequest(first, by=world.stage.person("dana"))
        await world.stage.settle()

        first, second = own_runs(world, head)
        assert (second.status, second.conclusion) == (CheckStatus.COMPLETED, Conclusion.ACTION_REQUIRED)
        assert second.suite.status is CheckStatus.COMPLETED
        await world.advance(timedelta(hours=6))
        assert own_runs(world, head) == [first, second], "one for each press"
        assert world.news() == []


async def test_re_run_on_a_suite_moments_after_the_check_was_written() -> None:
    """The bot waits a minute, as GitHub may show a new run in its old suite for a moment."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(approvals=1))
        await world.release("v1.5.0")
        await world.validate("dev")
        head = world.pull("dev").head_oid
        (first,) = own_runs(world, head)
        world.news()

        world.stage.manifests.checks.rerequest_suite(first.suite, by=world.stage.person("dana"))
        await world.advance(timedelta(minutes=2))

        assert len(own_runs(world, head)) == 2
        assert first.suite.status is CheckStatus.COMPLETED


async def test_re_run_on_the_check_of_another_pull_request() -> None:
    """It is no promotion; the check is required there as well."""
    async with a_world() as world:
        manifests, dana = world.stage.manifests, world.stage.person("dana")
        head = manifests.commit_files({"notes.txt": "x"}, by=dana, branch="notes")
        manifests.open_pull(PullDraft(title="Notes", base="main", head="notes"), by=dana)
        await world.stage.settle()
        (first,) = own_runs(world, head)
        await world.advance(timedelta(minutes=10))
        world.news()

        manifests.checks.rerequest(first, by=dana)
        await world.stage.settle()

        assert [run.conclusion for run in own_runs(world, head)] == [Conclusion.SUCCESS] * 2
        assert first.suite.status is CheckStatus.COMPLETED
        await world.advance(timedelta(hours=6))
        assert len(own_runs(world, head)) == 2, "one for each press"
        world.news()


async def test_a_check_that_runs_for_weeks_is_written_anew_before_github_calls_it_stale() -> None:
    """After fourteen days: https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites"""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(checks=("never",)))
        await world.release("v1.5.0")
        await world.validate("dev")
        world.news()

        for _ in range(15):
            await world.advance(timedelta(days=1))

        first, second = own_runs(world, world.pull("dev").head_oid)
        assert second.created_at - first.created_at < timedelta(days=14)
        assert second.status is CheckStatus.IN_PROGRESS
        assert world.verdict("dev") == "protection: waiting for required check never"
        assert world.news() == []


async def test_a_check_that_went_stale_while_the_bot_was_away_is_written_anew() -> None:
    """Updating it would not help: GitHub counts from its creation."""
    async with a_world() as world:
        world.stage.manifests.protect("main", Protection(checks=("never",)))
        await world.release("v1.5.0")
        await world.validate("dev")
        world.news()

        await world.advance(timedelta(days=30))

        first, second = own_runs(world, world.pull("dev").head_oid)
        assert (first.conclusion, second.status) == (Conclusion.STALE, CheckStatus.IN_PROGRESS)
        assert world.verdict("dev") == "protection: waiting for required check never"
        assert world.news() == []
