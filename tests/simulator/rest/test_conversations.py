"""REST: issues, comments, labels, reactions, pull requests, reviews, merging."""

from typing import Any

import pytest

from bot.simulator.github.model.accounts.apps import Access
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.protection.protection import Protection
from bot.simulator.github.model.pulls.reviews import ReviewState
from bot.simulator.github.model.world.world import Mergeability
from tests.simulator.http_world import Client, World

REPOSITORY = "/repos/acme/manifests"
PATH = "envs/dev/web/deployment.yaml"


async def test_an_issue_from_opening_to_closing(world: World) -> None:
    bot = world.as_bot

    made = await bot.post(f"{REPOSITORY}/issues", {"title": "Dashboard", "body": "…", "labels": ["gitops"]})
    number = made.body["number"]
    changed = await bot.patch(f"{REPOSITORY}/issues/{number}", {"title": "GitOps", "body": "new", "labels": ["a", "b"]})
    closed = await bot.patch(f"{REPOSITORY}/issues/{number}", {"state": "closed", "state_reason": "not_planned"})
    opened = await bot.patch(f"{REPOSITORY}/issues/{number}", {"state": "open"})

    assert (made.status, made.body["user"]["login"]) == (201, "gitops-bot[bot]")
    assert made.body["performed_via_github_app"]["slug"] == "gitops-bot"
    assert (changed.body["title"], [one["name"] for one in changed.body["labels"]]) == ("GitOps", ["a", "b"])
    assert (closed.body["state"], closed.body["state_reason"]) == ("closed", "not_planned")
    assert closed.body["closed_by"]["login"] == "gitops-bot[bot]"
    assert (opened.body["state"], opened.body["state_reason"]) == ("open", "reopened")
    assert (await bot.get(f"{REPOSITORY}/issues/{number}")).body == opened.body
    wrong = await bot.patch(f"{REPOSITORY}/issues/{number}", {"state": "merged"})
    assert (wrong.status, (await bot.get(f"{REPOSITORY}/issues/99")).status) == (422, 404)
    assert (await bot.get(f"{REPOSITORY}/issues/x")).status == 404


async def test_lists_hold_pull_requests_too(world: World) -> None:
    world.repository.open_issue("An issue", by=world.mona).close(by=world.mona)
    pull = world.open_pull()
    pull.add_labels(world.repository.label("gitops"), by=world.mona)

    shown = (await world.as_bot.get(f"{REPOSITORY}/issues")).body
    every = (await world.as_bot.get(f"{REPOSITORY}/issues?state=all")).body
    labelled = (await world.as_bot.get(f"{REPOSITORY}/issues?state=all&labels=GitOps")).body

    assert [one["number"] for one in shown] == [one["number"] for one in labelled] == [2]
    assert [one["number"] for one in every] == [2, 1]
    assert shown[0]["pull_request"]["merged_at"] is None


async def test_comments_and_reactions(world: World) -> None:
    pull, bot = world.open_pull(), world.as_bot
    comments = f"{REPOSITORY}/issues/{pull.number}/comments"

    made = await bot.post(comments, {"body": "Status"})
    one = f"{REPOSITORY}/issues/comments/{made.body['id']}"
    changed = await bot.patch(one, {"body": "Newer"})
    eyes = await bot.post(f"{one}/reactions", {"content": "eyes"})
    again = await bot.post(f"{one}/reactions", {"content": "eyes"})
    wrong = await bot.post(f"{one}/reactions", {"content": "shrug"})
    listed = await bot.get(f"{one}/reactions")
    foreign = await world.as_user(world.mona).delete(f"{one}/reactions/{eyes.body['id']}")
    counted = (await bot.get(one)).body["reactions"]
    assert [found["body"] for found in (await bot.get(comments)).body] == ["Newer"]
    taken = await bot.delete(f"{one}/reactions/{eyes.body['id']}")
    on_pull = await bot.post(f"{REPOSITORY}/issues/{pull.number}/reactions", {"content": "+1"})
    removed = await bot.delete(one)

    assert (made.status, changed.body["body"]) == (201, "Newer")
    assert (eyes.status, again.status, wrong.status, foreign.status) == (201, 200, 422, 403)
    assert [found["content"] for found in listed.body] == ["eyes"]
    assert (counted["eyes"], counted["total_count"]) == (1, 1)
    assert (taken.status, on_pull.status, removed.status) == (204, 201, 204)
    assert (await bot.delete(f"{one}/reactions/1")).status == 404
    assert (await bot.get(one)).status == 404
    listed = await bot.get(f"{REPOSITORY}/issues/{pull.number}/reactions")
    assert len(listed.body) == 1
    assert (await bot.delete(f"{REPOSITORY}/issues/{pull.number}/reactions/{listed.body[0]['id']}")).status == 204
    blank = await bot.post(comments, {"body": " "})
    assert blank.status == 422


