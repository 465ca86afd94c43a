"""Every form in which GitHub says "too much"; the sources stand beside each switch in traffic/faults.py."""

from datetime import timedelta
from typing import Any

import pytest

from bot.simulator.github.traffic.faults import DOCUMENTED, MEASURED, ContentSize, Slow, Which
from bot.simulator.github.traffic.request_limits import RequestSize
from tests.simulator.http_world import World

VIEWER = {"query": "{ viewer { login } }"}
REPOSITORY = "/repos/acme/manifests"
COMMENT = 'mutation($id: ID!) { addComment(input: {subjectId: $id, body: "/why"}) { clientMutationId } }'

REACTION = """mutation($id: ID!, $issue: ID!) {
  addReaction(input: {subjectId: $id, content: EYES}) { clientMutationId }
  addComment(input: {subjectId: $issue, body: "Because."}) { clientMutationId }
}"""


async def test_an_exhausted_limit_has_the_type_rate_limit(world: World) -> None:
    # yanyongyu/githubkit#271
    world.running.faults.exhaust("graphql", until=world.github.now() + timedelta(minutes=5))
    reply = await world.as_bot.post("/graphql", VIEWER)
    (error,) = reply.body["errors"]
    assert (reply.status, error["type"], error["code"]) == (200, "RATE_LIMIT", "graphql_rate_limit")
    assert error["message"] == f"API rate limit already exceeded for installation ID {world.installation.id}."
    assert reply.headers["X-RateLimit-Remaining"] == "0"


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [("RATE_LIMIT", 200, "RATE_LIMIT"), ("RATE_LIMIT", 403, "RATE_LIMIT"), ("RATE_LIMITED", 200, "RATE_LIMITED")],
)
async def test_the_forms_of_the_graphql_limit(world: World, kind: str, status: int, expected: str) -> None:
    world.running.faults.graphql_limit(kind, status=status)
    reply = await world.as_bot.post("/graphql", VIEWER)
    assert (reply.status, reply.body["errors"][0]["type"]) == (status, expected)
    assert (await world.as_bot.post("/graphql", VIEWER)).body["data"]["viewer"]["login"] == "gitops-bot[bot]"


async def test_the_limit_on_content_is_an_error_of_the_field(world: World) -> None:
    # Azure/azure-sdk-tools#7226, cli/cli#4801: the rest of the document is carried out
    issue = world.repository.open_issue("Talk", by=world.mona)
    world.running.faults.too_quickly(count=2)

    reply: Any = await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})
    rest = await world.as_bot.post(f"{REPOSITORY}/issues", {"title": "x"})
    again = await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})

    assert (reply.status, reply.body["data"]) == (200, {"addComment": None})
    assert [(error["path"], error["message"]) for error in reply.body["errors"]] == [
        (["addComment"], "was submitted too quickly")
    ]
    assert (rest.status, "secondary rate limit" in rest.body["message"]) == (403, True)
    assert "errors" not in again.body
    assert len(issue.comments) == 1


@pytest.mark.parametrize(("size", "minutes"), [(MEASURED, 8), (DOCUMENTED, 7)])
async def test_an_app_may_create_so_much_in_any_minute_and_any_hour(
    world: World, size: ContentSize, minutes: int
) -> None:
    issue = world.repository.open_issue("Talk", by=world.mona)
    world.running.faults.limit_content(size)
    for _ in range(minutes):
        for _ in range(size.minute + 1):
            await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})
            issue.comment("People may.", by=world.mona)
        world.github.clock.advance(timedelta(minutes=1))

    by_bot = [each for each in issue.comments if each.author is not world.mona]
    assert len(by_bot) == size.hour
    world.github.clock.advance(timedelta(hours=1))
    reply = await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})
    assert "errors" not in reply.body
    assert world.running.faults.content_hits >= minutes


async def test_reactions_alone_can_be_refused(world: World) -> None:
    # open-telemetry/opentelemetry-dotnet#6554
    comment = world.repository.open_issue("Talk", by=world.mona).comment("/why", by=world.mona)
    variables = {"id": comment.node_id, "issue": comment.conversation.node_id}
    world.running.faults.refuse_reactions()
    assert list(world.running.faults.unspent()) == ["1 × a reaction refused"]

    reply: Any = await world.as_bot.post("/graphql", {"query": REACTION, "variables": variables})
    again = await world.as_bot.post("/graphql", {"query": REACTION, "variables": variables})

    assert (reply.status, reply.body["data"]["addReaction"]) == (200, None)
    assert reply.body["data"]["addComment"] is not None
    assert "errors" not in again.body
    assert len(comment.reactions) == 1


async def test_too_many_requests(world: World) -> None:
    world.running.faults.too_many_requests(retry_after=30, which=Which(path="/graphql"))
    reply = await world.as_bot.post("/graphql", VIEWER)
    assert (reply.status, reply.headers["Retry-After"]) == (429, "30")
    assert "secondary rate limit" in reply.body["message"]


