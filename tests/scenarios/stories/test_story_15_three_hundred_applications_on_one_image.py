"""Three hundred applications run one image: one push makes three hundred keys due.

The first thirty are active already; the others are watched, as in the weeks in which a team begins with the bot.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from tests.scenarios.world import TEAM, Setting, a_world

SITES = tuple(f"site-{number:03}" for number in range(1, 301))
ACTIVE = SITES[:30]
MANIFEST = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: site}
spec:
  template:
    spec:
      containers: [{name: base, image: 'ghcr.io/acme/base:v1.0.0'}]  # one of many
"""


def many() -> Setting:
    """A folder for each, and a policy with three hundred names."""
    site = "image: ghcr.io/acme/base, versions: {semver: '>=1.0.0'}"
    applications = "".join(
        f"  {name}: {{{site}, mode: {'active' if name in ACTIVE else 'observe'}}}\n" for name in SITES
    )
    live = "environments:\n  live:\n    path: sites/{application}\n    from: registry\n"
    return replace(
        TEAM,
        files={
            ".gitops.yml": f"version: 1\napplications:\n{applications}{live}",
            **{f"sites/{name}/site.yaml": MANIFEST for name in SITES},
        },
        required_checks=(),
        images=(),
        others={"acme/base": ("v1.0.0",)},
    )


async def test_one_push_costs_bounded_work_per_application() -> None:
    """GitHub is asked so often for each, whatever the others do."""
    async with a_world(many()) as world:
        world.requests()
        asked_of_registry = len(world.stage.registry.requests)
        moved = MANIFEST.replace("v1.0.0", "v1.1.0")

        await world.push_other("acme/base", "v1.1.0")
        await world.advance(timedelta(minutes=10))

        assert [world.text(f"sites/{name}/site.yaml") for name in SITES] == [
            moved if name in ACTIVE else MANIFEST for name in SITES
        ]
        done = Counter(line.split()[0] for line in world.news())
        assert (done["opened"], done["merged"], done["moved"], done["closed"]) == (len(ACTIVE), len(ACTIVE), 0, 0)
        asked = Counter(world.requests())
        assert asked["Observe"] <= 2 * len(SITES) + 10 * len(ACTIVE)
        assert asked["Write"] <= 4 * len(ACTIVE)
        registry = world.stage.registry.requests[asked_of_registry:]
        assert sum(request.method == "GET" and "/tags/" not in request.path for request in registry) <= 100, (
            "only these count against the pull limit of Docker Hub"
        )
        page = world.dashboard()
        assert page is not None
        assert page.body.count("v1.1.0") >= len(SITES) - len(ACTIVE)
