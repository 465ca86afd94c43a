"""What developers read beside their commit about where its version runs: once, whatever is repeated, lost or refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.demo.setting import POLICY
from bot.core.repository.at_rest import FLEET
from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.deployments.deployments import Deployment, DeploymentState
from bot.simulator.github.model.repository import Repository
from bot.simulator.github.traffic.faults import Moment, Which
from tests.scenarios.fleets import POLICY as FLEET_POLICY
from tests.scenarios.fleets import a_fleet, name_of
from tests.scenarios.test_api import TOKEN, read
from tests.scenarios.test_the_main_job import to_dev, to_prod
from tests.scenarios.test_two_replicas import another, settle
from tests.scenarios.world import World, a_world, seen, with_policy

SHOWN = POLICY.replace("    from: registry\n", "    from: registry\n    deployments: source\n").replace(
    "    promote: manual ", "    deployments: [source, manifests]\n    promote: manual "
)
DEV = POLICY.replace("    from: registry\n", "    from: registry\n    deployments: source\n")


def shown(repository: Repository, environment: str) -> list[tuple[str, list[str]]]:
    """The deployments of an environment: the commit, and what their statuses said, oldest first."""
    found = [each for each in repository.deployments.all if each.environment == environment]
    return [(each.request.sha, [status.state.value.lower() for status in each.statuses]) for each in found]


def grant(world: World, access: Access) -> None:
    """Give the App this access to deployments, or take it away."""
    (installation,) = world.stage.app.installations
    others = {name: held for name, held in installation.permissions.items() if name != "deployments"}
    installation.permissions = {**others, **({"deployments": access} if access is not Access.NONE else {})}


def in_words(note: str) -> str:
    """What the API says where the page says this."""
    return f"{note.removeprefix('> ⚠️ ').replace('`', '')}."


def newest(world: World) -> Deployment:
    return world.stage.source.deployments.all[-1]


async def test_a_developer_sees_on_their_commit_how_a_version_is_doing_in_dev() -> None:
    async with a_world(with_policy(DEV)) as world:
        await to_dev(world, "v1.5.0")
        commit = world.stage.commits["v1.5.0"]
        assert shown(world.stage.source, "dev") == [(commit, ["queued"])]

        await world.sync("dev", StatusState.FAILURE)
        await world.sync("dev")
        world.news()

        assert shown(world.stage.source, "dev") == [(commit, ["queued", "failure", "success"])]
        one, link = newest(world), f"{world.stage.settings.github.web}/acme/manifests/pull/{world.pull('dev').number}"
        assert [status.description for status in one.statuses] == [
            "web v1.5.0: merged; waiting for a health report",
            "web v1.5.0: a health report failed",
            "web v1.5.0: healthy",
        ]
        assert {status.log_url for status in one.statuses} == {link}
        assert (one.request.task, one.is_production, one.request.transient) == ("deploy:web", False, False)
        assert one.creator is world.stage.app.bot


async def test_a_quiet_pass_asks_nothing_about_deployments() -> None:
    async with a_world(with_policy(DEV)) as world:
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        world.requests()

        await world.comment("/refresh", by="dana", on=world.pull("dev").number)
        await world.advance(timedelta(hours=2))
        world.news()

        assert not [each for each in world.requests() if "deployments" in each]


async def test_a_rollback_makes_the_deployment_inactive_and_shows_the_version_before_again() -> None:
    async with a_world(with_policy(SHOWN)) as world:
        await to_prod(world, "v1.5.0")
        commits, merged = world.stage.commits, world.pull("prod").merge_commit_oid
        assert shown(world.stage.source, "prod") == [(commits["v1.5.0"], ["success"])]
        assert shown(world.stage.manifests, "prod") == [(merged, ["success"])]
        assert newest(world).is_production, "no environment follows prod"

        await world.comment("/rollback prod", by="sam", on=world.pull("prod").number)
        await world.validate("prod")
        world.news()

        assert shown(world.stage.source, "prod") == [
            (commits["v1.5.0"], ["success", "inactive"]),
            (commits["v1.4.1"], ["success"]),
        ]
        left = next(each for each in world.stage.source.deployments.all if each.environment == "prod").statuses[-1]
        assert left.description == f"web v1.5.0: rolled back to v1.4.1 with acme/manifests#{world.pull('prod').number}"


async def test_it_is_created_once_although_all_that_the_bot_kept_is_lost() -> None:
    async with a_world(with_policy(DEV)) as world:
        await to_dev(world, "v1.5.0")
        await world.restart()
        await world.sync("dev")
        await world.restart()
        for delivery in world.stage.hub.webhooks.deliveries()[:20]:
            world.stage.hub.webhooks.redeliver(delivery)
        await world.settle()
        world.news()

        assert shown(world.stage.source, "dev") == [(world.stage.commits["v1.5.0"], ["queued", "success"])]


async def test_what_a_killed_process_created_without_a_state_gets_it_and_a_second_one_becomes_inactive() -> None:
    async with a_world(with_policy(DEV)) as world:
        await to_dev(world, "v1.5.0")
        one = newest(world)
        one.statuses.clear()
        world.stage.source.deployments.create(one.request, by=world.stage.app.bot)
        await world.restart()
        world.news()

        commit = world.stage.commits["v1.5.0"]
        assert shown(world.stage.source, "dev") == [(commit, ["queued"]), (commit, ["inactive"])]


async def test_a_refused_deployment_is_said_once_and_keeps_nothing_waiting() -> None:
    async with a_world(with_policy(DEV)) as world:
        grant(world, Access.NONE)
        world.stage.settings = replace(world.stage.settings, api_tokens=(TOKEN,))
        await world.restart()
        await to_dev(world, "v1.5.0")
        assert "v1.5.0" in world.text("envs/dev/web/kustomization.yaml"), "the promotion merged"
        said = (
            "> ⚠️ No deployment of `dev` on `acme/web`: the App may not write deployments there. This can be fixed by an owner "
            "of acme, by granting the App the permission Deployments"
        )
        assert said in world.status("dev")
        assert "**Merged**" in world.status("dev"), "it still says how it ended"

        assert f"⚠️{said.partition('⚠️')[2]}." in seen(await world.ask("/why dev", by="dana"))
        path = f"/applications/{world.stage.manifests.full_name}/web"
        assert [each["undeployed"] for each in (await read(world, path))["environments"]] == [[in_words(said)], [], []]

        world.notes()
        await world.advance(timedelta(hours=2))
        await world.restart()
        assert world.notes() == []
        assert "No deployment" in seen(await world.ask("/why dev", by="dana")), "a restarted server finds it again"

        grant(world, Access.WRITE)
        await world.restart()
        assert "No deployment" not in seen(await world.ask("/why dev", by="dana"))
        assert (await read(world, path))["environments"][0]["undeployed"] == []
        world.news()
        assert shown(world.stage.source, "dev") == [(world.stage.commits["v1.5.0"], ["queued"])]


async def test_a_commit_that_github_does_not_know_is_named() -> None:
    async with a_world(with_policy(DEV)) as world:
        world.stage.build("v1.5.0")
        world.stage.push_image("v1.5.0")
        await world.settle()
        gone = Which(path="/repos/acme/web/deployments", method="POST")
        world.stage.hub.faults.fail(422, message="No ref found for: 1234567", which=gone)
        await world.validate("dev")
        world.news()

        said = "GitHub answered 422: No ref found for: 1234567. This can be fixed by anyone who can push the commit to acme/web"
        assert said in world.status("dev")


async def test_github_that_does_not_answer_delays_the_deployment_and_not_the_next_promotion() -> None:
    async with a_world(with_policy(DEV)) as world:
        trouble = Which(path="/repos/acme/web/deployments")
        world.stage.hub.faults.fail(502, count=2, which=trouble)
        await to_dev(world, "v1.5.0")
        await world.sync("dev")
        await world.advance(timedelta(minutes=5))
        world.news()

        assert world.pull("staging").title.endswith("v1.5.0")
        assert [sha for sha, _ in shown(world.stage.source, "dev")] == [world.stage.commits["v1.5.0"]]


async def test_an_answer_that_got_lost_creates_no_second_deployment() -> None:
    """GitHub created it, and the connection broke before the bot heard of it."""
    async with a_world(with_policy(DEV)) as world:
        lost = Which(path="/repos/acme/web/deployments", method="POST")
        world.stage.hub.faults.hang_up(Moment.AFTER, which=lost)
        await to_dev(world, "v1.5.0")
        await world.advance(timedelta(minutes=5))
        world.news()

        assert shown(world.stage.source, "dev") == [(world.stage.commits["v1.5.0"], ["queued"])]


@pytest.mark.story
async def test_two_replicas_create_one_deployment() -> None:
    async with a_world(with_policy(DEV)) as world, another(world) as other:
        stage = world.stage
        stage.release("v1.5.0")
        await settle(world, other)
        stage.validate(world.pull("dev"))
        await settle(world, other)
        for service in (stage.service, other):
            await service.queue.due("acme/manifests#web", stage.clock.now())
        await settle(world, other)
        stage.sync("dev")
        await settle(world, other)
        world.news()

        assert shown(stage.source, "dev") == [(stage.commits["v1.5.0"], ["queued", "success"])]


async def test_a_status_that_somebody_else_set_stays() -> None:
    async with a_world(with_policy(DEV)) as world:
        await to_dev(world, "v1.5.0")
        stage = world.stage
        stage.source.deployments.set_state(newest(world), DeploymentState.INACTIVE, by=stage.person("dana"))
        await world.sync("dev")
        world.news()

        assert shown(stage.source, "dev") == [(stage.commits["v1.5.0"], ["queued", "inactive"])]


async def test_in_a_fleet_a_deployment_that_waits_for_its_health_brings_a_look_within_the_hour() -> None:
    """Reports for twenty applications at once are only glanced at."""
    waiting = "dev: {from: registry, deployments: {commits: manifests, health: [argocd/dev]}}"
    async with a_fleet(FLEET, policy=FLEET_POLICY.replace("dev: {from: registry}", waiting)) as world:
        stage, key = world.stage, f"{world.stage.manifests.full_name}#{name_of(3)}"
        stage.registry.push_image(f"acme/{name_of(3)}", "v1.1.0")
        await stage.start()
        ((merge, states),) = shown(stage.manifests, "dev")
        assert states == ["queued"]
        due = {row.key: row.due for row in await stage.service.queue.snapshot()}[key]
        assert due is not None
        assert due <= stage.clock.now() + timedelta(hours=1)

        stage.manifests.set_status(merge, "argocd/dev", StatusState.SUCCESS, by=stage.person("alice"))
        await world.live(timedelta(minutes=61))
        assert shown(stage.manifests, "dev") == [(merge, ["queued", "success"])]
        assert key not in {row.key for row in await stage.service.queue.snapshot()}, "an application at rest has no key"
        world.news()


WATCHED = FLEET_POLICY.replace(
    "dev: {from: registry}",
    "dev: {from: registry, deployments: {commits: manifests, health: ['argocd/{application}']}}",
)


async def promoted(world: World, number: int) -> str:
    """The bot, just started, promotes a new image to dev. Returns the merge."""
    world.stage.registry.push_image(f"acme/{name_of(number)}", "v1.1.0")
    await world.stage.start()
    ((merge, states),) = shown(world.stage.manifests, "dev")
    assert states == ["queued"]
    return merge


def report(world: World, numbers: range, state: StatusState = StatusState.SUCCESS) -> None:
    """Argo CD reports on the newest commit, for many applications at once."""
    for number in numbers:
        head, by = world.stage.manifests.head(), world.stage.person("alice")
        world.stage.manifests.set_status(head, f"argocd/{name_of(number)}", state, by=by)


async def lose_the_store(world: World) -> None:
    await world.stage.stop()
    world.stage.queue_file.unlink()


@pytest.mark.story
@pytest.mark.parametrize("waited", [timedelta(), timedelta(days=3)])
async def test_in_a_fleet_a_report_that_came_while_the_store_was_lost_is_shown(waited: timedelta) -> None:
    async with a_fleet(FLEET, policy=WATCHED) as world:
        merge = await promoted(world, 3)
        await lose_the_store(world)
        world.stage.clock.advance(waited)
        report(world, range(FLEET))
        await world.stage.start()
        await world.live(timedelta(minutes=11))
        assert shown(world.stage.manifests, "dev") == [(merge, ["queued", "success"])]
        world.news()


@pytest.mark.story
async def test_in_a_fleet_a_report_that_comes_days_after_the_store_was_lost_is_shown() -> None:
    """Reports for all of its applications arrive at once, which are only glanced at where they change nothing else."""
    async with a_fleet(FLEET, policy=WATCHED) as world:
        merge = await promoted(world, 3)
        await lose_the_store(world)
        world.stage.clock.advance(timedelta(days=2))
        await world.stage.start()
        await world.live(timedelta(minutes=11))
        report(world, range(FLEET))
        await world.live(timedelta(minutes=11))
        assert shown(world.stage.manifests, "dev") == [(merge, ["queued", "success"])]

        report(world, range(FLEET), StatusState.FAILURE)
        await world.live(timedelta(minutes=11))
        assert shown(world.stage.manifests, "dev") == [(merge, ["queued", "success", "failure"])]
        report(world, range(FLEET))
        await world.live(timedelta(minutes=11))
        assert shown(world.stage.manifests, "dev") == [(merge, ["queued", "success", "failure", "success"])]
        world.news()


@pytest.mark.story
async def test_without_its_store_a_bot_looks_at_deployments_of_a_fleet_with_each_sweep() -> None:
    """What is right costs two looks at the application, one at its deployments and one at their states; then nothing."""
    only_dev = WATCHED.partition("  staging:")[0]
    async with a_fleet(24, policy=only_dev) as world:
        for number in range(24):
            world.stage.registry.push_image(f"acme/{name_of(number)}", "v1.1.0")
        await world.stage.start()
        await world.live(timedelta(minutes=30))  # GitHub's limit on new content is kept
        assert len(shown(world.stage.manifests, "dev")) == 24
        await lose_the_store(world)
        await world.stage.start()
        asked = world.stage.service.github.client.requests
        assert (asked["observe"], asked["deployments"]) == (0, 0), "the start itself costs nothing more"
        for looked_at in (20, 24, 24):
            await world.live(timedelta(minutes=11))
            assert (asked["observe"], asked["deployments"]) == (2 * looked_at, 2 * looked_at)
        world.news()


async def test_the_dashboard_of_a_fleet_says_that_a_deployment_was_refused() -> None:
    async with a_fleet(FLEET, policy=f"mode: observe\n{WATCHED}") as world:
        await world.stage.start()
        grant(world, Access.NONE)
        await world.push({".gitops.yml": WATCHED}, by="alice")
        world.stage.registry.push_image(f"acme/{name_of(3)}", "v1.1.0")
        await world.settle()
        await world.live(timedelta(minutes=2))
        row = seen(world.row("dev", application=name_of(3)))
        assert "⚠️ No deployment of `dev` on `acme/manifests`: " in row
        assert row.endswith("This can be fixed by an owner of acme, by granting the App the permission Deployments.")
        assert "No deployment" not in world.row("dev", application=name_of(4))
        world.news()