async def test_on_a_pull_request_its_own_permission_serves_as_well(world: World) -> None:
    pull, issue = world.open_pull(), world.repository.open_issue("Hello", by=world.mona)
    token = world.running.tokens.for_installation(world.installation, permissions={"pull_requests": Access.WRITE}).token
    client = world.client(f"Bearer {token}")

    on_pull = await client.post(f"{REPOSITORY}/issues/{pull.number}/comments", {"body": "Hello"})
    on_issue = await client.post(f"{REPOSITORY}/issues/{issue.number}/comments", {"body": "Hello"})
    changed = await client.patch(f"{REPOSITORY}/issues/comments/{on_pull.body['id']}", {"body": "Changed"})

    assert (on_pull.status, on_issue.status, changed.status) == (201, 403, 200)


async def test_labels(world: World) -> None:
    bot, pull = world.as_bot, world.open_pull()
    on_pull = f"{REPOSITORY}/issues/{pull.number}/labels"

    made = await bot.post(f"{REPOSITORY}/labels", {"name": "gitops/hold", "color": "d93f0b", "description": "Stop"})
    twice = await bot.post(f"{REPOSITORY}/labels", {"name": "GitOps/hold"})
    shown = await bot.get(f"{REPOSITORY}/labels/gitops%2Fhold")
    renamed = await bot.patch(f"{REPOSITORY}/labels/gitops%2Fhold", {"new_name": "hold"})
    added = await bot.post(on_pull, ["hold", "new"])
    replaced = await bot.put(on_pull, {"labels": ["new", "other"]})
    removed = await bot.delete(f"{on_pull}/other")

    assert (made.status, shown.body["color"], renamed.body["name"]) == (201, "d93f0b", "hold")
    assert twice.body["errors"] == [{"resource": "Label", "code": "already_exists", "field": "name"}]
    assert [one["name"] for one in added.body] == ["hold", "new"]
    assert [one["name"] for one in replaced.body] == ["new", "other"]
    assert [one["name"] for one in removed.body] == ["new"]
    assert (await bot.delete(f"{on_pull}/other")).body["message"] == "Label does not exist"
    assert [one["name"] for one in (await bot.get(on_pull)).body] == ["new"]
    assert {one["name"] for one in (await bot.get(f"{REPOSITORY}/labels")).body} == {"hold", "new", "other"}
    assert (await bot.get(f"{REPOSITORY}/labels/nothing")).status == 404
    assert (await bot.delete(f"{REPOSITORY}/labels/new")).status == 204
    assert (await bot.get(on_pull)).body == []


# -- pull requests -----------------------------------------------------------------------------------------------------


async def opened(client: Client, **changes: Any) -> Any:
    body = {"title": "dev: web v1.4.1 → v1.5.0", "head": "change", "base": "main", "body": "Why.", **changes}
    return await client.post(f"{REPOSITORY}/pulls", body)


