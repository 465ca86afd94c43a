"""Check suites: requested by a push, requested again, one per workflow; and checks that never complete.

https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run, https://docs.github.com/en/rest/checks/suites
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.accounts.apps import Access, App
from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.checks.runs import CheckStatus, Conclusion, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.protection.required_checks import RequiredCheck
from tests.simulator.http_world import World
from tests.simulator.model_world import World as ModelWorld
from tests.simulator.model_world import world as model_world
from tests.simulator.server.test_webhooks import names, sent

REPOSITORY = "/repos/acme/manifests"
GREEN = RunDetails(conclusion=Conclusion.SUCCESS)


@pytest.fixture
def here(tmp_path: Path) -> ModelWorld:
    return model_world(tmp_path)


async def test_a_rerequest_keeps_the_run_and_resets_its_suite(world: World) -> None:
    run = world.repository.create_check_run(world.repository.head(), "policy", app=world.app, details=GREEN)
    address, mona = f"{REPOSITORY}/check-runs/{run.id}", world.as_user(world.mona)
    await sent(world)

    asked = await mona.post(f"{address}/rerequest")
    shown = (await world.as_bot.get(address)).body
    suite = (await world.as_bot.get(f"{REPOSITORY}/check-suites/{run.suite.id}")).body
    told = await sent(world)

    assert asked.status == 201
    assert (shown["status"], shown["conclusion"]) == ("completed", "success")
    assert (suite["status"], suite["conclusion"]) == ("queued", None)
    assert names(told) == ["check_run.rerequested"]
    assert told[0][1]["check_run"]["conclusion"] == "success"
    await world.as_bot.patch(address, {"conclusion": "success"})
    assert (await world.as_bot.get(f"{REPOSITORY}/check-suites/{run.suite.id}")).body["conclusion"] == "success"


async def test_a_suite_can_be_rerequested(world: World) -> None:
    run = world.repository.create_check_run(world.repository.head(), "policy", app=world.app, details=GREEN)
    other = world.github.create_app("other", owner=world.acme, permissions={"checks": Access.WRITE})
    world.github.install(other, world.acme)
    await sent(world)

    asked = await world.as_user(world.mona).post(f"{REPOSITORY}/check-suites/{run.suite.id}/rerequest")
    told = await sent(world)

    assert (asked.status, run.suite.status, run.suite.conclusion) == (201, CheckStatus.QUEUED, None)
    assert run.conclusion is Conclusion.SUCCESS
    assert names(told) == ["check_suite.rerequested"], "only its own App is asked"


async def test_only_people_with_write_access_can_rerequest(world: World) -> None:
    run = world.repository.create_check_run(world.repository.head(), "policy", app=world.app, details=GREEN)
    world.repository.grant(world.hubot, Role.READ)
    assert (await world.as_user(world.hubot).post(f"{REPOSITORY}/check-runs/{run.id}/rerequest")).status == 403


async def test_a_push_requests_checks_from_every_app_with_write_access(world: World) -> None:
    # "GitHub creates a check suite automatically when code is pushed to the repository":
    # https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites
    await sent(world)
    sha = world.change("main", {"a": "1"})

    told: list[tuple[str, Any]] = await sent(world)
    listed = (await world.as_bot.get(f"{REPOSITORY}/commits/{sha}/check-suites")).body

    assert names(told) == ["push", "check_suite.requested"]
    suite = told[1][1]["check_suite"]
    assert (suite["head_sha"], suite["head_branch"], suite["status"]) == (sha, "main", "queued")
    assert [one["id"] for one in listed["check_suites"]] == [suite["id"]]
    run = world.repository.create_check_run(sha, "build", app=world.app)
    assert run.suite.id == suite["id"], "the App's runs go there"


def actions(here: ModelWorld) -> App:
    return here.github.create_app("github-actions", owner=here.acme, permissions={"checks": Access.WRITE})


def test_one_suite_per_workflow_so_two_jobs_may_share_a_name(here: ModelWorld) -> None:
    # https://docs.github.com/en/rest/actions/workflow-runs: each run has a `check_suite_id` of its own
    app, head, checks = actions(here), here.repository.head(), here.repository.checks
    first, second = (checks.start_suite(head, app=app) for _ in range(2))
    checks.create_run(head, "build", app=app, details=GREEN, suite=first)
    checks.create_run(head, "build", app=app, details=RunDetails(conclusion=Conclusion.FAILURE), suite=second)

    assert [run.conclusion for run in checks.latest_runs(head)] == [Conclusion.SUCCESS, Conclusion.FAILURE]
    assert rollup(checks.contexts(head)) is StatusState.FAILURE
    pull = here.promotion()
    for conclusion in (Conclusion.SUCCESS, Conclusion.FAILURE):
        suite = checks.start_suite(pull.head_oid, app=app)
        checks.create_run(pull.head_oid, "build", app=app, details=RunDetails(conclusion=conclusion), suite=suite)
    here.repository.protect("main", Protection(checks=("build",)))
    assert pull.blocked_by(pull.protections()) == ['Required status check "build" is failing.']


def test_a_status_counts_for_a_check_that_is_pinned_to_its_app(here: ModelWorld) -> None:
    # palantir/policy-bot#376 and #1240
    pull = here.promotion()
    here.repository.protect("main", Protection(checks=(RequiredCheck("policy", here.app.id),)))
    here.repository.set_status(pull.head_oid, "policy", StatusState.SUCCESS, by=here.writer)
    assert pull.blocked_by(pull.protections()) == ['Required status check "policy" is expected.']
    here.repository.set_status(pull.head_oid, "policy", StatusState.SUCCESS, by=here.app.bot)
    assert pull.blocked_by(pull.protections()) == []


def test_a_run_that_does_not_end_goes_stale_after_fourteen_days(here: ModelWorld) -> None:
    # https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites
    head = here.repository.head()
    waiting = here.check(head, "waiting", None)
    here.github.clock.advance(timedelta(days=13))
    fresh, done = here.check(head, "fresh", None), here.check(head, "done")
    here.hush()
    here.github.clock.advance(timedelta(days=1, seconds=1))

    assert (waiting.status, waiting.conclusion) == (CheckStatus.COMPLETED, Conclusion.STALE)
    assert (fresh.conclusion, done.conclusion) == (None, Conclusion.SUCCESS)


def test_a_suite_keeps_a_thousand_runs_of_a_name(here: ModelWorld) -> None:
    # https://docs.github.com/en/rest/checks/runs#create-a-check-run
    first = here.check(here.repository.head(), "loop")
    for _ in range(1_000):
        last = here.check(here.repository.head(), "loop")
    assert len(last.suite.runs) == 1_000
    assert (last.suite.runs[-1], here.github.node(first.node_id)) == (last, None)
