"""What changes by asking: mergeability, the merge state for this token, and who closed a pull request."""

from pathlib import Path

import pytest

from bot.simulator.github.model.pulls.merging.merging import MergeOrder, merge
from bot.simulator.github.model.world.world import Mergeability
from tests.simulator.http_world import World, http_world
from tests.simulator.model_world import World as ModelWorld
from tests.simulator.model_world import world as model_world

STATE = """query($number: Int!) { repository(owner: "acme", name: "manifests") { pullRequest(number: $number) {
mergeable mergeStateStatus } } }"""
CLOSED = """query($number: Int!) { repository(owner: "acme", name: "manifests") { pullRequest(number: $number) {
timelineItems(itemTypes: [CLOSED_EVENT], last: 1) { totalCount filteredCount pageCount nodes { __typename
... on ClosedEvent { createdAt closable { closed } actor { __typename login
  ... on User { databaseId } ... on Bot { databaseId } } } } } } } }"""
WORKFLOW = {".github/workflows/ci.yml": "on: push\n"}
REPOSITORY = "/repos/acme/manifests"


async def ask(here: World, document: str, number: int) -> dict[str, object]:
    reply = await here.as_bot.post("/graphql", {"query": document, "variables": {"number": number}})
    found: dict[str, object] = reply.body["data"]["repository"]["pullRequest"]
    return found


async def test_a_webhook_starts_no_computation_so_the_first_client_gets_unknown(tmp_path: Path) -> None:
    # "Get, create, or edit" a pull request starts the work: https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
    async with http_world(tmp_path, mergeability=Mergeability.AFTER_ASKING) as here:
        pull = here.open_pull()
        here.change("change", {"more": "\n"})
        await here.running.webhooks_settled()
        assert "pull_request" in here.receiver.events()

        first, second = await ask(here, STATE, pull.number), await ask(here, STATE, pull.number)

        assert first == {"mergeable": "UNKNOWN", "mergeStateStatus": "UNKNOWN"}
        assert second == {"mergeable": "MERGEABLE", "mergeStateStatus": "CLEAN"}


async def test_the_merge_state_depends_on_the_token(world: World) -> None:
    # loopdive/js2#3577: BLOCKED for the App without `workflows`, clean for a person's token
    world.change("ci", WORKFLOW)
    one = f"{REPOSITORY}/pulls/{world.open_pull('ci').number}"

    by_app, by_person = await world.as_bot.get(one), await world.as_user(world.mona).get(one)

    assert (by_app.body["mergeable"], by_app.body["mergeable_state"]) == (True, "blocked")
    assert by_person.body["mergeable_state"] == "clean"


@pytest.fixture
def here(tmp_path: Path) -> ModelWorld:
    return model_world(tmp_path)


def closing(here: ModelWorld, number: int) -> dict[str, object]:
    found = here.data(CLOSED, {"number": number})["repository"]["pullRequest"]["timelineItems"]
    assert (found["totalCount"], found["filteredCount"], found["pageCount"]) == (1, 1, 1)
    (node,) = found["nodes"]
    assert node["__typename"] == "ClosedEvent"
    assert node["closable"] == {"closed": True}
    actor: dict[str, object] = node["actor"]
    return actor


def test_who_closed_it_is_an_event_of_its_timeline(here: ModelWorld) -> None:
    # https://docs.github.com/en/graphql/reference/objects#closedevent
    by_person, by_bot, merged = here.promotion("a"), here.promotion("b"), here.promotion("c")
    by_person.close(by=here.writer)
    by_bot.close(by=here.app.bot)
    merge(merged, MergeOrder(), by=here.writer)

    assert closing(here, by_person.number) == {"__typename": "User", "login": "writer", "databaseId": here.writer.id}
    assert closing(here, by_bot.number) == {
        "__typename": "Bot", "login": "gitops-bot", "databaseId": here.app.bot.id,
    }  # fmt: skip
    assert closing(here, merged.number)["login"] == "writer"


def test_each_closing_is_one_event(here: ModelWorld) -> None:
    pull = here.promotion()
    for _ in range(2):
        pull.close(by=here.writer)
        pull.reopen(by=here.writer)
    found = here.data(
        """query($number: Int!) { repository(owner: "acme", name: "manifests") { pullRequest(number: $number) {
        timelineItems(first: 10) { nodes { __typename } } } } }""",
        {"number": pull.number},
    )["repository"]["pullRequest"]["timelineItems"]["nodes"]
    assert [node["__typename"] for node in found] == ["ClosedEvent", "ReopenedEvent"] * 2
