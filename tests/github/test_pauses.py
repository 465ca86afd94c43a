"""Every form in which GitHub says "not so fast" pauses the account: nothing is asked until that is over."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.core.pages.refused_writes import WritesRefused
from bot.core.plan import SUPERSEDED, ClosePromotion, MergePromotion, Reaction, Reply, WriteState
from bot.core.values.errors import Temporary
from bot.core.values.message import Message
from bot.github.errors import Refused
from bot.simulator.github.traffic.faults import SECONDARY_LIMIT, Answer, Which
from bot.telemetry import telemetry
from tests.github.conftest import BRANCH, Bench

MINUTE = timedelta(minutes=1)
USED_UP = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "{reset}"}
TOO_QUICKLY = "was submitted too quickly"


def error(**fields: Any) -> Mapping[str, Any]:
    return {"errors": [fields]}


GRAPHQL: Mapping[str, Answer] = {
    "renovate#21861": Answer(200, error(type="RATE_LIMITED", message="API rate limit exceeded")),
    "githubkit#271": Answer(
        200, error(type="RATE_LIMIT", code="graphql_rate_limit", message="API rate limit exceeded")
    ),
    "githubkit#271, the code alone": Answer(
        200, error(extensions={"code": "graphql_rate_limit"}, message="API rate limit exceeded")
    ),
    "as 403": Answer(403, {"message": "API rate limit exceeded"}, USED_UP),
    "secondary": Answer(403, {"message": SECONDARY_LIMIT}, {"Retry-After": "60"}),
    "secondary, without a time": Answer(403, {"message": SECONDARY_LIMIT}),
    "secondary, in a field": Answer(200, {"data": {}, **error(message=SECONDARY_LIMIT, path=["repository"])}),
    "azure-sdk-tools#7226": Answer(200, {"data": {}, **error(message=TOO_QUICKLY, path=["repository"])}),
    "429": Answer(429, {"message": "Too many requests"}),
    "busy": Answer(503, {"message": "Unavailable"}, {"Retry-After": "60"}),
}
REST: Mapping[str, Answer] = {
    "used up": Answer(403, {"message": "API rate limit exceeded"}, USED_UP),
    "secondary": Answer(403, {"message": SECONDARY_LIMIT}, {"Retry-After": "60"}),
    "secondary, without a time": Answer(403, {"message": SECONDARY_LIMIT}),
    "429": Answer(429, {"message": "Too many requests"}, {"Retry-After": "60"}),
    "cli#4801": Answer(422, {"message": "Validation Failed", "errors": [TOO_QUICKLY]}),
}


async def look(bench: Bench) -> object:
    return await bench.observe()


async def look_at_a_role(bench: Bench) -> object:
    return await bench.observe(people=frozenset({"mona"}), environments=())


@pytest.mark.parametrize(
    ("answer", "which", "ask"),
    [
        *(
            pytest.param(each, Which(operation="Observe"), look, id=f"GraphQL: {name}")
            for name, each in GRAPHQL.items()
        ),
        *(
            pytest.param(each, Which(path="*/permission"), look_at_a_role, id=f"REST: {name}")
            for name, each in REST.items()
        ),
    ],
)
async def test_during_a_pause_nothing_is_asked_and_afterwards_it_is(
    bench: Bench, answer: Answer, which: Which, ask: Callable[[Bench], Awaitable[object]]
) -> None:
    await bench.observe()
    clock = bench.world.github.clock
    reset = str(int((bench.world.github.now() + MINUTE).timestamp()) + 1)
    headers = {name: value.format(reset=reset) for name, value in answer.headers.items()}
    bench.world.running.faults.next_requests(Answer(answer.status, answer.body, headers), which=which)
    with pytest.raises(Temporary) as first:
        await ask(bench)
    bench.forget()

    clock.advance(MINUTE / 2)
    with pytest.raises(Temporary) as second:
        await bench.observe()  # another event
    with pytest.raises(Temporary):
        await look_at_a_role(bench)

    assert bench.asked() == []
    assert first.value.again_at is not None
    assert second.value.again_at == first.value.again_at
    clock.advance(MINUTE)
    assert await bench.observe()
    assert bench.asked() == ["POST /graphql"]


async def test_other_accounts_are_asked_meanwhile(bench: Bench) -> None:
    """Each installation has a limit of its own, and so has the App itself."""
    await bench.observe()
    bench.world.running.faults.secondary_limit(which=Which(operation="Observe"))
    with pytest.raises(Temporary):
        await bench.observe()

    assert await bench.github.tokens.installations()


async def test_a_comment_that_was_submitted_too_quickly_is_no_refusal(bench: Bench) -> None:
    """Azure/azure-sdk-tools#7226, cli/cli#4801: the field that created content is refused, the other one is written."""
    seen = await bench.observe()
    said = {"message": TOO_QUICKLY, "path": ["m0"], "type": "UNPROCESSABLE"}
    bench.world.running.faults.next_requests(
        Answer(200, {"data": {"m0": None}, "errors": [said]}), which=Which(operation="addComment")
    )
    issue = bench.world.repository.open_issue("x", by=bench.world.mona)
    comment = issue.comment("/help", by=bench.world.mona)

    with pytest.raises(Temporary, match=TOO_QUICKLY) as caught:
        await bench.apply(Reply(issue.node_id, "Done.", comment.node_id, Reaction.DONE), repository=seen.repository)

    assert not isinstance(caught.value, WritesRefused)
    assert caught.value.again_at == bench.world.github.now() + MINUTE


