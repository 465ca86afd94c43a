"""The front door of REST and GraphQL: addresses, headers, conditional requests, limits, faults, the log."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.simulator.github.rest.routes import ROUTES
from bot.simulator.github.server import serve
from bot.simulator.github.traffic.faults import Fate, Moment, Slow, Which
from bot.simulator.github.traffic.recording import Exchange, GraphQLRequest, SentWebhook
from tests.simulator.http_world import Client, Reply, World

REPOSITORY = "/repos/acme/manifests"
NAME = 'query Name($owner: String!) { repository(owner: $owner, name: "manifests") { name } }'


async def ask(client: Client, document: str, variables: dict[str, Any] | None = None, *, root: str = "") -> Reply:
    return await client.post(f"{root}/graphql", {"query": document, "variables": variables or {}})


@pytest.mark.parametrize("root", ["", "/api/v3"])
async def test_both_roots_answer_with_addresses_of_their_own(world: World, root: str) -> None:
    reply = await world.as_bot.get(f"{root}{REPOSITORY}")

    assert reply.body["url"] == f"{world.running.url}{root}{REPOSITORY}"
    assert reply.body["html_url"] == f"{world.running.url}/acme/manifests"


async def test_addresses_follow_the_host_that_was_used(world: World) -> None:
    reply = await world.as_bot.get(REPOSITORY, Host="github.acme.example")

    assert reply.body["url"] == f"http://github.acme.example{REPOSITORY}"


@pytest.mark.parametrize("root", ["", "/api"])
async def test_graphql_answers_at_both_roots(world: World, root: str) -> None:
    reply = await ask(world.as_bot, NAME, {"owner": "acme"}, root=root)

    assert reply.body == {"data": {"repository": {"name": "manifests"}}}
    assert reply.headers["X-RateLimit-Resource"] == "graphql"
    assert reply.headers["X-RateLimit-Used"] == "1"


async def test_invalid_graphql_is_explained(world: World) -> None:
    anonymous = await ask(world.client(), NAME, {"owner": "acme"})
    no_document = await world.as_bot.post("/graphql", {"variables": {}})
    not_json = await world.as_bot.send("POST", "/graphql")
    wrong_field = await ask(world.as_bot, "{ viewer { sha } }")
    syntax = await ask(world.as_bot, "{ viewer ")

    assert (anonymous.status, anonymous.body["message"]) == (401, "This endpoint requires you to be authenticated.")
    assert no_document.body["errors"][0]["message"] == "A query attribute must be specified and must be a string."
    assert not_json.status == 400
    assert wrong_field.status == 200
    assert "sha" in wrong_field.body["errors"][0]["message"]
    assert syntax.body["errors"]


async def test_headers_are_like_githubs(world: World) -> None:
    reply = await world.as_bot.get(REPOSITORY)
    other = await world.as_bot.get(REPOSITORY)

    assert reply.headers["Server"] == "github.com"
    assert reply.headers["Date"] == "Mon, 23 Nov 2026 09:00:00 GMT"
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert reply.headers["X-GitHub-Media-Type"] == "github.v3; format=json"
    assert reply.headers["X-GitHub-Request-Id"] != other.headers["X-GitHub-Request-Id"]


async def test_a_conditional_request_is_free(world: World) -> None:
    bot = world.as_bot
    first = await bot.get(REPOSITORY)

    same = await bot.send("GET", REPOSITORY, headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    world.repository.description = "changed"
    changed = await bot.send("GET", REPOSITORY, headers={"If-None-Match": first.headers["ETag"]})

    assert (same.status, same.body) == (304, b"")
    assert same.headers["ETag"] == first.headers["ETag"]
    assert same.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"
    assert (changed.status, changed.headers["X-RateLimit-Used"]) == (200, "2")


async def test_the_rate_limit_runs_out_and_comes_back(world: World) -> None:
    bot = world.as_bot
    world.running.limits.spend(world.running.tokens.caller(bot.authorization), "core", 4_999)
    last = await bot.get(REPOSITORY)

    refused = await bot.get(REPOSITORY)
    standing = (await bot.get("/rate_limit")).body
    world.github.clock.advance(timedelta(hours=1))
    renewed = await world.as_bot.get(REPOSITORY)

    assert last.headers["X-RateLimit-Remaining"] == "0"
    assert refused.status == 403
    assert refused.body["message"] == f"API rate limit exceeded for installation ID {world.installation.id}."
    assert standing["resources"]["core"]["remaining"] == standing["rate"]["remaining"] == 0
    assert standing["resources"]["graphql"]["remaining"] == 5_000
    assert (renewed.status, renewed.headers["X-RateLimit-Remaining"]) == (200, "4999")


async def test_each_has_a_limit_of_their_own(world: World) -> None:
    await world.as_bot.get(REPOSITORY)

    assert (await world.as_bot.get("/rate_limit")).body["rate"]["used"] == 1
    assert (await world.as_user(world.mona).get("/rate_limit")).body["rate"]["used"] == 0
    assert (await world.client().get("/rate_limit")).body["rate"]["limit"] == 60


async def test_an_exhausted_limit_can_be_switched_on(world: World) -> None:
    until = world.github.now() + timedelta(minutes=10)
    for resource in ("core", "graphql"):
        world.running.faults.exhaust(resource, until=until)

    rest, graphql = await world.as_bot.get(REPOSITORY), await ask(world.as_bot, NAME, {"owner": "acme"})
    as_user = await world.as_user(world.mona).get(REPOSITORY)
    as_app = await world.as_app.get("/app")
    anonymous = await world.client().get(REPOSITORY)
    world.github.clock.advance(timedelta(minutes=10))

    assert (rest.status, rest.headers["X-RateLimit-Reset"]) == (403, str(int(until.timestamp())))
    assert (graphql.status, graphql.body["errors"][0]["type"]) == (200, "RATE_LIMIT")
    assert graphql.headers["X-RateLimit-Remaining"] == "0"
    assert "user ID" in as_user.body["message"]
    assert "app ID" in as_app.body["message"]
    assert "your IP address" in anonymous.body["message"]
    assert (await world.as_bot.get(REPOSITORY)).status == 200


async def test_pages_have_links(world: World) -> None:
    for number in range(5):
        world.repository.open_issue(f"Issue {number}", by=world.mona)
    address = f"{REPOSITORY}/issues?state=open&per_page=2"

    async def relations(page: int) -> dict[str, str]:
        reply = await world.as_bot.get(f"{address}&page={page}")
        parts = [part.split("; rel=") for part in reply.headers["Link"].split(", ")]
        return {rel.strip('"'): link.rpartition("page=")[2].rstrip(">") for link, rel in parts}

    assert await relations(1) == {"next": "2", "last": "3"}
    assert await relations(2) == {"prev": "1", "next": "3", "last": "3", "first": "1"}
    assert await relations(3) == {"prev": "2", "first": "1"}
    assert "Link" not in (await world.as_bot.get(f"{REPOSITORY}/issues?per_page=abc")).headers
    assert len((await world.as_bot.get(f"{REPOSITORY}/issues?page=9")).body) == 0


async def test_unknown_requests_are_refused(world: World) -> None:
    for method, path in [("GET", "/nothing"), ("PUT", REPOSITORY), ("GET", "/repos/acme/manifests/nothing")]:
        reply = await world.as_bot.send(method, path)
        assert reply.status == 501, "what is not simulated is not taken for something that is not there"
        assert reply.body == {
            "message": f"The simulator does not know {method} {path}",
            "documentation_url": "https://docs.github.com/rest",
            "status": "501",
        }


async def test_bodies_that_are_not_objects_are_refused(world: World) -> None:
    headers = {"Authorization": world.as_bot.authorization or ""}
    for body in (b"{", b"[]", b'"text"'):
        async with world.session.post(
            f"{world.running.url}{REPOSITORY}/issues", data=body, headers=headers
        ) as response:
            assert response.status == 400
            assert (await response.json())["message"] == "Problems parsing JSON"


# -- faults ------------------------------------------------------------------------------------------------------------


async def test_faults_apply_as_often_as_set(world: World) -> None:
    faults = world.running.faults
    faults.fail(503, count=2, message="Unavailable", which=Which(method="GET", path="/repos/*"))

    statuses = [(await world.as_bot.get(path)).status for path in ("/app", REPOSITORY, REPOSITORY, REPOSITORY)]

    assert statuses == [401, 503, 503, 200]
    assert list(faults.unspent()) == []


async def test_a_proxy_fails_without_json(world: World) -> None:
    world.running.faults.bad_gateway()

    reply = await world.as_bot.get(REPOSITORY)

    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html")
    assert b"502 Bad Gateway" in reply.body


async def test_the_secondary_limit(world: World) -> None:
    world.running.faults.secondary_limit(retry_after=30, which=Which(operation="createIssue"))
    world.running.faults.secondary_limit(retry_after=None, which=Which(method="POST", path="*/comments"))
    issue = world.repository.open_issue("Hello", by=world.mona)
    document = 'mutation { createIssue(input: {repositoryId: "x", title: "t"}) { issue { id } } }'

    graphql = await ask(world.as_bot, document)
    rest = await world.as_bot.post(f"{REPOSITORY}/issues/{issue.number}/comments", {"body": "Hello"})

    assert (graphql.status, graphql.headers["Retry-After"]) == (403, "30")
    assert "secondary rate limit" in graphql.body["message"]
    assert rest.status == 403
    assert "Retry-After" not in rest.headers


async def test_resource_limits_come_as_partial_data(world: World) -> None:
    world.running.faults.resource_limits(("repository", "name"), ("nothing", "there"), which=Which(operation="Name"))

    partial, whole = [await ask(world.as_bot, NAME, {"owner": "acme"}) for _ in range(2)]

    assert partial.status == 200
    assert partial.body["data"] == {"repository": {"name": None}}
    assert [(one["type"], one["path"]) for one in partial.body["errors"]] == [
        ("RESOURCE_LIMITS_EXCEEDED", ["repository", "name"]),
        ("RESOURCE_LIMITS_EXCEEDED", ["nothing", "there"]),
    ]
    assert "errors" not in whole.body


@pytest.mark.parametrize(("moment", "count"), [(Moment.BEFORE, 0), (Moment.AFTER, 1)])
async def test_connections_are_cut(world: World, moment: Moment, count: int) -> None:
    world.running.faults.hang_up(moment, which=Which(method="POST"))

    with pytest.raises(aiohttp.ClientError):
        await world.as_bot.post(f"{REPOSITORY}/issues", {"title": "Hello"})

    assert len(world.repository.issues) == count
    assert [entry.status for entry in world.running.log] == [0]


async def test_slow_answers_can_be_cleared(world: World) -> None:
    loop = asyncio.get_running_loop()
    world.running.faults.next_requests(Slow(0.05))
    began = loop.time()
    assert (await world.as_bot.get(REPOSITORY)).status == 200
    assert loop.time() - began >= 0.05

    world.running.faults.fail(500, count=99)
    world.running.faults.next_webhooks(Fate.LOSE)
    world.running.faults.exhaust("core", until=world.github.now() + timedelta(hours=1))
    assert len(list(world.running.faults.unspent())) == 2
    world.running.faults.clear()
    assert (await world.as_bot.get(REPOSITORY)).status == 200


# -- the log, the recorder, pages, sockets -----------------------------------------------------------------------------


async def test_requests_are_counted(world: World) -> None:
    log = world.running.log
    await ask(world.as_bot, NAME, {"owner": "acme"})
    await world.as_bot.get(f"/api/v3{REPOSITORY}?x=1")
    await world.as_app.get("/app")

    assert log.count(Which(operation="Name")) == log.count(Which(operation="repository")) == 1
    assert [(one.method, one.path, one.query, one.status, one.caller) for one in log.matching(Which(method="GET"))] == [
        ("GET", REPOSITORY, "x=1", 200, "gitops-bot[bot]"),
        ("GET", "/app", "", 200, "gitops-bot"),
    ]
    assert len(log) == 3
    log.clear()
    assert list(log) == []


class Notes:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.documents: list[GraphQLRequest] = []
        self.webhooks: list[SentWebhook] = []

    def exchange(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def graphql(self, request: GraphQLRequest) -> None:
        self.documents.append(request)

    def webhook(self, webhook: SentWebhook) -> None:
        self.webhooks.append(webhook)


async def test_a_recorder_receives_everything_but_faults(world: World) -> None:
    notes = Notes()
    async with serve(world.github, recorder=notes) as running:
        running.faults.fail(500)
        token = running.tokens.for_user(world.mona)
        client = Client(world.session, running.url, f"Bearer {token}")
        statuses = [(await client.get(f"/api/v3{REPOSITORY}")).status for _ in range(2)]
        await ask(client, NAME, {"owner": "acme"})
        world.repository.open_issue("Hello", by=world.mona)
        await running.webhooks_settled()

    assert statuses == [500, 200]
    assert [(one.method, one.path, one.status, one.media_type) for one in notes.exchanges] == [
        ("GET", REPOSITORY, 200, "application/json")
    ]
    assert [one.variables for one in notes.documents] == [{"owner": "acme"}]
    assert len(notes.webhooks) == 1


async def test_a_demo_adds_pages_of_its_own(world: World) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=f"pull {request.match_info['number']}")

    def pages(application: web.Application) -> None:
        application.router.add_get("/{owner}/{repository}/pull/{number}", page)

    async with serve(world.github, pages=pages) as running:
        assert (await Client(world.session, running.url, None).get("/acme/manifests/pull/7")).body == b"pull 7"
        assert (await Client(world.session, running.url, None).get("/rate_limit")).status == 200


async def test_it_listens_on_a_unix_socket_too(world: World, tmp_path: Path) -> None:
    socket = tmp_path / "s"
    async with (
        serve(world.github, unix_socket=socket) as running,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket))) as session,
    ):
        client = Client(session, "http://api.github.com", f"Bearer {running.tokens.for_user(world.mona)}")
        reply = await client.get(REPOSITORY)

    assert reply.body["url"] == f"http://api.github.com{REPOSITORY}"


def test_every_operation_is_registered_once() -> None:
    registered = [(route.method, route.template) for route in ROUTES]

    assert len(registered) == len(set(registered))
