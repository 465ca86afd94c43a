"""What the doctor finds in a repository stands on its dashboard, where its people look."""

from datetime import timedelta

from bot.cli.demo.setting import POLICY
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource
from tests.scenarios.world import World, a_world, with_policy

OBSERVING = with_policy(f"mode: observe\n{POLICY}")


def body(world: World) -> str:
    page = world.dashboard()
    assert page is not None
    return page.body


async def test_a_rule_that_forbids_every_merge_is_on_the_dashboard_until_it_is_gone() -> None:
    async with a_world(OBSERVING) as world:
        manifests = world.stage.manifests
        await world.release("v1.5.0")
        assert "Keeps the bot from working" not in body(world)
        manifests.settings.squash_merge_allowed = manifests.settings.rebase_merge_allowed = False
        manifests.protect("main", Protection(source=ProtectionSource.RULESET, name="Linear", linear_history=True))
        await world.advance(timedelta(hours=1))
        assert "- `merge-impossible` The repository's settings and rules together allow no way to merge." in body(world)
        manifests.settings.squash_merge_allowed = True
        await world.advance(timedelta(hours=1))
        assert "merge-impossible" not in body(world)


async def test_a_permission_that_was_not_granted_is_on_the_dashboard() -> None:
    async with a_world(OBSERVING) as world:
        await world.release("v1.5.0")
        (installation,) = world.stage.app.installations
        installation.permissions = {**installation.permissions, "checks": Access.READ}
        await world.advance(timedelta(hours=3))
        assert "- `permission-missing` The App has read for checks and needs write" in body(world)


async def test_deployments_that_may_not_be_written_are_on_the_dashboard() -> None:
    shown = POLICY.replace("    from: registry\n", "    from: registry\n    deployments: source\n")
    async with a_world(with_policy(f"mode: observe\n{shown}")) as world:
        await world.release("v1.5.0")
        assert "deployments-refused" not in body(world)
        (installation,) = world.stage.app.installations
        installation.permissions = {**installation.permissions, "deployments": Access.READ}
        await world.advance(timedelta(hours=3))
        assert "- `deployments-refused` The policy shows deployments of dev, and the App may not write" in body(world)


async def test_what_keeps_the_bot_from_working_opens_no_dashboard() -> None:
    async with a_world() as world:
        manifests = world.stage.manifests
        manifests.protect("main", Protection(source=ProtectionSource.RULESET, name="Reviews", approvals=1))
        await world.advance(timedelta(hours=1))
        assert world.dashboard() is None
