"""A version travels from the registry to production: the main job, seen from outside."""

import re
from datetime import timedelta

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.conversations.conversation import State
from bot.simulator.github.model.events import Event, PullRequestEvent
from tests.scenarios.world import World, a_world

SOAK = timedelta(minutes=31)
LONG_SOAK = timedelta(minutes=61)
FIRST_RECORD = "recorded: Begin to remember holds, rejections and digests"


async def to_dev(world: World, tag: str) -> None:
    """The way to dev, when everything is green."""
    await world.release(tag)
    await world.validate("dev")


async def to_staging(world: World, tag: str) -> None:
    """The way to staging, when everything is green."""
    await to_dev(world, tag)
    await world.sync("dev")
    await world.validate("staging")
    await world.advance(SOAK)


async def to_prod(world: World, tag: str) -> None:
    """The way to prod, when everything is green and everybody agrees."""
    await to_staging(world, tag)
    await world.sync("staging")
    await world.advance(LONG_SOAK)
    await world.comment("/promote prod", by="dana")
    await world.validate("prod")
    await world.approve("prod", by="sam")
    assert f":{tag}@" in world.text("envs/prod/web/deployment.yaml")
    world.news()


async def test_an_image_reaches_dev() -> None:
    """The pull request says what it waits for, and the merge changes the version's bytes and no others."""
    async with a_world() as world:
        before = world.text("envs/dev/web/kustomization.yaml")
        await world.release("v1.5.0")

        assert world.news() == [
            FIRST_RECORD,
            "recorded: web v1.5.0 was first seen",
            "opened #1 dev: web v1.4.1 → v1.5.0",
        ]
        assert world.verdict("dev") == "protection: waiting for required check validate"

        await world.validate("dev")

        assert world.news() == ["merged #1", "opened #2 staging: web v1.4.1 → v1.5.0"]
        digests = world.stage.digests
        expected = before.replace("v1.4.1", "v1.5.0").replace(digests["v1.4.1"], digests["v1.5.0"])
        assert world.text("envs/dev/web/kustomization.yaml") == expected


async def test_the_page_lists_the_source_commits_in_between() -> None:
    """From the opening on, so that the notification mail has them. They mention nobody and close nothing."""
    async with a_world() as world:
        first_pages: list[str] = []

        def hear(event: Event) -> None:
            if isinstance(event, PullRequestEvent) and event.action == "opened":
                first_pages.append(event.pull.body)

        stop = world.stage.github.listen(hear)
        world.stage.source.commit_files({"a.go": "a"}, by=world.stage.person("erin"), message="Greet @dana, fixes #1")
        await world.release("v1.5.0")
        stop()
        world.news()
        (page,) = first_pages
        title, _, newest, other = page[page.index("**New commits") : page.index("**Changes")].strip().splitlines()
        assert title == "**New commits since `v1.4.1`:**"
        assert newest == f"- acme/web@{world.stage.commits['v1.5.0']} Release v1.5.0 — `dana`"
        assert re.search(r" Greet .*dana, fixes .*1 — `erin`$", other)
        assert "@dana" not in other
        assert "#1" not in other


async def test_staging_waits_for_health_and_then_for_the_soak_time() -> None:
    """Argo CD's report counts on a commit at which dev holds the version; the soak begins with it."""
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        await world.validate("staging")
        assert world.verdict("staging") == "health: waiting for argocd/web-dev to report success for v1.5.0 in dev"

        await world.sync("dev")
        assert world.verdict("staging").startswith("soak: soaking in dev until ")

        await world.advance(SOAK)
        assert world.news()[-1] == "merged #2"
        assert 'tag: "v1.5.0"' in world.text("envs/staging/web/values.yaml")


async def test_prod_is_opened_by_a_person_who_may_and_merged_with_an_approval() -> None:
    """A person without the right is told who has it. The requester's own approval does not count."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        await world.sync("staging")
        await world.advance(LONG_SOAK)
        assert world.news()[-1] == "merged #2", "prod does not open by itself"

        refusal = await world.ask("/promote prod", by="erin")
        assert "You can't use `/promote` in `prod`. Who can: acme/web." in refusal

        answer = await world.ask("/promote prod", by="dana")
        assert "Promoting `prod` to `v1.5.0` in #3." in answer
        assert world.news() == ["recorded: dana: /promote prod", "opened #3 prod: web v1.4.1 → v1.5.0"]
        await world.validate("prod")
        assert world.verdict("prod") == "approvals: waiting for 1 approval from acme/sre"

        await world.approve("prod", by="dana")
        assert world.pull("prod").state is State.OPEN, "dana is not of acme/sre, and asked for it"

        await world.approve("prod", by="sam")
        assert world.news() == ["merged #3"]
        assert "ghcr.io/acme/web:v1.5.0@" in world.text("envs/prod/web/deployment.yaml")


async def test_a_newer_version_updates_the_open_pull_request() -> None:
    """There are never two, and the one is never closed on the way."""
    async with a_world() as world:
        await world.release("v1.5.0")
        pull = world.pull("dev")
        world.news()

        await world.release("v1.5.1")

        assert world.news() == ["recorded: web v1.5.1 was first seen", "moved #1"]
        assert pull.title == "dev: web v1.4.1 → v1.5.1"
        assert pull.state is State.OPEN
        assert world.stage.open_promotions() == [pull]
        await world.validate("dev")
        assert world.news() == ["merged #1", "opened #2 staging: web v1.4.1 → v1.5.1"]


@pytest.mark.story
async def test_a_rollback_sticks_and_the_next_version_flows() -> None:
    """From the request on the rejected version is not proposed for prod; `/why` says why."""
    async with a_world() as world:
        await to_prod(world, "v1.5.0")
        await to_prod(world, "v1.6.0")

        answer = await world.ask("/rollback prod", by="sam")
        assert "Rolling back `prod` to `v1.5.0`" in answer
        assert "`v1.6.0` is rejected in `prod`, so it is not proposed there again." in answer
        assert world.news() == ["recorded: sam: /rollback prod", "opened #7 prod: web v1.6.0 → v1.5.0 (rollback)"]
        await world.validate("prod")
        assert world.news() == ["merged #7"]

        await world.advance(timedelta(days=1))
        assert "Nothing to promote to `prod`" in await world.ask("/promote prod", by="dana")
        why = await world.ask("/why prod", by="erin")
        assert "The newest version is `v1.6.0`; it is not proposed." in why
        assert "rejected by sam" in why

        await to_prod(world, "v1.7.0")


async def test_a_failed_check_holds_an_image_back_until_it_passes() -> None:
    """No pull request opens for it; `/why` names the check and the commit."""
    async with a_world() as world:
        commit = world.stage.build("v1.5.0", checks={"build": Conclusion.FAILURE})
        await world.push_image("v1.5.0")
        assert world.news() == []
        issue = world.stage.manifests.open_issue("Where is v1.5.0?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert f"`build` failed on commit `{commit[:7]}` of acme/web" in why

        world.stage.report(world.stage.source, commit, "build", Conclusion.SUCCESS)
        await world.stage.settle()

        assert world.news() == [
            FIRST_RECORD,
            "recorded: web v1.5.0 was first seen",
            "opened #3 dev: web v1.4.1 → v1.5.0",  # beside the dashboard and the question
        ]
