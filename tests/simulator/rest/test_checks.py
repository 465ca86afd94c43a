"""REST: check runs, suites and statuses."""

from typing import Any

import pytest

from bot.simulator.github.model.accounts.apps import Access
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"


async def test_a_check_run_from_start_to_end(world: World) -> None:
    bot, head = world.as_bot, world.repository.head()
    annotation = {
        "path": ".gitops.yml",
        "start_line": 3,
        "end_line": 3,
        "annotation_level": "failure",
        "message": "unknown key `gate`; did you mean `gates`?",
    }

    made = await bot.post(
        f"{REPOSITORY}/check-runs", {"name": "gitops/policy", "head_sha": head, "status": "in_progress"}
    )
    one = f"{REPOSITORY}/check-runs/{made.body['id']}"
    done = await bot.patch(
        one,
        {
            "conclusion": "failure",
            "completed_at": "2026-11-23T09:05:00Z",
            "details_url": "https://example.com/1",
            "output": {"title": "Broken", "summary": "One error", "annotations": [annotation]},
            "actions": [{"label": "Promote", "description": "To prod", "identifier": "promote"}],
        },
    )
    annotations = (await bot.get(f"{one}/annotations")).body

    assert (made.status, made.body["status"], made.body["conclusion"]) == (201, "in_progress", None)
    assert (done.body["status"], done.body["conclusion"]) == ("completed", "failure")
    assert done.body["output"]["annotations_count"] == 1
    assert done.body["app"]["slug"] == "gitops-bot"
    assert [found["start_line"] for found in annotations] == [3]
    assert (await bot.get(one)).body == done.body
    assert (await bot.post(f"{one}/rerequest")).status == 201
    assert (await bot.get(one)).body == done.body, "its App decides whether to change it"
    assert (await bot.get(f"{REPOSITORY}/check-runs/1")).status == 404


async def test_only_the_newest_of_a_name_counts(world: World) -> None:
    bot, head = world.as_bot, world.repository.head()
    for conclusion in ("failure", "success"):
        await bot.post(f"{REPOSITORY}/check-runs", {"name": "build", "head_sha": head, "conclusion": conclusion})
    await bot.post(f"{REPOSITORY}/check-runs", {"name": "lint", "head_sha": head})

    latest = (await bot.get(f"{REPOSITORY}/commits/main/check-runs")).body
    every = (await bot.get(f"{REPOSITORY}/commits/{head}/check-runs?filter=all&check_name=build")).body
    waiting = (await bot.get(f"{REPOSITORY}/commits/main/check-runs?status=queued&app_id={world.app.id}")).body
    suites = (await bot.get(f"{REPOSITORY}/commits/main/check-suites")).body
    suite = suites["check_suites"][0]

    assert {run["name"]: run["conclusion"] for run in latest["check_runs"]} == {"build": "success", "lint": None}
    assert every["total_count"] == 2
    assert [run["name"] for run in waiting["check_runs"]] == ["lint"]
    assert suites["total_count"] == 1
    assert (suite["status"], suite["head_sha"], suite["latest_check_runs_count"]) == ("in_progress", head, 2)
    assert (await bot.get(f"{REPOSITORY}/check-suites/{suite['id']}")).body == suite
    assert (await bot.get(f"{REPOSITORY}/check-suites/{suite['id']}/check-runs")).body["total_count"] == 2
    assert (await bot.get(f"{REPOSITORY}/check-suites/1")).status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"head_sha": "0" * 40},
        {"status": "completed"},
        {"conclusion": "fine"},
        {"output": {"title": "No summary"}},
        {"output": {"summary": "", "annotations": [{"path": "a", "annotation_level": "notice", "message": "m"}]}},
        {"actions": [{"label": "A label that is far too long", "description": "", "identifier": "a"}]},
        {"output": {"summary": "", "annotations": [{}] * 51}},
        {"name": None},
    ],
)
async def test_invalid_check_runs_are_refused(world: World, change: dict[str, Any]) -> None:
    body = {"name": "build", "head_sha": world.repository.head(), **change}

    assert (await world.as_bot.post(f"{REPOSITORY}/check-runs", body)).status == 422


async def test_only_apps_create_check_runs(world: World) -> None:
    other = world.github.create_app("ci", owner=world.acme, permissions={"checks": Access.WRITE})
    run = world.repository.create_check_run(world.repository.head(), "build", app=other)

    by_user = await world.as_user(world.mona).post(
        f"{REPOSITORY}/check-runs", {"name": "build", "head_sha": world.repository.head()}
    )
    by_another = await world.as_bot.patch(f"{REPOSITORY}/check-runs/{run.id}", {"conclusion": "success"})

    assert (by_user.status, by_user.body["message"]) == (403, "You must authenticate via a GitHub App.")
    assert by_another.status == 403
    assert f"`{world.app.id}`" in by_another.body["message"]


async def test_statuses_are_set_and_combined(world: World) -> None:
    mona, head = world.as_user(world.mona), world.repository.head()
    statuses = f"{REPOSITORY}/statuses/{head}"

    none = (await mona.get(f"{REPOSITORY}/commits/main/status")).body
    made = await mona.post(statuses, {"state": "pending", "context": "argocd/web-dev", "description": "Progressing"})
    await mona.post(statuses, {"state": "success", "context": "argocd/web-dev", "target_url": "https://example.com"})
    good = (await mona.get(f"{REPOSITORY}/commits/main/status")).body
    await mona.post(statuses, {"state": "error"})
    bad = (await mona.get(f"{REPOSITORY}/commits/main/status")).body
    listed = (await mona.get(f"{REPOSITORY}/commits/main/statuses")).body

    assert (none["state"], none["total_count"]) == ("pending", 0)
    assert (made.status, made.body["creator"]["login"]) == (201, "mona")
    assert (good["state"], good["total_count"]) == ("success", 1)
    assert (bad["state"], bad["total_count"]) == ("failure", 2)
    assert [(one["context"], one["state"]) for one in listed] == [
        ("default", "error"),
        ("argocd/web-dev", "success"),
        ("argocd/web-dev", "pending"),
    ]
    assert (await mona.post(statuses, {"state": "expected"})).status == 422
    assert (await mona.post(f"{REPOSITORY}/statuses/{'0' * 40}", {"state": "success"})).status == 422
