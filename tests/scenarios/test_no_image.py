"""A new commit, and no image of it: whether it is being built, failed, was built in another way, or was not built."""

import re

import pytest

from bot.simulator.github.model.checks.runs import Conclusion
from tests.scenarios.test_the_main_job import to_dev
from tests.scenarios.world import World, a_world


async def why(world: World) -> str:
    """What `/why dev web` says, in one line."""
    said = await world.say("/why dev web", by="dana")
    world.news()
    return " ".join(said.split())


@pytest.mark.story
async def test_the_newest_commit_is_followed_from_its_push_to_the_end_of_its_build() -> None:
    async with a_world() as world:
        await to_dev(world, "v1.5.0")
        stage = world.stage
        oid = stage.source.commit_files({"A": "1"}, by=stage.github.user("dana"), message="Change A")
        assert f"no image of the newest commit of acme/web, `{oid[:7]}`, and nothing was reported on it" in await why(
            world
        )

        stage.report(stage.source, oid, "build", None)
        said = await why(world)
        assert f"the newest commit of acme/web, `{oid[:7]}`, is being built, since 2026-" in said
        assert re.search(r": `build` \(\[details\]\(https?://[^)]*/acme/web/runs/\d+\)\)", said)

        stage.report(stage.source, oid, "build", Conclusion.FAILURE)
        assert "**Blocked** (candidate): the newest commit of acme/web" in await why(world)

        stage.report(stage.source, oid, "build", Conclusion.SUCCESS)
        said = await why(world)
        assert "which passed its checks; looked for a newer tag of ghcr.io/acme/web for semver: >=1.0.0" in said

        stage.commits["v1.5.1"] = oid
        await world.push_image("v1.5.1")
        assert "v1.5.1" in await why(world)