async def test_a_refused_document_changes_nothing_and_names_each_field(world: World) -> None:
    # ministryofjustice/modernisation-platform#11985
    issue = world.repository.open_issue("Talk", by=world.mona)
    world.running.faults.refuse("STALE_DATA", "Pull and try again.")
    reply: Any = await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})
    assert reply.body == {
        "data": {"addComment": None},
        "errors": [{"type": "STALE_DATA", "path": ["addComment"], "message": "Pull and try again."}],
    }
    assert not issue.comments


async def test_a_question_asked_again_costs_the_same_and_sees_what_changed(world: World) -> None:
    query = {
        "query": '{ repository(owner: "acme", name: "manifests") { issues { totalCount } } rateLimit { cost remaining } }'
    }
    first: Any = await world.as_bot.post("/graphql", query)
    again: Any = await world.as_bot.post("/graphql", query)
    world.repository.open_issue("Talk", by=world.mona)
    later: Any = await world.as_bot.post("/graphql", query)

    left = [each.body["data"]["rateLimit"]["remaining"] for each in (first, again, later)]
    assert [left[0] - left[1], left[1] - left[2]] == [1, 1]
    counts = [each.body["data"]["repository"]["issues"]["totalCount"] for each in (first, again, later)]
    assert (counts[1] - counts[0], counts[2] - counts[1]) == (0, 1)


class TestRequests:
    """https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"""

    @pytest.mark.parametrize(
        ("size", "path", "admitted"),
        [
            (RequestSize(rest=3), "/rate_limit", 3),
            (RequestSize(rest=3, graphql=100), "/graphql", 4),
            (RequestSize(graphql=2), "/graphql", 2),
        ],
    )
    async def test_points_of_any_minute(self, world: World, size: RequestSize, path: str, admitted: int) -> None:
        async def ask() -> int:
            return (await (world.as_bot.post(path, VIEWER) if path == "/graphql" else world.as_bot.get(path))).status

        world.running.faults.limit_requests(size)
        assert [await ask() for _ in range(4)].count(200) == admitted
        world.github.clock.advance(timedelta(seconds=59))
        assert await ask() == (200 if admitted == 4 else 403)
        world.github.clock.advance(timedelta(seconds=1))
        assert await ask() == 200
        assert world.running.faults.request_hits == (0 if admitted == 4 else 5 - admitted)

    async def test_the_refusal(self, world: World) -> None:
        # renovatebot/renovate#14830, integrations/terraform-provider-github#2329
        world.running.faults.limit_requests(RequestSize(rest=0))
        reply = await world.as_bot.get(REPOSITORY)
        assert reply.status == 403
        assert reply.body["message"].startswith("You have exceeded a secondary rate limit. Please wait a few minutes")
        assert reply.headers["Retry-After"] == "60"
        assert int(reply.headers["X-RateLimit-Remaining"]) > 0
        assert (await world.as_user(world.mona).post("/graphql", VIEWER)).status == 200, (
            "others have limits of their own"
        )

    async def test_writes_cost_five_points(self, world: World) -> None:
        limits, account = world.running.faults.request_limits, f"installation {world.installation.id}"
        issue = world.repository.open_issue("Talk", by=world.mona)
        await world.as_bot.post("/graphql", {"query": COMMENT, "variables": {"id": issue.node_id}})
        await world.as_bot.post("/graphql", VIEWER)
        await world.as_bot.post(f"{REPOSITORY}/issues", {"title": "x"})
        await world.as_bot.get(REPOSITORY)
        now = world.github.now()
        assert [limits.points(account, now, graphql=graphql) for graphql in (True, False)] == [6, 6]

    async def test_requests_at_once(self, world: World) -> None:
        limits, account = world.running.faults.request_limits, f"installation {world.installation.id}"
        world.running.faults.limit_requests(RequestSize(at_once=2))
        with limits.under_way(account):
            assert (await world.as_bot.get(REPOSITORY)).status == 200
            with limits.under_way(account):
                assert (await world.as_bot.get(REPOSITORY)).status == 403
        assert (await world.as_bot.get(REPOSITORY)).status == 200

    async def test_processor_time(self, world: World) -> None:
        world.running.faults.limit_requests(RequestSize(seconds=0.03, graphql_seconds=0.02))
        world.running.faults.next_requests(Slow(0.02))
        assert (await world.as_bot.post("/graphql", VIEWER)).status == 200
        assert (await world.as_bot.post("/graphql", VIEWER)).status == 403
        world.running.faults.next_requests(Slow(0.02))
        assert (await world.as_bot.get(REPOSITORY)).status == 200
        assert (await world.as_bot.get(REPOSITORY)).status == 403

    async def test_the_published_figures_are_the_default(self, world: World) -> None:
        assert world.running.faults.request_limits.size == RequestSize(
            rest=900, graphql=2_000, at_once=100, seconds=90, graphql_seconds=60
        )
        world.running.faults.limit_requests(None)
        for _ in range(3):
            assert (await world.as_bot.get(REPOSITORY)).status == 200
