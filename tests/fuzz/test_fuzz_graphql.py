"""Every query and mutation of the simulator, with random documents over its schema.

No answer is a server error, and every answer is one that GitHub's schema permits. Seeds are fixed: a finding comes back.
"""

import logging
import zlib
from pathlib import Path
from random import Random  # noqa: TID251 -- seeded: the documents are the same in every run

import pytest
from graphql import parse

from bot.simulator.github.traffic.recording import RECORDERS
from tests.contract.graphql_schema import violations_in
from tests.fuzz.graphql_answers import complaints
from tests.fuzz.graphql_cases import Documents, known, prepare, root_fields
from tests.fuzz.judge import Judge
from tests.simulator.http_world import World, http_world

EXAMPLES = 24

pytestmark = pytest.mark.fuzz


@pytest.mark.parametrize(("kind", "field"), root_fields())
async def test_no_document_gets_an_answer_that_github_would_not_give(
    kind: str, field: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    judge = Judge()
    async with http_world(tmp_path) as world:
        RECORDERS.add(judge)
        try:
            answered = await send_many(kind, field, world, judge)
        finally:
            RECORDERS.remove(judge)
    assert not judge.findings, f"{judge.report()}\n{caplog.text}"
    assert answered, "no document found anything: nothing was judged"


async def send_many(kind: str, field: str, world: World, judge: Judge) -> int:
    """Send the documents of one field's seed. Note each answer that GitHub would not give; return how many had data."""
    chance = Random(zlib.crc32(field.encode()))  # noqa: S311 -- no secret
    prepare(world)
    callers = [world.as_user(world.octocat)] * 4 + [world.as_bot] * 5 + [world.as_user(world.hubot), world.client()]
    answered = 0
    for number in range(EXAMPLES):
        text = Documents(chance, known(world, number)).document(kind, field)
        reply = await callers[number % len(callers)].post("/graphql", {"query": text})
        if reply.status >= 500:
            judge.note(f"{reply.status}", text)
        elif reply.status == 200:
            found = (reply.body.get("data") or {}).get(field)
            answered += found is not None
            for line in complaints(parse(text), reply.body):
                judge.note(line, text)
            if found is not None:
                for line in violations_in(text, {}):
                    judge.note(f"GitHub would refuse it: {line}", text)
    return answered
