"""Unusual input, refused as GitHub refuses it instead of causing a server error."""

from typing import Any

import pytest

from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
JSON = {"Content-Type": "application/json"}


async def raw(world: World, path: str, body: bytes, *, token: str | None = None) -> tuple[int, Any]:
    """Send bytes that no JSON library would."""
    bot = world.as_bot
    headers = {**JSON, "Authorization": bot.authorization or ""}
    async with world.session.post(world.running.url + path, data=body, headers=headers) as reply:
        return reply.status, await reply.json(content_type=None)


@pytest.mark.parametrize(
    "body",
    [
        rb'{"title": "lone \ud800 surrogate"}',
        b"[" * 5_000,
        b'{"title": ' + b"[" * 5_000,
        b'{"title": NaN}',
        b'{"title": "\xff"}',
        b'{"title": ' + b"9" * 5_000 + b"}",
    ],
    ids=["surrogate", "brackets", "nested", "nan", "bytes", "digits"],
)
async def test_invalid_json_is_refused(world: World, body: bytes) -> None:
    status, answer = await raw(world, f"{REPOSITORY}/issues", body)
    graphql, said = await raw(world, "/graphql", body)

    assert (status, answer["message"]) == (400, "Problems parsing JSON")
    assert (graphql, said["message"]) == (400, "Problems parsing JSON")
    assert world.repository.issues == []


@pytest.mark.parametrize("depth", [300, 5_000])
async def test_documents_nested_too_deep_are_refused(world: World, depth: int) -> None:
    reply = await world.as_bot.post("/graphql", {"query": "{ viewer " * depth + "}" * depth})
    assert (reply.status, list(reply.body)) == (200, ["errors"])


@pytest.mark.parametrize("path", ["issues/comments?since=zz", "issues?since=zz", "commits?since=zz"])
async def test_an_invalid_since_is_refused(world: World, path: str) -> None:
    reply = await world.as_bot.get(f"{REPOSITORY}/{path}")
    assert (reply.status, "zz" in reply.body["message"]) == (422, True)


@pytest.mark.parametrize("field", ["completed_at", "started_at"])
async def test_an_invalid_time_is_refused(world: World, field: str) -> None:
    made = {"name": "x", "head_sha": world.repository.head(), "conclusion": "success", field: "not a date"}
    reply = await world.as_bot.post(f"{REPOSITORY}/check-runs", made)
    assert (reply.status, '"not a date"' in reply.body["message"]) == (422, True)


async def test_dates_of_commits(world: World) -> None:
    tree = world.repository.store.commit(world.repository.head()).tree
    person = {"name": "M", "email": "m@example.com", "date": "yesterday"}
    commit = {"message": "m", "tree": tree, "author": person}
    reply = await world.as_bot.post(f"{REPOSITORY}/git/commits", commit)
    assert (reply.status, '"yesterday"' in reply.body["message"]) == (422, True)


@pytest.mark.parametrize("value", ["²", "9" * 4_400, "-1", "0", "x"])
async def test_invalid_numbers_mean_the_first_page_or_not_found(world: World, value: str) -> None:
    for name in ("page", "per_page"):
        assert (await world.as_bot.get(f"{REPOSITORY}/issues?{name}={value}")).status == 200
    assert (await world.as_bot.get(f"{REPOSITORY}/issues/{value}")).status == 404


async def test_avatars_in_a_size(world: World) -> None:
    document = """{ repository(owner: "acme", name: "manifests") { owner { avatarUrl(size: 40) }
        object(expression: "HEAD") { ... on Commit { author { avatarUrl(size: 40) } committer { avatarUrl } } } } }"""
    reply = await world.as_bot.post("/graphql", {"query": document})
    assert reply.body["data"]["repository"]["object"]["author"]["avatarUrl"].endswith("s=40")


async def test_commits_and_reviews_of_unknown_objects_are_refused(world: World) -> None:
    pull = world.open_pull()
    review = {"event": "COMMENT", "body": "x", "commit_id": "f" * 40}
    reply = await world.as_user(world.octocat).post(f"{REPOSITORY}/pulls/{pull.number}/reviews", review)
    assert reply.status == 422


@pytest.mark.parametrize("field", ["completed_at", "status", "details_url"])
async def test_null_for_what_may_only_be_left_out(world: World, field: str) -> None:
    made = {"name": "x", "head_sha": world.repository.head(), field: None}
    reply = await world.as_bot.post(f"{REPOSITORY}/check-runs", made)
    assert (reply.status, f"For 'properties/{field}', nil is not a string." in reply.body["message"]) == (422, True)


async def test_null_where_github_documents_it(world: World) -> None:
    pull = world.open_pull()
    reply = await world.as_bot.patch(f"{REPOSITORY}/issues/{pull.number}", {"title": None, "body": None})
    status = {"state": "success", "description": None, "target_url": None}
    assert reply.status == 200
    assert (await world.as_bot.post(f"{REPOSITORY}/statuses/{pull.head_oid}", status)).status == 201


