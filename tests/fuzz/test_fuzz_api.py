"""Every path of the read-only API, with requests that schemathesis makes of the description that the server gives.

No answer is a server error, every answer is one that the description has, and what it refuses is what it says it refuses.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bot.core.status import notes
from tests.web.api.test_api import TOKEN, an_api, get, known
from tests.web.server import Served

EXAMPLES = 150
CHECKS = (
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)

pytestmark = pytest.mark.fuzz


async def test_every_answer_is_as_described(tmp_path: Path) -> None:
    statuses = [known(name, opened=name != "api") for name in ("web", "api", "cart")]
    async with an_api(tmp_path, *statuses) as served:
        await served.queue.write_note(notes.name("acme/deploy", "old"), "{}", seen=0)
        described = await (await get(served, "/openapi.json")).json()
        await asyncio.get_running_loop().run_in_executor(None, send_many, described, served)


def send_many(described: Any, served: Served) -> None:
    """Send the requests of each operation's seed."""
    schema = schemathesis.openapi.from_dict(described)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    asked = 0
    with requests.Session() as session:
        for number, result in enumerate(schema.get_all_operations()):
            assert isinstance(result, Ok)
            operation = result.ok()

            @seed(number)
            @settings(
                max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
            )
            @given(case=operation.as_strategy())
            def send(case: Any) -> None:
                nonlocal asked
                asked += 1
                answer = case.call(base_url=served.url, session=session, headers=headers)
                case.validate_response(answer, checks=CHECKS)

            send()
    assert asked > EXAMPLES
