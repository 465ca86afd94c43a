"""The dashboard issue says why there is no pull request."""

from dataclasses import replace
from datetime import timedelta

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.checks.runs import Conclusion
from tests.scenarios.world import World, a_world, with_policy

A_WHILE = timedelta(minutes=2)


async def hold_back(world: World, tag: str = "v1.5.0") -> str:
    """An image whose build failed; the commit."""
    commit = world.stage.build(tag, checks={"build": Conclusion.FAILURE})
    await world.push_image(tag)
    return commit


async def test_a_failed_check_without_a_pull_request_is_shown() -> None:
    """The issue opens with the first reason that no other page shows, and is kept current."""
    async with a_world() as world:
        assert world.dashboard() is None
        commit = await hold_back(world)
        assert world.news() == []
        assert world.dashboards() == ["opened"]
        assert world.row("dev").startswith(
            f"`v1.5.0` is held back: ⛔ **Checks:** `build` failed on commit `{commit[:7]}` of acme/web"
        )
        assert world.row("staging") == "✅ Up to date (`v1.4.1`)"
        page = world.dashboard()
        assert page is not None
        assert [label.name for label in page.labels] == ["gitops/dashboard"]

        world.stage.report(world.stage.source, commit, "build", Conclusion.SUCCESS)
        await world.stage.settle()
        await world.advance(A_WHILE)
        assert world.news()[-1] == "opened #2 dev: web v1.4.1 → v1.5.0"
        assert (
            world.row("dev")
            == "[#2](../pull/2) to `v1.5.0`: ⏳ **Protection:** waiting for required check `validate`. Clears "
            "automatically."
        )

        world.dashboards()
        world.requests()
        await world.advance(timedelta(hours=3))
        assert world.dashboards() == []
        assert "Dashboard" not in world.requests(), "nothing changed, and nothing is asked"


async def test_without_a_reason_there_is_no_issue() -> None:
    """A team without blocked versions gets no issue."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.validate("dev")
        await world.advance(A_WHILE)
        world.news()
        assert world.dashboard() is None


async def test_observe_mode_writes_only_the_dashboard() -> None:
    """`mode: observe`: no branch, no pull request, no record, no check run, no answer."""
    policy = POLICY.replace("version: 1\n", "version: 1\nmode: observe\n", 1)
    async with a_world(with_policy(policy)) as world:
        await world.release("v1.5.0")
        await world.comment("/why dev", by="dana", on=1)
        await world.advance(A_WHILE)
        assert world.news() == []
        page = world.dashboard()
        assert page is not None
        assert "**`mode: observe`**" in page.body
        assert world.row("dev") == "would open a pull request for `v1.5.0`: ✅ **Every gate passes.**"
        names = world.stage.manifests.store.refs("refs/heads/")
        assert [name for name in names if "gitops" in str(name)] == []


async def test_a_closed_dashboard_is_reopened_for_a_new_reason() -> None:
    """It is always the same issue."""
    async with a_world() as world:
        await hold_back(world)
        page = world.dashboard()
        assert page is not None
        page.close(by=world.stage.person("dana"))
        await world.advance(A_WHILE)
        assert page.state.name == "CLOSED"
        await hold_back(world, "v1.5.1")
        await world.advance(A_WHILE)
        assert page.state.name == "OPEN"
        assert "`v1.5.1` is held back" in page.body
        assert len([issue for issue in world.stage.manifests.issues if issue.title == page.title]) == 1


async def test_a_repository_without_issues_gets_no_dashboard() -> None:
    """Silently."""
    async with a_world() as world:
        settings = world.stage.manifests.settings
        world.stage.manifests.settings = replace(settings, has_issues=False)
        await hold_back(world)
        await world.advance(A_WHILE)
        assert world.dashboard() is None
        assert world.news() == []


async def test_after_a_restart_it_is_kept_up_to_date() -> None:
    """The bot knows no more when it wrote it last."""
    async with a_world() as world:
        commit = await hold_back(world)
        await world.restart()
        world.dashboards()

        world.stage.report(world.stage.source, commit, "build", Conclusion.SUCCESS)
        await world.stage.settle()
        await world.advance(A_WHILE)
        assert world.dashboards() == ["edited"]
        assert world.row("dev").startswith("[#2](../pull/2) to `v1.5.0`")
        assert world.news()[-1] == "opened #2 dev: web v1.4.1 → v1.5.0"
