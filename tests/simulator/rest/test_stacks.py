"""Stacked pull requests: every way to merge one alone is refused, each in its own words.

https://docs.github.com/rest/pulls/stacks; the sentences: intel/torch-xpu-ops#5487, uw-syfi/vibesys#780, navikt/copilot#659
"""

import pytest

from bot.simulator.github.model.protection.protection import MergeMethod, Protection
from bot.simulator.github.model.pulls.merging.auto_merge import enable_auto_merge
from bot.simulator.github.model.pulls.merging.merging import MergeOrder
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.pulls.pull_requests import PullDraft
from bot.simulator.github.model.world.errors import Refused
from tests.simulator.http_world import World

REPOSITORY = "/repos/acme/manifests"
MERGE = "mutation($id: ID!) { mergePullRequest(input: {pullRequestId: $id}) { clientMutationId } }"
ASYNC = "Merging stacked PRs via this endpoint is not supported. Use the asynchronous merge endpoint instead."


def stacked(world: World) -> tuple[PullRequest, PullRequest]:
    """Two pull requests, one upon the other."""
    bottom = world.open_pull("bottom")
    world.repository.create_branch("top", by=world.mona, at=bottom.head_oid)
    world.change("top", {"more": "1"})
    top = world.repository.open_pull(PullDraft(title="Top", base="bottom", head="top"), by=world.mona)
    world.repository.stack(bottom, top)
    return bottom, top


async def test_clients_see_the_stack(world: World) -> None:
    bottom, top = stacked(world)

    shown = (await world.as_bot.get(f"{REPOSITORY}/pulls/{top.number}")).body["stack"]
    listed = (await world.as_bot.get(f"{REPOSITORY}/stacks?pull_request={bottom.number}")).body
    one = (await world.as_bot.get(f"{REPOSITORY}/stacks/{shown['number']}")).body

    assert (shown["size"], shown["position"], shown["base"]["ref"]) == (2, 2, "main")
    assert [entry["number"] for entry in listed[0]["pull_requests"]] == [bottom.number, top.number]
    assert [entry["title"] for entry in one["pull_requests"]] == ["Pull bottom", "Top"]
    alone = world.open_pull("alone")
    assert (await world.as_bot.get(f"{REPOSITORY}/pulls/{alone.number}")).body["stack"] is None
    assert (await world.as_bot.get(f"{REPOSITORY}/stacks/99")).status == 404


async def test_nothing_merges_one_alone(world: World) -> None:
    bottom, _ = stacked(world)
    bot = world.as_bot

    merged = await bot.put(f"{REPOSITORY}/pulls/{bottom.number}/merge", {"sha": bottom.head_oid})
    query = await bot.post("/graphql", {"query": MERGE, "variables": {"id": bottom.node_id}})
    moved = await bot.patch(f"{REPOSITORY}/pulls/{bottom.number}", {"base": "top"})
    world.repository.settings.auto_merge_allowed = True
    world.repository.protect("main", Protection(merge_queue=MergeMethod.MERGE, checks=("build",)))
    queue = world.repository.queue("main")
    assert queue is not None

    assert (merged.status, merged.body["message"]) == (405, ASYNC)
    assert query.body["errors"][0]["message"] == ASYNC
    assert (moved.status, moved.body["message"]) == (
        422, "Cannot change the base branch because the pull request is part of a stack",
    )  # fmt: skip
    with pytest.raises(Refused, match="Auto-merge is not supported for stacked pull requests"):
        enable_auto_merge(bottom, MergeOrder(), by=world.mona)
    with pytest.raises(Refused, match="must be enqueued using the asynchronous merge REST API"):
        queue.add(bottom, by=world.mona)
