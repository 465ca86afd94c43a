"""Length limits of texts and requests, and GitHub's error for each.

The bodies are those of public reports: renovate#2032 (body), telia-oss/github-pr-resource#259 (comment),
googleapis/repo-automation-bots#1895 (title), zalando/zappr#378 (status), reviewdog/action-actionlint#72 and
dorny/test-reporter#57 (check run), pyvec/python.cz#250 (nodes).
"""

from typing import Any

import pytest

from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
COMMENT = "mutation($id: ID!, $body: String!) { addComment(input: {subjectId: $id, body: $body}) { clientMutationId } }"
TITLE = "mutation($id: ID!, $title: String!) { updateIssue(input: {id: $id, title: $title}) { clientMutationId } }"
LABEL = """mutation($id: ID!, $name: String!) {
createLabel(input: {repositoryId: $id, name: $name, color: "ededed"}) { clientMutationId } }"""
RUN = """mutation($id: ID!, $sha: GitObjectID!, $summary: String!) { createCheckRun(input: {repositoryId: $id, headSha: $sha,
name: "x", output: {title: "t", summary: $summary}}) { clientMutationId } }"""


def issue_error(field: str, limit: int) -> dict[str, str]:
    return {
        "resource": "Issue", "code": "custom", "field": field,
        "message": f"{field} is too long (maximum is {limit} characters)",
    }  # fmt: skip


@pytest.mark.parametrize(("field", "limit"), [("title", 256), ("body", 65_536)])
async def test_long_issues_and_pull_requests_are_refused(world: World, field: str, limit: int) -> None:
    world.change("change")
    bot, text = world.as_bot, "é" * (limit + 1)
    pull = {"title": "Change", "head": "change", "base": "main"}
    known = world.repository.open_issue("Known", by=world.mona)

    replies = [
        await bot.post(f"{REPOSITORY}/issues", {"title": "New", field: text}),
        await bot.post(f"{REPOSITORY}/pulls", {**pull, field: text}),
        await bot.patch(f"{REPOSITORY}/issues/{known.number}", {field: text}),
    ]

    for reply in replies:
        assert (reply.status, reply.body["message"]) == (422, "Validation Failed")
        assert reply.body["errors"] == [issue_error(field, limit)]
    fits = await bot.post(f"{REPOSITORY}/issues", {"title": "New", field: text[1:]})
    assert fits.status == 201, "characters are counted, not bytes"
    changed = await bot.patch(f"{REPOSITORY}/pulls/{world.open_pull().number}", {field: text})
    assert changed.body["errors"] == [issue_error(field, limit)]


async def test_long_comments_are_refused(world: World) -> None:
    issue = world.repository.open_issue("Talk", by=world.mona)
    comment, text = issue.comment("hello", by=world.app.bot), "x" * 65_537

    made = await world.as_bot.post(f"{REPOSITORY}/issues/{issue.number}/comments", {"body": text})
    edited = await world.as_bot.patch(f"{REPOSITORY}/issues/comments/{comment.id}", {"body": text})

    for reply in (made, edited):
        assert (reply.status, reply.body["errors"]) == (
            422,
            [
                {
                    "resource": "IssueComment", "code": "unprocessable", "field": "data",
                    "message": "Body is too long (maximum is 65536 characters)",
                }
            ],
        )  # fmt: skip


async def test_long_labels_are_refused(world: World) -> None:
    made = await world.as_bot.post(f"{REPOSITORY}/labels", {"name": "x" * 51})
    world.repository.label("bug", by=world.mona)
    renamed = await world.as_bot.patch(f"{REPOSITORY}/labels/bug", {"new_name": "x" * 51})

    for reply in (made, renamed):
        assert (reply.status, reply.body["errors"][0]["field"]) == (422, "name")
        assert reply.body["errors"][0]["message"] == "name is too long (maximum is 50 characters)"
    assert (await world.as_bot.post(f"{REPOSITORY}/labels", {"name": "x" * 50})).status == 201


async def test_long_status_descriptions_are_refused(world: World) -> None:
    address = f"{REPOSITORY}/statuses/{world.repository.head()}"
    reply = await world.as_bot.post(address, {"state": "success", "description": "x" * 141})

    assert (reply.status, reply.body["errors"]) == (
        422,
        [
            {
                "resource": "Status", "code": "custom", "field": "description",
                "message": "description is too long (maximum is 140 characters)",
            }
        ],
    )  # fmt: skip
    assert (await world.as_bot.post(address, {"state": "success", "description": "x" * 140})).status == 201


@pytest.mark.parametrize("field", ["summary", "text"])
async def test_check_runs_count_characters_and_then_bytes(world: World, field: str) -> None:
    async def create(text: str) -> Any:
        output = {"title": "t", "summary": "s", field: text}
        made = {"name": "x", "head_sha": world.repository.head(), "output": output}
        return await world.as_bot.post(f"{REPOSITORY}/check-runs", made)

    characters, of_bytes, fits = await create("x" * 65_536), await create("é" * 40_000), await create("x" * 65_535)

    message = "Invalid request.\n\nOnly 65535 characters are allowed; 65536 were supplied."
    assert (characters.status, characters.body["message"]) == (422, message)
    assert of_bytes.body["errors"] == [
        {
            "resource": "CheckRun", "code": "custom", "field": field,
            "message": f"{field} exceeds a maximum bytesize of 65535",
        }
    ]  # fmt: skip
    assert fits.status == 201


async def test_graphql_has_the_same_limits(world: World) -> None:
    issue = world.repository.open_issue("Talk", by=world.mona)
    where, sha = world.repository.node_id, world.repository.head()
    asked = (
        (COMMENT, {"id": issue.node_id, "body": "x" * 65_537}, "Body is too long (maximum is 65536 characters)"),
        (TITLE, {"id": issue.node_id, "title": "x" * 257}, "Title is too long (maximum is 256 characters)"),
        (LABEL, {"id": where, "name": "x" * 51}, "Name is too long (maximum is 50 characters)"),
        (RUN, {"id": where, "sha": sha, "summary": "x" * 65_536}, "Summary exceeds a maximum bytesize of 65535"),
    )
    for document, variables, message in asked:
        reply = await world.as_bot.post("/graphql", {"query": document, "variables": variables})
        (error,) = reply.body["errors"]
        assert (reply.status, error["type"], error["message"]) == (200, "UNPROCESSABLE", message)


async def test_more_than_a_hundred_ids_or_half_a_million_nodes_are_refused(world: World) -> None:
    # https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit
    ids = [world.repository.node_id] * 101
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    many = await world.as_bot.post("/graphql", {"query": document, "variables": {"ids": ids}})
    fine = await world.as_bot.post("/graphql", {"query": document, "variables": {"ids": ids[1:]}})
    deep = """{ repository(owner: "acme", name: "manifests") { pullRequests(first: 100) { nodes {
        reviews(first: 100) { nodes { id } } comments(first: 100) { nodes { reactions(first: 50) { nodes { id } } } } } } } }"""
    nodes = await world.as_bot.post("/graphql", {"query": deep})

    assert many.body["errors"][0]["type"] == "ARGUMENT_LIMIT"
    assert many.body["errors"][0]["message"] == "You may not provide more than 100 node ids; you provided 101."
    assert len(fine.body["data"]["nodes"]) == 100
    assert "data" not in nodes.body
    assert nodes.body["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"
    message = "This query requests up to 520,100 possible nodes which exceeds the maximum limit of 500,000."
    assert nodes.body["errors"][0]["message"] == message