async def test_a_pull_request_from_opening_to_merging(world: World) -> None:
    head, bot = world.change("change"), world.as_bot

    made = await opened(bot)
    one = f"{REPOSITORY}/pulls/{made.body['number']}"
    changed = await bot.patch(one, {"title": "Better"})
    files = (await bot.get(f"{one}/files")).body
    commits = (await bot.get(f"{one}/commits")).body
    not_yet = await bot.get(f"{one}/merge")
    wrong = await bot.put(f"{one}/merge", {"sha": "0" * 40})
    merged = await bot.put(f"{one}/merge", {"sha": head, "merge_method": "squash", "commit_title": "v1.5.0"})
    again = await bot.put(f"{one}/merge", {"sha": head})

    assert (made.status, made.body["head"]["sha"], made.body["changed_files"]) == (201, head, 1)
    assert changed.body["title"] == "Better"
    assert [found["filename"] for found in files] == [PATH]
    assert [found["sha"] for found in commits] == [head]
    assert (not_yet.status, wrong.status) == (404, 409)
    assert wrong.body["message"] == "Head branch was modified. Review and try the merge again."
    assert merged.body["merged"] is True
    assert (again.status, again.body["message"]) == (405, "Pull Request is not mergeable")
    shown = (await bot.get(one)).body
    assert (shown["state"], shown["merged"], shown["merge_commit_sha"]) == ("closed", True, merged.body["sha"])
    assert (await bot.get(f"{one}/merge")).status == 204
    assert world.repository.store.commit(world.repository.head()).headline == "v1.5.0"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"head": "nothing"}, [{"resource": "PullRequest", "code": "invalid", "field": "head"}]),
        ({"base": "nothing"}, [{"resource": "PullRequest", "code": "invalid", "field": "base"}]),
        ({"head": "stranger:change"}, [{"resource": "PullRequest", "code": "invalid", "field": "head"}]),
        (
            {"head": "empty"},
            [{"resource": "PullRequest", "code": "custom", "message": "No commits between main and empty"}],
        ),
        (
            {"head": "taken"},
            [{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for acme:taken."}],
        ),
    ],
)
async def test_pull_requests_that_cannot_be_opened(
    world: World, changes: dict[str, str], errors: list[dict[str, str]]
) -> None:
    world.repository.create_branch("empty", by=world.mona)
    world.open_pull("taken")

    reply = await opened(world.as_bot, **changes)

    assert (reply.status, reply.body["message"], reply.body["errors"]) == (422, "Validation Failed", errors)


async def test_a_pull_request_from_a_fork(world: World) -> None:
    upstream = world.github.create_repository(
        "acme/open", visibility=Visibility.PUBLIC, files={"a": "b"}, by=world.octocat
    )
    fork = world.github.fork(upstream, by=world.hubot)
    fork.commit_files({"a": "c"}, by=world.hubot, branch="change")
    client = world.as_user(world.hubot)

    made = await client.post("/repos/acme/open/pulls", {"title": "x", "head": "hubot:change", "base": "main"})
    listed = await client.get("/repos/acme/open/pulls?head=hubot:change&base=main")

    assert made.status == 201
    assert (made.body["head"]["label"], made.body["head"]["repo"]["full_name"]) == ("hubot:change", "hubot/open")
    assert [one["number"] for one in listed.body] == [made.body["number"]]


async def test_listing_closing_and_reopening(world: World) -> None:
    first, second, bot = world.open_pull("a"), world.open_pull("b"), world.as_bot

    closed = await bot.patch(f"{REPOSITORY}/pulls/{first.number}", {"state": "closed"})
    shown = (await bot.get(f"{REPOSITORY}/pulls")).body
    every = (await bot.get(f"{REPOSITORY}/pulls?state=all&direction=asc")).body
    reopened = await bot.patch(f"{REPOSITORY}/pulls/{first.number}", {"state": "open"})
    by_issue = await bot.patch(f"{REPOSITORY}/issues/{second.number}", {"state": "closed"})

    assert closed.body["state"] == "closed"
    assert [one["number"] for one in shown] == [second.number]
    assert [one["number"] for one in every] == [first.number, second.number]
    assert reopened.body["state"] == "open"
    assert by_issue.body["state"] == "closed"
    assert (await bot.patch(f"{REPOSITORY}/pulls/{first.number}", {"state": "merged"})).status == 422
    assert (await bot.get(f"{REPOSITORY}/pulls/99")).status == 404


async def test_mergeability_is_not_known_at_once(world: World) -> None:
    world.github.mergeability = Mergeability.AFTER_ASKING
    world.change("change")
    made = await opened(world.as_bot)

    asked = (await world.as_bot.get(f"{REPOSITORY}/pulls/{made.body['number']}")).body

    assert (made.body["mergeable"], made.body["mergeable_state"]) == (None, "unknown")
    assert (asked["mergeable"], asked["mergeable_state"]) == (True, "clean")


