"""Locked conversations: who may comment, and GitHub's message for the others.

https://docs.github.com/en/communities/moderating-comments-and-conversations/locking-conversations
"""

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from bot.simulator.github.model.conversations.conversation import LockReason
from tests.simulator.http_world import World
from tests.simulator.server.test_webhooks import names, sent

REPOSITORY = "/repos/acme/manifests"
COMMENT = 'mutation($id: ID!) { addComment(input: {subjectId: $id, body: "/why"}) { clientMutationId } }'
REACT = "mutation($id: ID!) { addReaction(input: {subjectId: $id, content: EYES}) { clientMutationId } }"


async def test_a_conversation_is_locked_and_unlocked(world: World) -> None:
    pull = world.open_pull()
    one = f"{REPOSITORY}/issues/{pull.number}"
    await sent(world)

    locked = await world.as_user(world.mona).put(f"{one}/lock", {"lock_reason": "too heated"})
    shown = (await world.as_bot.get(one)).body
    unlocked = await world.as_user(world.mona).delete(f"{one}/lock")

    assert (locked.status, unlocked.status) == (204, 204)
    assert (shown["locked"], shown["active_lock_reason"]) == (True, "too heated")
    assert not pull.locked
    assert names(await sent(world)) == ["pull_request.locked", "pull_request.unlocked"]
    assert (await world.as_user(world.mona).put(f"{one}/lock", {"lock_reason": "boredom"})).status == 422


@pytest.mark.parametrize("kind", ["issue", "pull request"])
async def test_an_apps_comment_is_refused_and_a_writers_is_not(world: World, kind: str) -> None:
    # renovate#6215, open-telemetry/opentelemetry-dotnet#6554
    one = world.repository.open_issue("Talk", by=world.mona) if kind == "issue" else world.open_pull()
    one.lock(by=world.mona, reason=LockReason.RESOLVED)
    world.repository.grant(world.hubot, Role.READ)

    app = await world.as_bot.post(f"{REPOSITORY}/issues/{one.number}/comments", {"body": "/why"})
    reader = await world.as_user(world.hubot).post(f"{REPOSITORY}/issues/{one.number}/comments", {"body": "/why"})
    writer = await world.as_user(world.mona).post(f"{REPOSITORY}/issues/{one.number}/comments", {"body": "/why"})
    query = await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": one.node_id}})

    for reply in (app, reader):
        assert (reply.status, reply.body["message"]) == (403, "Unable to create comment because issue is locked.")
        assert reply.body["documentation_url"] == "https://docs.github.com/articles/locking-conversations/"
    assert writer.status == 201
    assert [(error["type"], error["path"]) for error in query.body["errors"]] == [("FORBIDDEN", ["addComment"])]
    assert "locked" in query.body["errors"][0]["message"]


async def test_reactions_are_refused(world: World) -> None:
    issue = world.repository.open_issue("Talk", by=world.mona)
    comment = issue.comment("/why", by=world.mona)
    issue.lock(by=world.mona)

    replies = [
        await world.as_user(who).post(f"{REPOSITORY}/issues/{where}/reactions", {"content": "eyes"})
        for who in (world.mona, world.octocat)
        for where in (issue.number, f"comments/{comment.id}")
    ]
    query = await world.as_bot.post("/graphql", {"query": REACT, "variables": {"id": comment.node_id}})

    assert {reply.status for reply in replies} == {403}
    assert query.body["errors"][0]["type"] == "FORBIDDEN"
    assert comment.reactions == []