async def test_what_was_written_beside_a_field_that_came_too_quickly_is_remembered(bench: Bench) -> None:
    """A merge that was decided before a hold is not sent, also where the answer to the hold met the limit."""
    await bench.apply(WriteState(None, {"dev.yaml": "{}\n"}, Message("First", "")))
    seen = await bench.observe()
    pull = await bench.open()
    promotion = pull.environments["dev"].pull
    assert promotion is not None
    written = {"commit": {"oid": "1" * 40}}
    said = {"message": TOO_QUICKLY, "path": ["m1"]}
    bench.world.running.faults.next_requests(
        Answer(200, {"data": {"m0": written, "m1": None}, "errors": [said]}),
        which=Which(operation="createCommitOnBranch"),
    )
    hold = WriteState(seen.state.head_oid, {"dev.yaml": "holds: []\n"}, Message("Hold", ""))
    with pytest.raises(Temporary, match=TOO_QUICKLY):
        await bench.apply(hold, repository=seen.repository)
    bench.world.github.clock.advance(MINUTE)
    merge = MergePromotion(
        "dev", promotion.node_id, 1, promotion.head.oid, "MERGE", Message("x", ""), seen.state.head_oid
    )

    with pytest.raises(Temporary, match="gitops-state has changed since it was decided"):
        await bench.apply(merge, repository=seen.repository)


async def test_a_limit_while_labelling_is_no_refusal(bench: Bench) -> None:
    """It passes through, with the time to come back."""
    seen = await bench.open()
    pull = seen.environments["dev"].pull
    assert pull is not None
    bench.world.running.faults.secondary_limit(retry_after=90, which=Which(path="*/labels"))
    close = ClosePromotion(pull.node_id, 1, BRANCH, pull.head.oid, SUPERSEDED, "Superseded.")

    with pytest.raises(Refused) as caught:
        await bench.apply(close, repository=seen.repository)

    assert caught.value.again_at == bench.world.github.now() + timedelta(seconds=90)


@pytest.mark.parametrize(
    "body",
    [
        {"data": None, "errors": [{"message": "Something went wrong while executing your query"}]},
        {"data": {"m0": None}},
    ],
)
async def test_an_answer_without_data_is_no_refusal(bench: Bench, body: Mapping[str, Any]) -> None:
    """GitHub named no reason, so there is nothing that people could do."""
    seen = await bench.observe()
    bench.world.running.faults.next_requests(Answer(200, body), which=Which(operation="addComment"))
    issue = bench.world.repository.open_issue("x", by=bench.world.mona)
    comment = issue.comment("/help", by=bench.world.mona)

    with pytest.raises(Temporary, match="GitHub gave no answer") as caught:
        await bench.apply(Reply(issue.node_id, "Done.", comment.node_id, Reaction.DONE), repository=seen.repository)

    assert not isinstance(caught.value, WritesRefused)


def shown(name: str, **labels: str) -> float:
    """What the metrics say of requests to GitHub."""
    return telemetry().metrics.registry.get_sample_value(f"gitops_bot_github_{name}", labels) or 0


async def test_requests_points_and_limits_are_counted(bench: Bench) -> None:
    asked = {
        result: shown("requests_total", operation="observe", result=result)
        for result in ("answered", "failed", "refused")
    }
    points, limits = shown("points_total", operation="observe"), shown("limits_total", api="graphql")
    await bench.observe()
    assert shown("requests_total", operation="observe", result="answered") == asked["answered"] + 1
    assert shown("points_total", operation="observe") > points
    assert 0.9 < shown("left_ratio", api="graphql") <= 1

    bench.world.running.faults.next_requests(Answer(502, {}), which=Which(operation="Observe"))
    with pytest.raises(Temporary):
        await bench.observe()
    assert shown("requests_total", operation="observe", result="failed") == asked["failed"] + 1

    bench.world.running.faults.secondary_limit(which=Which(operation="Observe"))
    with pytest.raises(Temporary):
        await bench.observe()
    assert shown("requests_total", operation="observe", result="refused") == asked["refused"] + 1
    assert shown("limits_total", api="graphql") == limits + 1


async def test_a_limit_on_the_repeat_after_a_refused_token_pauses_the_account(bench: Bench) -> None:
    await bench.observe()
    faults, which = bench.world.running.faults, Which(operation="Observe")
    faults.next_requests(Answer(401, {"message": "Bad credentials"}), which=which)
    faults.next_requests(Answer(429, {"message": "slow down"}, {"Retry-After": "60"}), which=which)
    with pytest.raises(Temporary):
        await bench.observe()

    sent = bench.github.client.requests["observe"]
    with pytest.raises(Temporary):
        await bench.observe()
    assert bench.github.client.requests["observe"] == sent
