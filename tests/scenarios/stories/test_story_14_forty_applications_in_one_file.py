"""Forty applications have their versions on forty lines of one file, and all are promoted at once."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from tests.scenarios.world import TEAM, Setting, a_world

APPLICATIONS = tuple(f"app{number:02}" for number in range(1, 41))
VALUES = "envs/dev/values.yaml"


def forty() -> Setting:
    """Return forty applications on neighbouring lines, so that each promotion conflicts with the next one."""
    applications = "".join(
        f"  {name}: {{image: ghcr.io/acme/{name}, versions: {{semver: '>=1.0.0'}}}}\n" for name in APPLICATIONS
    )
    policy = f"version: 1\napplications:\n{applications}environments:\n  dev:\n    path: envs/dev\n    from: registry\n"
    return replace(
        TEAM,
        files={".gitops.yml": policy, VALUES: values("v1.0.0")},
        required_checks=(),
        images=(),
        others=dict.fromkeys((f"acme/{name}" for name in APPLICATIONS), ("v1.0.0",)),
    )


def values(tag: str) -> str:
    """The file, with every application at this version."""
    return "images:\n" + "".join(
        f"  {name}: {{image: 'ghcr.io/acme/{name}:{tag}'}}  # {name}\n" for name in APPLICATIONS
    )


async def test_all_forty_versions_arrive() -> None:
    """Every byte is correct, every promotion merges, and the number of writes grows only with the applications."""
    async with a_world(forty()) as world:
        world.requests()
        for name in APPLICATIONS:
            world.stage.push_other(f"acme/{name}", "v1.1.0")
        await world.settle()
        await world.live(timedelta(hours=2))  # GitHub's limit on new content is kept

        assert world.text(VALUES) == values("v1.1.0")
        done = Counter(line.split()[0] for line in world.news())
        assert (done["opened"], done["merged"], done["closed"]) == (len(APPLICATIONS), len(APPLICATIONS), 0)
        assert done["moved"] <= 2 * len(APPLICATIONS), "a head is built anew when it conflicts, and not before"
        asked = Counter(world.requests())
        assert asked["Write"] <= 10 * len(APPLICATIONS)
        assert asked["Observe"] <= 40 * len(APPLICATIONS)
