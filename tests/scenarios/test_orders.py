"""Each order of the policy, from a push to a merge, and what people read if versions are not semantic."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.cli.demo.setting import PEOPLE
from tests.scenarios.world import Setting, World, a_world

POLICY = """\
version: 1
applications:
  web:
    image: ghcr.io/acme/web
    versions: {%s}
environments:
  dev: {path: envs/dev/web, from: registry}
  staging: {path: envs/staging/web, from: dev, gates: {soak: 10m}}
"""
DEPLOYMENT = "spec: {template: {spec: {containers: [{name: web, image: 'ghcr.io/acme/web:%s'}]}}}\n"
DEV, STAGING = "envs/dev/web/deployment.yaml", "envs/staging/web/deployment.yaml"
SOAKED = timedelta(minutes=11)


def a_team(versions: str, present: str, *, images: tuple[str, ...] = ()) -> Setting:
    """Two environments that hold this version, without checks; the registry has these images."""
    manifest = DEPLOYMENT % present
    files = {".gitops.yml": POLICY % versions, DEV: manifest, STAGING: manifest}
    return Setting(files=files, people=PEOPLE, teams={}, required_checks=(), images=images)


def push(world: World, tag: str, *, image: str = "acme/web", revision: str | None = None, hour: int = 0) -> str:
    """Push an image with its own build time; return its digest."""
    created = datetime(2026, 1, 1, hour, tzinfo=UTC)
    return world.stage.registry.push_image(image, tag, revision=revision, created=created, labels={"hour": str(hour)})


async def settled(world: World) -> list[str]:
    """Settle; return what was opened and merged since, without numbers."""
    await world.stage.settle()
    return [re.sub(r" #[0-9]+", "", line) for line in world.news() if not line.startswith("recorded")]


@pytest.mark.parametrize(
    ("versions", "present", "others", "newest"),
    [
        ("numeric: highest, tags: '^build-(?P<version>[0-9]+)$'", "build-9", ("build-8", "100"), "build-10"),
        ("numeric: lowest", "7", ("8", "latest"), "6"),
        (
            "alphabetical: last, tags: '^RELEASE'",
            "RELEASE.2026-01-31",
            ("RELEASE.2025-12-01", "latest"),
            "RELEASE.2026-02-01",
        ),
        ("alphabetical: first, ignore: ['*-rc']", "m", ("z", "a-rc"), "b"),
    ],
)
async def test_each_order_by_name_promotes_its_newest_tag(
    versions: str, present: str, others: tuple[str, ...], newest: str
) -> None:
    async with a_world(a_team(versions, present, images=(present,))) as world:
        for tag in (*others, newest):
            push(world, tag)
        assert await settled(world) == [
            f"opened dev: web {present} → {newest}",
            "merged",
            f"opened staging: web {present} → {newest}",
        ]
        await world.advance(SOAKED)
        assert await settled(world) == ["merged"]
        assert world.text(STAGING) == DEPLOYMENT % newest


async def test_the_order_newest_promotes_the_newest_build() -> None:
    async with a_world(a_team("newest: created, tags: '^main-'", "main-5", images=())) as world:
        push(world, "main-5", hour=5)
        push(world, "main-9", hour=3)
        push(world, "dev", hour=9)
        assert await settled(world) == []
        push(world, "main-1", hour=7)
        assert await settled(world) == [
            "opened dev: web main-5 → main-1",
            "merged",
            "opened staging: web main-5 → main-1",
        ]
        await world.advance(SOAKED)
        assert await settled(world) == ["merged"]


@pytest.mark.story
async def test_a_moving_tag_is_followed_forward_but_not_back() -> None:
    """`latest` moves on and is followed; it moves back, and is not; a person decides, and the next one flows."""
    async with a_world(a_team("digest: latest", "latest@<digest of latest>", images=("latest",))) as world:
        first = world.stage.digests["latest"]
        second = push(world, "latest", hour=1)
        assert await settled(world) == [
            f"opened dev: web {first[7:19]} → {second[7:19]}",
            "merged",
            f"opened staging: web {first[7:19]} → {second[7:19]}",
        ]
        assert world.text(DEV) == DEPLOYMENT % f"latest@{second}"
        assert (
            f"| `ghcr.io/acme/web` | `latest` `{first[7:19]}` | `latest` `{second[7:19]}` |"
            in world.pull("staging").body
        )

        third = push(world, "latest", hour=2)
        assert await settled(world) == [f"opened dev: web {second[7:19]} → {third[7:19]}"]
        assert world.verdict("dev").startswith(
            f"pace: {second[7:19]} stays while staging is still waiting for its soak (until "
        )
        await world.advance(SOAKED)
        assert await settled(world) == ["merged", "merged", f"opened staging: web {second[7:19]} → {third[7:19]}"]
        assert world.text(STAGING) == DEPLOYMENT % f"latest@{second}"
        await world.advance(SOAKED)
        assert "merged" in (await settled(world))[-1]
        assert world.text(STAGING) == world.text(DEV) == DEPLOYMENT % f"latest@{third}"

        world.stage.registry.move_tag("acme/web", "latest", second)
        assert await settled(world) == []
        issue = world.stage.manifests.open_issue("Why?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert f"`latest` of `ghcr.io/acme/web` moved back to the older `{second[7:19]}`" in why
        assert f"blocked | downgrade | `{second[7:19]}` is not newer than `{third[7:19]}`" in why

        answer = await world.ask(f"/rollback dev web@{second[7:19]}", by="dana", on=issue.number)
        assert f"Rolling back `dev` to `{second[7:19]}`" in answer
        assert (await settled(world))[-1].startswith("merged")
        assert world.text(DEV) == DEPLOYMENT % f"latest@{second}"
        fourth = push(world, "latest", hour=4)
        assert f"opened dev: web {second[7:19]} → {fourth[7:19]}" in await settled(world)


TWO = DEPLOYMENT.replace("]}}}", ", {name: worker, image: 'ghcr.io/acme/worker:%s'}]}}}")


def two_images(versions: str, present: tuple[str, str]) -> Setting:
    """Two images that are released together, in two environments."""
    manifest = TWO % present
    policy = (POLICY % versions).replace("image: ghcr.io/acme/web", "images: [ghcr.io/acme/web, ghcr.io/acme/worker]")
    return Setting(
        files={".gitops.yml": policy, DEV: manifest, STAGING: manifest}, people=PEOPLE, teams={}, required_checks=()
    )


async def test_two_images_are_promoted_together() -> None:
    """One is pushed an hour late; a version that only one image has is passed over."""
    async with a_world(two_images("semver: '*'", ("v1.0.0", "v1.0.0"))) as world:
        for image in ("acme/web", "acme/worker"):
            push(world, "v1.0.0", image=image)
        push(world, "v1.1.0")
        push(world, "v1.2.0")
        assert await settled(world) == []
        push(world, "v1.1.0", image="acme/worker")
        assert (await settled(world))[:2] == ["opened dev: web v1.0.0 → v1.1.0", "merged"]
        assert world.text(DEV) == TWO % ("v1.1.0", "v1.1.0")


async def test_two_images_of_a_moving_tag_come_from_one_commit() -> None:
    first, second = "1" * 40, "2" * 40
    async with a_world(two_images("digest: main", ("main", "main"))) as world:
        web = push(world, "main", revision=first)
        worker = push(world, "main", image="acme/worker", revision=first)
        assert (await settled(world))[:2] == [f"opened dev: web main → {web[7:19]}", "merged"]
        assert world.text(DEV) == TWO % (f"main@{web}", f"main@{worker}")
        await world.advance(SOAKED)
        assert await settled(world) == ["merged"]

        web = push(world, "main", revision=second, hour=1)
        assert await settled(world) == []
        issue = world.stage.manifests.open_issue("Why?", by=world.stage.person("dana"))
        why = await world.ask("/why dev", by="dana", on=issue.number)
        assert "the images are not all built from the same commit yet: web from 2222222, worker from 1111111" in why
        worker = push(world, "main", image="acme/worker", revision=second, hour=1)
        assert (await settled(world))[1] == "merged"
        assert world.text(DEV) == TWO % (f"main@{web}", f"main@{worker}")