@pytest.mark.parametrize("url", ["", "x", "\x18", "ftp://example.com", "https://", "https://a b/"])
async def test_a_webhook_that_leads_nowhere(world: World, url: str) -> None:
    before = world.app.webhook_url
    reply = await world.as_app.patch("/app/hook/config", {"url": url})
    assert (reply.status, world.app.webhook_url) == (422, before)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1969-12-31T23:59:59Z", "today"])
async def test_moments_that_github_cannot_keep(world: World, at: str) -> None:
    document = f"""mutation {{ createCheckRun(input: {{repositoryId: "{world.repository.node_id}", name: "x",
        headSha: "{world.repository.head()}", startedAt: "{at}"}}) {{ checkRun {{ startedAt }} }} }}"""
    reply = await world.as_bot.post("/graphql", {"query": document})
    assert (reply.status, [error["message"] for error in reply.body["errors"]]) == (
        200,
        [f'Could not coerce value "{at}" to DateTime'],
    )


async def test_a_moment_without_a_zone_is_in_utc(world: World) -> None:
    document = f"""mutation {{ createCheckRun(input: {{repositoryId: "{world.repository.node_id}", name: "x",
        headSha: "{world.repository.head()}", startedAt: "2026-11-23T09:00:00",
        status: IN_PROGRESS}}) {{ checkRun {{ startedAt }} }} }}"""
    reply = await world.as_bot.post("/graphql", {"query": document})
    assert reply.body["data"]["createCheckRun"]["checkRun"]["startedAt"] == "2026-11-23T09:00:00Z"


async def test_a_merge_of_nothing_with_a_message_that_is_none(world: World) -> None:
    asked = {"base": "main", "head": "main", "commit_message": []}
    assert (await world.as_bot.post(f"{REPOSITORY}/merges", asked)).status == 422
    assert (await world.as_bot.post(f"{REPOSITORY}/merges", {"base": "main", "head": "main"})).status == 204


async def refused(world: World, mutation: str, given: str) -> str:
    """Send a mutation, and return what GitHub says against it."""
    document = f"mutation {{ {mutation}(input: {{{given}}}) {{ clientMutationId }} }}"
    reply = await world.as_bot.post("/graphql", {"query": document})
    assert reply.status == 200
    return "; ".join(error["message"] for error in reply.body.get("errors", ()))


async def test_refs_that_would_lead_nowhere(world: World) -> None:
    """A ref can be moved neither to nothing, nor a branch to what is no commit; and the default branch stays."""
    world.change("change")
    asked = '{ repository(owner: "acme", name: "manifests") { id ref(qualifiedName: "refs/heads/change") { id } } }'
    found = (await world.as_bot.post("/graphql", {"query": asked})).body["data"]["repository"]
    repository, ref = f'repositoryId: "{found["id"]}"', f'refId: "{found["ref"]["id"]}"'
    before, tree = world.repository.head(), world.repository.store.commit(world.repository.head()).tree
    zero = "0" * 40

    assert await refused(world, "updateRef", f'{ref}, oid: "{zero}"') == f"Object does not exist: {zero}"
    assert await refused(world, "updateRef", f'{ref}, oid: "{tree}", force: true')
    assert await refused(world, "createRef", f'{repository}, name: "refs/heads/new", oid: "{tree}"')
    move = f'{repository}, refUpdates: [{{name: "refs/heads/%s", afterOid: "%s", force: true}}]'
    assert await refused(world, "updateRefs", move % ("change", tree))
    assert await refused(world, "updateRefs", move % ("new", tree))
    assert await refused(world, "updateRefs", move % ("main", zero)) == "Cannot delete the default branch."
    assert world.repository.find_branch("main") == before
    assert world.repository.find_branch("new") is None


async def test_branches_lead_to_commits_alone(world: World) -> None:
    world.change("change")
    tree = world.repository.store.commit(world.repository.head()).tree
    for sha in (tree, "0" * 40):
        made = await world.as_bot.post(f"{REPOSITORY}/git/refs", {"ref": "refs/heads/new", "sha": sha})
        moved = await world.as_bot.patch(f"{REPOSITORY}/git/refs/heads/change", {"sha": sha, "force": True})
        assert (made.status, moved.status) == (422, 422)
    assert world.repository.find_branch("new") is None


async def test_no_branch_within_a_branch(world: World) -> None:
    """Git cannot keep both: one is a file where the other needs a folder."""
    world.change("a/b")
    head = world.repository.head()
    for name in ("main/new", "a"):
        reply = await world.as_bot.post(f"{REPOSITORY}/git/refs", {"ref": f"refs/heads/{name}", "sha": head})
        assert (reply.status, reply.body["message"]) == (422, "Reference update failed")
