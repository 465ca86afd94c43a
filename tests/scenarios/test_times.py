"""Times chosen by a pusher decide nothing: GitHub's times of pushes and merges do."""

import re
from datetime import timedelta

import pytest

from bot.core.gates.question import moment
from bot.simulator.github.model.conversations.conversation import State
from tests.scenarios.test_the_main_job import LONG_SOAK, SOAK, to_staging
from tests.scenarios.world import World, a_world

DEV, PROD = "envs/dev/web/kustomization.yaml", "envs/prod/web/deployment.yaml"


def set_by_hand(world: World, path: str, tag: str) -> str:
    """The file with another version than v1.4.1."""
    digests = world.stage.digests
    return world.text(path).replace("v1.4.1", tag).replace(digests["v1.4.1"], digests[tag])


async def push_an_old_commit(world: World, files: dict[str, str], *, age: timedelta, by: str) -> None:
    """Push a commit that was made some time ago."""
    manifests, at = world.stage.manifests, world.stage.clock.now() - age
    manifests.commit_files(files, by=world.stage.person(by), message="By hand", at=at)
    await world.settle()


async def test_a_commit_with_an_old_date_soaks_from_its_push() -> None:
    """It soaks from the push on (akuity/kargo#3731)."""
    async with a_world() as world:
        await world.release("v1.5.0")
        await world.advance(timedelta(hours=6))
        world.news()
        text = set_by_hand(world, DEV, "v1.5.0")
        before = moment(world.stage.clock.now())

        await push_an_old_commit(world, {DEV: text}, age=timedelta(hours=5), by="dana")
        await world.sync("dev")
        await world.validate("staging")

        assert "merged #2" not in world.news()
        after = moment(world.stage.clock.now())
        answer = await world.say("/why staging web", by="dana", on=1)
        found = re.search(r"started (\S+ \S+ UTC)", answer)
        assert found is not None, answer
        assert before <= found[1] <= after, "by the push and Argo CD's report, not by the commit"
        await world.advance(SOAK)
        assert world.news()[-1] == "merged #2"


@pytest.mark.story
async def test_an_approval_lapses_after_a_change_with_an_earlier_date() -> None:
    """The approval was of another step, whatever the commit says (worlddriven#294)."""
    async with a_world() as world:
        await to_staging(world, "v1.5.0")
        await world.advance(LONG_SOAK)
        await world.say("/hold prod", by="sam", on=1)
        await world.say("/promote prod web", by="dana", on=1)
        await world.validate("prod")
        await world.approve("prod", by="sam")
        await world.advance(timedelta(minutes=1))
        world.news()

        text = set_by_hand(world, PROD, "v1.4.0")
        await push_an_old_commit(world, {PROD: text}, age=timedelta(hours=5), by="dana")
        await world.validate("prod")
        await world.say("/unhold prod", by="sam", on=1)

        assert not [line for line in world.news() if line.startswith("merged")]
        assert world.pull("prod").state is not State.MERGED
