"""Web and worker are released together, but worker's image comes an hour late: both change together, and people read why."""

from datetime import timedelta

from tests.scenarios.stories.telling import Interlude, told_twice
from tests.scenarios.test_orders import DEV, STAGING, TWO, push, settled, two_images
from tests.scenarios.world import a_world


@told_twice
async def test_both_images_change_in_one_pull_request(interlude: Interlude) -> None:
    """Dana asks after half an hour, and again with `/promote`; when worker is there, one pull request changes both."""
    async with a_world(two_images("semver: '*'", ("v1.0.0", "v1.0.0"))) as world:
        for image in ("acme/web", "acme/worker"):
            push(world, "v1.0.0", image=image)
        assert await settled(world) == []
        push(world, "v1.1.0")
        assert await settled(world) == []

        await world.advance(timedelta(minutes=30))
        why = await world.say("/why dev", by="dana")
        assert "`v1.1.0` is incomplete: `ghcr.io/acme/worker` does not have it" in why
        refused = await world.say("/promote dev", by="dana")
        assert "Nothing to promote: `dev` runs `v1.0.0`, and there is nothing newer." in refused
        assert "`v1.1.0` is incomplete: `ghcr.io/acme/worker` does not have it" in refused
        assert world.actions() == []
        await interlude(world)
        assert world.text(DEV) == TWO % ("v1.0.0", "v1.0.0")

        await world.advance(timedelta(minutes=30))
        push(world, "v1.1.0", image="acme/worker")
        assert await settled(world) == [
            "opened dev: web v1.0.0 → v1.1.0",
            "merged",
            "opened staging: web v1.0.0 → v1.1.0",
        ]
        assert world.text(DEV) == TWO % ("v1.1.0", "v1.1.0")
        page = world.page("dev")
        for image in ("web", "worker"):
            assert f"| `ghcr.io/acme/{image}` | `v1.0.0` | `v1.1.0` " in page
        assert page.count("envs/dev/web/deployment.yaml:1") == 1
        await world.advance(timedelta(minutes=11))
        assert await settled(world) == ["merged"]
        assert world.text(STAGING) == TWO % ("v1.1.0", "v1.1.0")