async def test_protection_speaks_when_merging(world: World) -> None:
    world.repository.protect("main", Protection(checks=("build",), approvals=1))
    pull, bot = world.open_pull(), world.as_bot
    one = f"{REPOSITORY}/pulls/{pull.number}"

    refused = await bot.put(f"{one}/merge", {"sha": pull.head_oid})
    approved = await world.as_user(world.octocat).post(f"{one}/reviews", {"event": "APPROVE", "body": "Fine"})
    unchecked = await bot.put(f"{one}/merge", {"sha": pull.head_oid})

    assert (refused.status, approved.status, unchecked.status) == (405, 200, 405)
    assert "approving review" in refused.body["message"]
    assert unchecked.body["message"] == 'Required status check "build" is expected.'


async def test_reviews(world: World) -> None:
    pull = world.open_pull()
    one, octocat = f"{REPOSITORY}/pulls/{pull.number}", world.as_user(world.octocat)

    asked = await world.as_bot.post(f"{one}/requested_reviewers", {"reviewers": ["octocat"], "team_reviewers": ["sre"]})
    requested = (await octocat.get(f"{one}/requested_reviewers")).body
    made = await octocat.post(f"{one}/reviews", {"event": "REQUEST_CHANGES", "body": "No"})
    own = await world.as_user(world.mona).post(f"{one}/reviews", {"event": "APPROVE"})
    wrong = await octocat.post(f"{one}/reviews", {"event": "SHRUG"})
    dismissed = await octocat.put(f"{one}/reviews/{made.body['id']}/dismissals", {"message": "Yes"})
    stranger = await world.as_bot.post(f"{one}/requested_reviewers", {"reviewers": ["hubot"]})
    no_team = await world.as_bot.post(f"{one}/requested_reviewers", {"team_reviewers": ["nothing"]})

    assert asked.status == 201
    assert [team["slug"] for team in asked.body["requested_teams"]] == ["sre"]
    assert [user["login"] for user in requested["users"]] == ["octocat"]
    assert (made.body["state"], dismissed.body["state"]) == ("CHANGES_REQUESTED", "DISMISSED")
    assert (own.status, own.body["message"]) == (422, "Can not approve your own pull request")
    assert (wrong.status, stranger.status, no_team.status) == (422, 422, 422)
    listed = (await octocat.get(f"{one}/reviews")).body
    assert [review["state"] for review in listed] == ["DISMISSED"]
    assert (await octocat.get(f"{one}/reviews/{made.body['id']}")).body == listed[0]
    assert (await octocat.get(f"{one}/reviews/1")).status == 404
    assert pull.reviews[0].state is ReviewState.DISMISSED


async def test_bringing_a_branch_up_to_date(world: World) -> None:
    pull, bot = world.open_pull(), world.as_bot
    one = f"{REPOSITORY}/pulls/{pull.number}/update-branch"

    nothing = await bot.put(one)
    world.change("main", {"README.md": "# Newer\n"})
    stale = await bot.put(one, {"expected_head_sha": "0" * 40})
    updated = await bot.put(one, {"expected_head_sha": pull.head_oid})
    world.change("main", {PATH: "image: conflict\n"})
    conflict = await bot.put(one)
    pull.close(by=world.mona)
    closed = await bot.put(one)

    assert (nothing.status, stale.status, conflict.status, closed.status) == (422, 422, 422, 422)
    assert updated.status == 202
    assert len(world.repository.store.commit(pull.head_oid).parents) == 2


async def test_the_difference_of_a_pull_request(world: World) -> None:
    pull = world.open_pull()

    reply = await world.as_bot.get(f"{REPOSITORY}/pulls/{pull.number}", Accept="application/vnd.github.diff")

    assert reply.body.decode().startswith(f"diff --git a/{PATH} b/{PATH}\nindex ")


async def test_moving_a_pull_request_to_another_base(world: World) -> None:
    world.repository.create_branch("release", by=world.mona)
    pull = world.open_pull()

    moved = await world.as_bot.patch(f"{REPOSITORY}/pulls/{pull.number}", {"base": "release"})

    assert moved.body["base"]["ref"] == "release"
