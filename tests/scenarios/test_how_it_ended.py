"""How a promotion ended is what its pages end with, whoever ended it: people look there weeks later."""

import re
from datetime import timedelta

import pytest

from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.test_merging_by_people import MANUAL
from tests.scenarios.test_status_comment import to_an_open_promotion
from tests.scenarios.world import World, a_world, with_policy

pytestmark = pytest.mark.story  # minutes of work in all


def last_words(world: World, environment: str) -> str:
    """What the description says of the end, without the time and the commit."""
    body = world.pull(environment).body
    assert "merges this pull request" not in body
    (found,) = re.findall(r"^(?:Merged|Closed) .*$", body, re.MULTILINE)
    return re.sub(r"on \d{4}-\d\d-\d\d \d\d:\d\d UTC as [0-9a-f]{7}", "then", found)


async def test_a_merge_by_the_bot() -> None:
    async with a_world() as world:
        await to_an_open_promotion(world)
        await world.approve("prod", by="sam")
        await world.advance(timedelta(hours=1))
        pull = world.pull("prod")
        assert pull.merge_commit_oid is not None
        assert last_words(world, "prod") == "Merged by gitops-bot then."
        assert f"as {pull.merge_commit_oid[:7]}: `prod` runs `v1.5.0`.\n\n**Environments:**" in world.status("prod")
        assert "prod `v1.5.0`" in world.status("prod")

        written = (pull.body, world.status("prod"), pull.updated_at)
        await world.restart()
        await world.advance(timedelta(hours=3))
        assert (pull.body, world.status("prod"), pull.updated_at) == written
        world.news()


async def test_a_merge_by_a_person() -> None:
    async with a_world(with_policy(MANUAL)) as world:
        world.stage.manifests.unprotect("main")
        await world.release("v1.5.0")
        await world.merge(world.pull("dev"), by="alice")
        first = world.pull("dev")
        assert last_words(world, "dev") == "Merged by alice then."
        assert world.status("dev").startswith("✅ **Merged** by alice on ")

        written = first.body
        await world.release("v1.5.1")
        await world.merge(world.pull("dev"), by="dana")
        assert last_words(world, "dev") == "Merged by dana then."
        assert first.body == written
        assert first.state is State.MERGED
        world.news()


async def test_a_close_by_a_person_says_what_it_means() -> None:
    """dependabot/feedback#641"""
    async with a_world() as world:
        pull = await to_an_open_promotion(world)
        pull.close(by=world.stage.person("dana"))
        await world.settle()
        told = "⛔ **Closed by dana:** this rejects `v1.5.0` in `prod`. To allow it again: `/unreject web@v1.5.0`"
        assert world.status("prod") == told
        world.stage.manifests.create_branch("gitops/prod/web", by=world.stage.person("dana"), at=pull.head_oid)
        await world.advance(timedelta(hours=3))
        assert world.stage.manifests.store.ref("refs/heads/gitops/prod/web") == pull.head_oid, "what was restored stays"
        assert world.status("prod") == told
        world.news()


async def test_what_a_person_closed_and_reopened_stays_rejected_until_somebody_with_the_right_says_so() -> None:
    """A button may slip, and who presses it need not have the right: its page names who can lift the rejection, and how."""
    async with a_world() as world:
        pull = await to_an_open_promotion(world)
        pull.close(by=world.stage.person("dana"))
        await world.settle()
        world.stage.manifests.create_branch("gitops/prod/web", by=world.stage.person("dana"), at=pull.head_oid)
        pull.reopen(by=world.stage.person("dana"))
        await world.settle()

        told = world.status("prod")
        assert told.startswith("⛔ **Rejected:** `v1.5.0` is rejected here: pull request #3 was closed by a person at ")
        assert "Can be cleared by people who may promote, using `/promote prod web@v1.5.0`" in told
        assert "people with maintain permission, using `/unreject web@v1.5.0`" in told
        assert pull.state is State.OPEN

        await world.say("/promote prod web@v1.5.0", by="dana")
        assert world.pull("prod") is pull
        assert "rejected" not in world.status("prod").splitlines()[0]
        world.news()


async def test_a_close_by_a_stale_bot_is_no_rejection() -> None:
    """zfs-replicate#564"""
    async with a_world(with_policy(MANUAL)) as world:
        world.stage.manifests.unprotect("main")
        await world.release("v1.5.0")
        first = world.pull("dev")
        first.close(by=world.stage.machines.bot)
        await world.settle()
        assert world.status("dev").startswith("⏳ **Closed by ")
        assert world.pull("dev") is first
        told = "another App, closed `#1`, which rejects nothing; the bot opens a new pull request at "
        assert told in world.row("dev")
        assert world.row("dev").startswith("No pull request can be opened for `v1.5.0`: ⏳ **Closed:** ")
        why = await world.say("/why dev", by="dana")
        assert "⏳ **Waiting** (closed): " in why
        assert told in why
        assert "To skip it: people with write permission, using `/promote dev web@v1.5.0`." in why
        await world.live(timedelta(hours=25))
        assert world.pull("dev") is not first
        assert world.pull("dev").state is State.OPEN
        world.news()


async def test_a_stale_bot_that_closes_every_promotion_meets_a_new_one_once_a_day() -> None:
    """zfs-replicate#564. The request from before the close waits as well; a person's new one does not."""
    async with a_world() as world:
        await to_an_open_promotion(world)
        world.pull("prod").close(by=world.stage.machines.bot)
        await world.settle()
        first = world.pull("prod")
        assert first.state is State.CLOSED
        await world.advance(timedelta(hours=3))
        assert world.pull("prod") is first
        assert "Promoting `prod` to `v1.5.0`" in await world.say("/promote prod", by="dana")
        second = world.pull("prod")
        assert second is not first
        for _ in range(3):
            world.pull("prod").close(by=world.stage.machines.bot)
            await world.live(timedelta(hours=23))
            assert world.pull("prod").state is State.CLOSED
            await world.live(timedelta(hours=2))
            assert world.pull("prod").state is State.OPEN
        assert world.actions().count("opened prod: web v1.4.1 → v1.5.0") == 4
