"""Every link in an answer is served, and an operation that is not simulated says so."""

import re
from typing import Any

import pytest

from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.protection.protection import Protection, ProtectionSource
from bot.simulator.github.model.pulls.reviews import ReviewState
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"


NOT_TO_BE_READ = (
    "/git/(blobs|commits|refs|tags|trees)$",  # their templates want an id
    "/merges$",  # is posted to
    "/downloads$",  # GitHub took them away in 2012 and links them still
    "/subscription$",  # 404 for those who have none, as everybody here
    "/branches/change/protection$",  # the branch has none
)


def addresses(value: Any) -> set[str]:
    """Every URL in an answer, with the optional parts of its template left out."""
    if isinstance(value, dict):
        return set().union(*(addresses(inner) for name, inner in value.items() if name != "payload"), set())
    if isinstance(value, list):
        return set().union(*(addresses(inner) for inner in value), set())
    return {re.sub(r"\{[/?][^}]*\}", "", value)} if isinstance(value, str) and value.startswith("http") else set()


async def test_every_link_in_an_answer_is_served(world: World) -> None:
    pull = world.open_pull()
    issue = world.repository.open_issue("Talk", by=world.mona, labels=[world.repository.label("bug")])
    comment = issue.comment("hello", by=world.app.bot)
    issue.close(by=world.mona)
    pull.review(by=world.octocat, state=ReviewState.APPROVED)
    run = world.repository.create_check_run(
        pull.head_oid, "build", app=world.app, details=RunDetails(conclusion=Conclusion.SUCCESS)
    )
    world.repository.set_status(pull.head_oid, "ci", StatusState.SUCCESS, by=world.mona)
    world.repository.protect("main", Protection(source=ProtectionSource.CLASSIC, checks=("build",), approvals=1))
    seen = {
        world.running.url + path
        for path in (
            REPOSITORY, f"{REPOSITORY}/pulls/{pull.number}", f"{REPOSITORY}/issues/{issue.number}",
            f"{REPOSITORY}/issues/comments/{comment.id}", f"{REPOSITORY}/check-runs/{run.id}",
            f"{REPOSITORY}/commits/{pull.head_oid}", f"{REPOSITORY}/commits/{pull.head_oid}/status",
            f"{REPOSITORY}/contents/envs", f"{REPOSITORY}/branches/main", f"{REPOSITORY}/branches/main/protection",
            f"{REPOSITORY}/compare/main...change", "/orgs/acme", "/users/mona", "/users/gitops-bot%5Bbot%5D",
            "/orgs/acme/teams/sre", f"{REPOSITORY}/rules/branches/main",
        )
    }  # fmt: skip
    waiting, dead, octocat = sorted(seen), [], world.as_user(world.octocat)
    while waiting:
        address = waiting.pop()
        path = address.removeprefix(world.running.url)
        reply = await octocat.get(path)
        if reply.status >= 300 and not any(re.search(pattern, path) for pattern in NOT_TO_BE_READ):
            dead.append((reply.status, path))
        for found in addresses(reply.body):
            short = found.removeprefix(world.running.url)
            if not short.startswith(("/repos/", "/users/", "/orgs/", "/organizations/", "/avatars/")) and not re.search(
                r"\.(diff|patch)$|/raw/", short
            ):
                pass  # a page for people: the demo serves those
            elif found not in seen and "{" not in found and re.sub(r"\d+|[0-9a-f]{40}", "N", found) not in seen:
                seen |= {found, re.sub(r"\d+|[0-9a-f]{40}", "N", found)}
                waiting.append(found)

    assert not dead, "\n".join(f"{status} {path}" for status, path in sorted(dead))
    assert len(seen) > 60


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_an_operation_that_is_not_simulated_says_so(world: World, method: str) -> None:
    reply = await world.as_bot.send(method, f"{REPOSITORY}/actions/runs")
    assert (reply.status, reply.body["message"]) == (
        501, f"The simulator does not know {method} {REPOSITORY}/actions/runs",
    )  # fmt: skip


async def test_another_method_of_a_known_path_is_not_a_missing_thing(world: World) -> None:
    assert (await world.as_bot.delete(f"{REPOSITORY}/pulls/1")).status == 501


async def test_head_requests_are_answered_like_get(world: World) -> None:
    path = f"{REPOSITORY}/branches/main"
    shown, asked = await world.as_bot.get(path), await world.as_bot.send("HEAD", path)
    missing = await world.as_bot.send("HEAD", f"{REPOSITORY}/branches/nothing")

    assert (asked.status, asked.body, missing.status) == (200, None, 404)
    assert asked.headers["ETag"] == shown.headers["ETag"]
    again = await world.as_bot.send("HEAD", path, headers={"If-None-Match": shown.headers["ETag"]})
    assert again.status == 304


DIFF = """\
diff --git a/envs/dev/web/deployment.yaml b/envs/dev/web/deployment.yaml
index 8d74edb..6d3fd4e 100644
--- a/envs/dev/web/deployment.yaml
+++ b/envs/dev/web/deployment.yaml
@@ -1 +1 @@
-image: ghcr.io/acme/web:v1.4.1
+image: ghcr.io/acme/web:change
"""


async def test_a_diff_has_file_headers(world: World) -> None:
    pull = world.open_pull()
    accept = {"Accept": "application/vnd.github.diff"}

    asked = await world.as_bot.get(f"{REPOSITORY}/pulls/{pull.number}", **accept)
    linked = await world.as_bot.get(f"/acme/manifests/pull/{pull.number}.diff")
    commit = await world.as_bot.get(f"{REPOSITORY}/commits/{pull.head_oid}", **accept)
    compared = await world.as_bot.get(f"{REPOSITORY}/compare/main...change", **accept)
    patch = await world.as_bot.get(f"/acme/manifests/pull/{pull.number}.patch")

    texts = [re.sub("index .*", "index 8d74edb..6d3fd4e 100644", one.body.decode()) for one in (asked, linked)]
    assert texts == [DIFF, DIFF]
    assert commit.body == compared.body == asked.body
    assert patch.body.startswith(f"From {pull.head_oid} ".encode())
    assert b"Subject: [PATCH] Change change\n" in patch.body
    assert patch.body.count(b"diff --git") == 1
