"""Ninety applications get a new base image at once, and GitHub limits how much the bot may write.

The bot must not meet the limit in either size, must say what waits and until when, and lets a rollback go first.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.simulator.github.traffic.faults import DOCUMENTED, MEASURED, ContentSize
from tests.scenarios.fleets import POLICY, a_fleet
from tests.scenarios.world import TEAM, Setting, World, a_world

SITES = tuple(f"site-{number:02}" for number in range(1, 91))
LAST = SITES[-1]
MANIFEST = "images: [{name: ghcr.io/acme/base, newTag: v1.0.0}]\n"
MINUTES = 3
"""Between the push and the rollback: the budget of the first minute is used up, and most promotions wait."""


def many() -> Setting:
    """One image for all, and two environments; people merge, so that nothing but opening costs the budget."""
    applications = "".join(f"  {name}: {{image: ghcr.io/acme/base, versions: {{semver: '*'}}}}\n" for name in SITES)
    environments = (
        "environments:\n  live: {path: 'live/{application}', from: registry, merge: manual, rollback: {approvals: 0}}\n"
    )
    return replace(
        TEAM,
        files={
            ".gitops.yml": f"version: 1\napplications:\n{applications}{environments}",
            **{f"live/{name}/kustomization.yaml": MANIFEST for name in SITES},
            f"live/{LAST}/kustomization.yaml": MANIFEST.replace("v1.0.0", "v0.9.0"),
        },
        required_checks=(),
        images=(),
        others={"acme/base": ("v0.9.0",)},
    )


def opened(world: World) -> set[str]:
    """The applications with a promotion."""
    return {pull.head_ref.rpartition("/")[2] for pull in world.stage.manifests.pulls}


@pytest.mark.parametrize("size", [MEASURED, DOCUMENTED], ids=["measured", "documented"])
async def test_all_open_as_fast_as_the_budget_allows_and_a_rollback_overtakes_them(size: ContentSize) -> None:
    async with a_world(many()) as world:
        stage, faults = world.stage, world.stage.hub.faults
        await world.push({f"live/{LAST}/kustomization.yaml": MANIFEST}, by="alice")
        faults.limit_content(size)
        began = stage.clock.now()
        stage.push_other("acme/base", "v1.0.0")
        stage.push_other("acme/base", "v1.1.0")
        await world.live(timedelta(minutes=MINUTES))
        waiting = sorted(set(SITES) - opened(world))
        assert 40 <= len(opened(world)) <= 80, "16 in any minute, and the budget's minute is a little longer"

        page = world.dashboard()
        assert page is not None
        assert LAST in waiting
        assert "GitHub limits new content" in world.row("live", application=LAST)
        issue = stage.manifests.open_issue("Where is it?", by=stage.person("sam")).number
        why = stage.comment(issue, f"/why live {LAST}", by="sam")
        await world.live(timedelta(seconds=5))
        assert "GitHub limits new content" in stage.replies(why)[0]
        stage.comment(issue, f"/rollback live {LAST}", by="sam")
        await world.live(timedelta(seconds=15))
        assert "v0.9.0" in world.pull("live", application=LAST).title, "it is opened while others wait"
        assert len(opened(world)) < len(SITES)

        while opened(world) < set(SITES):
            await world.live(timedelta(minutes=1))
        took = stage.clock.now() - began
        looks = world.requests().count("Observe")
        await world.live(timedelta(hours=2))
        statuses = sum(bool(world.status("live", application=name)) for name in SITES)

        assert faults.content_hits == faults.request_hits == 0
        assert took <= timedelta(minutes=12)
        assert statuses == len(SITES), "what is less urgent follows"
        # How often a look is overtaken by another one depends on the machine.
        assert looks <= 12 * len(SITES), "who waits does not look again every minute"
        world.news()


FLEET = 1_000


async def test_a_cold_start_of_a_large_repository_at_the_same_time_meets_no_limit_either() -> None:
    """The bot remembers nothing, and ninety of a thousand applications get the new image at once."""
    own = "".join(f"  {name}: {{image: ghcr.io/acme/base}}\n" for name in SITES)
    live = "  live: {path: 'live/{application}', from: registry, merge: manual, rollback: {approvals: 0}}\n"
    policy = POLICY.replace("  '*': {}\n", "  '*': {}\n" + own) + live
    sites: dict[str, str | None] = {f"live/{name}/kustomization.yaml": MANIFEST for name in SITES}
    async with a_fleet(FLEET, policy=policy) as world:
        stage, faults = world.stage, world.stage.hub.faults
        repository, alice = stage.manifests, stage.person("alice")
        old = MANIFEST.replace("v1.0.0", "v0.9.0")
        repository.commit_files(
            {**sites, f"live/{LAST}/kustomization.yaml": old}, by=alice, branch="main", message="Old"
        )
        repository.commit_files(sites, by=alice, branch="main", message="Sites")
        for tag in ("v0.9.0", "v1.0.0", "v1.1.0"):
            stage.push_other("acme/base", tag)
        faults.limit_content(MEASURED)
        await stage.start()
        await world.live(timedelta(minutes=1))
        assert 0 < len(opened(world)) < len(SITES)
        assert LAST not in opened(world)
        issue = repository.open_issue("Back", by=stage.person("sam")).number
        stage.comment(issue, f"/rollback live {LAST}", by="sam")
        await world.live(timedelta(seconds=15))
        assert "v0.9.0" in world.pull("live", application=LAST).title, "it is opened while others wait"

        while opened(world) < set(SITES):
            await world.live(timedelta(minutes=1))
        assert faults.content_hits == faults.request_hits == 0
        world.news()
