"""Lists in the order and with the filters that clients ask for, and the activity of a repository.

https://docs.github.com/en/rest/issues/issues#list-repository-issues, https://docs.github.com/en/rest/pulls/pulls#list-pull-requests,
https://docs.github.com/en/rest/repos/repos#list-repository-activities
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.checks.runs import Conclusion, RunDetails
from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"


def later(world: World) -> str:
    """Let an hour pass; the time as a client writes it."""
    world.github.clock.advance(timedelta(hours=1))
    return world.github.now().isoformat()


async def titles(world: World, path: str) -> list[str]:
    reply = await world.as_bot.get(f"{REPOSITORY}/{path}")
    assert reply.status == 200, reply.body
    return [one["title"] for one in reply.body]


async def test_issues(world: World) -> None:
    first = world.repository.open_issue("first", by=world.mona)
    later(world)
    second = world.repository.open_issue("second", by=world.octocat, body="for @hubot")
    since = later(world)
    first.comment("once more", by=world.octocat)
    second.assignees.append(world.mona)

    expected = {
        "issues": ["second", "first"],
        "issues?direction=asc": ["first", "second"],
        "issues?sort=updated": ["first", "second"],
        "issues?sort=comments&direction=asc": ["second", "first"],
        f"issues?since={since.replace('+', '%2B')}": ["first"],
        "issues?creator=mona": ["first"],
        "issues?assignee=mona": ["second"],
        "issues?assignee=none": ["first"],
        "issues?assignee=*": ["second"],
        "issues?mentioned=hubot": ["second"],
    }
    assert {path: await titles(world, path) for path in expected} == expected
    assert (await world.as_bot.get(f"{REPOSITORY}/issues?sort=size")).status == 422
    assert (await world.as_bot.get(f"{REPOSITORY}/issues?direction=up")).status == 422


async def test_pull_requests(world: World) -> None:
    first = world.open_pull("a")
    later(world)
    world.open_pull("b")
    later(world)
    first.comment("once more", by=world.octocat)

    expected = {
        "pulls": ["Pull b", "Pull a"],
        "pulls?direction=asc": ["Pull a", "Pull b"],
        "pulls?sort=updated": ["Pull b", "Pull a"],
        "pulls?sort=updated&direction=desc": ["Pull a", "Pull b"],
        "pulls?sort=popularity&direction=desc": ["Pull a", "Pull b"],
    }
    assert {path: await titles(world, path) for path in expected} == expected


async def test_comments_of_one_issue_since(world: World) -> None:
    issue = world.repository.open_issue("Talk", by=world.mona)
    issue.comment("old", by=world.mona)
    since = later(world)
    issue.comment("new", by=world.mona)

    found = (
        await world.as_bot.get(f"{REPOSITORY}/issues/{issue.number}/comments?since={since.replace('+', '%2B')}")
    ).body

    assert [one["body"] for one in found] == ["new"]


async def test_commits_by_author_and_time(world: World) -> None:
    since = later(world).replace("+", "%2B")
    by_mona = world.change("main", {"a": "1"})
    until = world.github.now().isoformat().replace("+", "%2B")
    later(world)
    world.repository.commit_files({"b": "1"}, by=world.octocat)

    async def shas(query: str) -> list[str]:
        return [one["sha"] for one in (await world.as_bot.get(f"{REPOSITORY}/commits?{query}")).body]

    assert await shas("author=mona") == [by_mona]
    assert await shas(f"since={since}&until={until}") == [by_mona]


async def test_comments_of_a_review_are_kept(world: World) -> None:
    pull = world.open_pull()
    remark = {"path": "envs/dev/web/deployment.yaml", "body": "Why this one?", "line": 1, "side": "RIGHT"}
    octocat, reviews = world.as_user(world.octocat), f"{REPOSITORY}/pulls/{pull.number}/reviews"

    made = await octocat.post(reviews, {"event": "COMMENT", "body": "See below", "comments": [remark]})
    elsewhere = {**remark, "path": "nowhere"}
    refused = await octocat.post(reviews, {"event": "COMMENT", "body": "x", "comments": [elsewhere]})
    found = (await world.as_bot.get(f"{REPOSITORY}/pulls/{pull.number}/comments")).body

    assert (made.status, refused.status) == (200, 422)
    assert [(one["path"], one["body"], one["pull_request_review_id"]) for one in found] == [
        (remark["path"], remark["body"], made.body["id"])
    ]
    assert len(pull.threads) == 1
    assert (await world.as_bot.get(f"{REPOSITORY}/pulls/comments")).body == found
    assert (await world.as_bot.get(f"{REPOSITORY}/pulls/comments/{found[0]['id']}")).body == found[0]
    assert (await world.as_bot.get(f"{REPOSITORY}/pulls/{pull.number}")).body["review_comments"] == 1


async def activity(world: World, query: str = "") -> list[dict[str, Any]]:
    reply = await world.as_bot.get(f"{REPOSITORY}/activity{query}")
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.body
    return found


async def test_the_time_of_a_push_is_githubs_own(world: World) -> None:
    before, long_ago = world.repository.head(), world.github.now() - timedelta(hours=5)
    after = world.repository.commit_files({"a": "1"}, by=world.mona, at=long_ago)

    newest = (await activity(world, "?ref=refs/heads/main"))[0]

    assert (newest["before"], newest["after"], newest["activity_type"]) == (before, after, "push")
    assert (newest["actor"]["id"], newest["ref"]) == (world.mona.id, "refs/heads/main")
    assert newest["timestamp"] == world.github.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert await activity(world, "?ref=main") == await activity(world, "?ref=refs/heads/main")


async def test_each_kind_of_activity(world: World) -> None:
    pull = world.open_pull()
    store, repository = world.repository.store, world.repository
    person = world.github.person(world.mona)
    other = store.write_commit(
        tree=store.commit(repository.head()).tree, parents=[], message="else", author=person, committer=person
    )
    repository.create_branch("x", by=world.mona)
    repository.move_ref("refs/heads/x", before=repository.head("x"), after=other, by=world.mona)
    repository.delete_branch("x", by=world.mona)
    merge(pull, MergeOrder(), by=world.octocat)
    repository.protect("main", Protection(merge_queue=MergeMethod.MERGE, checks=("build",)))
    queued, queue = world.open_pull("queued"), repository.queue("main")
    assert queue is not None
    green = RunDetails(conclusion=Conclusion.SUCCESS)
    repository.create_check_run(queued.head_oid, "build", app=world.app, details=green)
    group = queue.add(queued, by=world.mona).group
    assert group is not None
    repository.create_check_run(group.head_oid, "build", app=world.app, details=green)

    on_x = [(one["activity_type"], one["after"] == ZERO) for one in await activity(world, "?ref=refs/heads/x")]
    on_main = [one["activity_type"] for one in await activity(world, "?ref=refs/heads/main&per_page=2")]

    assert on_x == [("branch_deletion", True), ("force_push", False), ("branch_creation", False)]
    assert on_main == ["merge_queue_merge", "pr_merge"]
    assert {one["activity_type"] for one in await activity(world, "?activity_type=pr_merge")} == {"pr_merge"}
    assert {one["actor"]["login"] for one in await activity(world, "?actor=octocat")} == {"octocat"}


async def test_activity_is_read_by_the_page(world: World) -> None:
    for number in range(5):
        world.change("main", {"a": str(number)})
    first = await world.as_bot.get(f"{REPOSITORY}/activity?per_page=2")
    address = first.headers["Link"].partition(">")[0].lstrip("<").removeprefix(world.running.url)

    second = await world.as_bot.get(address)

    assert 'rel="next"' in first.headers["Link"]
    assert [one["id"] for one in [*first.body, *second.body]] == [one["id"] for one in (await activity(world))[:4]]


@pytest.mark.parametrize(("role", "expected"), [("mona", "write"), ("octocat", "admin"), ("hubot", "none")])
async def test_the_permission_of_a_person_is_looked_up_exactly(world: World, role: str, expected: str) -> None:
    # slash-command-dispatch#301: a search by login finds those who only begin so
    reply = await world.as_bot.get(f"{REPOSITORY}/collaborators/{role}/permission")
    assert (reply.status, reply.body["permission"], reply.body["user"]["login"]) == (200, expected, role)
    assert (await world.as_bot.get(f"{REPOSITORY}/collaborators/{role}x/permission")).status == 404
