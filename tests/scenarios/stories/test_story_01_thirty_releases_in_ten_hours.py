"""Thirty releases in ten hours, without a person: dev, staging and prod all get new versions.

CI, the registry and Argo CD do their work. The people only look on, and come the next morning.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.cli.demo.setting import FILES
from bot.simulator.github.model.checks.runs import Conclusion
from bot.simulator.github.model.checks.statuses import StatusState
from tests.scenarios.world import TEAM, World, a_world

POLICY = """\
version: 1
mode: active
applications:
  web:
    image: ghcr.io/acme/web
    source: {repository: acme/web, branch: main, paths: ['**', '!docs/**']}
    owners: ['@acme/web']
    versions:
      semver: ">=1.0.0"
      tags: '^v(?P<version>.+)$'
      ignore: ['*-rc*']
      platforms: [linux/amd64, linux/arm64]
      write: tag+digest
    edit:
      - {file: 'values/{environment}.yaml', path: web.image.tag, write: tag}

environments:
  dev:
    path: envs/dev/{application}
    from: registry
    gates: {checks: [build, 'test / *']}
    merge: auto
  staging:
    path: envs/staging/{application}
    from: dev
    gates:
      soak: 30m
      health: ['argocd/{application}-{environment}']
    merge: auto
  prod:
    path: envs/prod/{application}
    from: staging
    promote: manual
    gates:
      soak: 4h
      approvals: {count: 1, from: [owners, '@acme/sre'], not: [requester]}
      windows: [{days: mon-fri, hours: '09:00-16:00', timezone: Europe/Berlin}]
      freezes: [{from: 2026-12-18, to: 2027-01-04, reason: holidays}]
    limit: {merges: 5, per: 10m}
    rollback: {approvals: 0}
    permissions: {promote: [owners], rollback: [owners, '@acme/sre'], override: ['@acme/sre-leads']}
    merge: auto
"""
VALUES = {f"values/{name}.yaml": "web: {image: {tag: v1.4.1}}\n" for name in ("dev", "staging", "prod")}
A_TEAM = replace(TEAM, files={**FILES, **VALUES, ".gitops.yml": POLICY}, required_checks=())
GREEN = {"build": Conclusion.SUCCESS, "test / unit": Conclusion.SUCCESS, "test / browser": Conclusion.SUCCESS}
STEP, RELEASES, HOUR = timedelta(minutes=2), 30, timedelta(hours=1)
ASKED_AFTER = (15, 18, 22, 26, 30)
"""So many releases: five hours, and then all day long."""


async def twenty_minutes_after(world: World, release: int) -> None:
    """A release is built and pushed, every tenth after a candidate of it; Argo CD reports on dev within two minutes."""
    manifests, tag = world.stage.manifests, f"v1.5.{release}"
    if release % 10 == 9:
        world.stage.push_image(f"{tag}-rc1")
    world.stage.build(tag, checks=GREEN)
    world.stage.push_image(tag)
    for _ in range(10):
        head = manifests.head()
        await world.live(STEP)
        if not any(each.context == "argocd/web-dev" for each in manifests.checks.latest_statuses(head)):
            manifests.set_status(head, "argocd/web-dev", StatusState.SUCCESS, by=world.stage.person("argocd"))


def moves(world: World, environment: str) -> dict[str, datetime]:
    """Return when each version arrived in an environment."""
    merged = [
        pull for pull in world.stage.manifests.pulls if pull.head_ref == f"gitops/{environment}/web" and pull.merged_at
    ]
    return {pull.title.rpartition(" ")[2]: pull.merged_at for pull in merged if pull.merged_at}


@pytest.mark.timeout(400)  # a third of a minute of work, on a machine that has nothing else to do
async def test_every_environment_gets_new_versions() -> None:
    """At noon the bot is replaced by one without memory; dev, staging and prod still get their versions."""
    async with a_world(A_TEAM) as world:
        morning = world.stage.clock.now()
        page = world.stage.manifests.open_issue("What could go to prod?", by=world.stage.person("erin")).number
        for release in range(RELEASES):
            if release == 12:
                await world.restart()
            await twenty_minutes_after(world, release)
            if release + 1 in ASKED_AFTER:
                said = await world.say("/why prod", by="erin", on=page)
                assert "is next, once somebody writes `/promote prod web`" in said
                assert "soaked in `staging` for 4h" in said
        assert not any("-rc" in line for line in world.actions())
        assert world.dashboard() is None, "nothing was ever stuck"

        dev, staging = moves(world, "dev"), moves(world, "staging")
        assert len(dev) >= 15
        assert len(staging) >= 2
        assert moves(world, "prod") == {}
        times = list(dev.values())
        pauses = [later - former for former, later in pairwise(times)]
        assert max(pauses) <= timedelta(minutes=36), "half an hour of soak, and what the machines take"
        assert next(iter(staging.values())) - morning <= timedelta(minutes=36)
        assert all(later - former <= timedelta(hours=4, minutes=10) for former, later in pairwise(staging.values()))

        await the_next_morning(world)


async def the_next_morning(world: World) -> None:
    """At nine in Berlin dana promotes the soaked version, and sam sees at once what it changes and what he must do."""
    await world.live(13 * HOUR)
    world.news()
    answer = await world.say("/promote prod", by="dana")
    version = world.pull("prod").title.rpartition(" ")[2]
    assert world.pull("prod").title == f"prod: web v1.4.1 → {version}"
    assert f"Promoting `prod` to `{version}`" in answer
    text = world.page("prod")
    assert "⛔ **Approvals:** waiting for 1 approval from acme/web, acme/sre" in text
    assert "| ✅ passed | windows | " in text
    assert "| ✅ passed | soak | soaked in `staging` for 4h |" in text
    assert f"Release {version} — `dana`" in text
    await world.approve("prod", by="sam")
    assert world.actions()[-1] == "merged prod"
    digest = world.stage.digests[version]
    assert f"ghcr.io/acme/web:{version}@{digest}" in world.text("envs/prod/web/deployment.yaml")
    assert world.text("values/prod.yaml") == f"web: {{image: {{tag: {version}}}}}\n"
