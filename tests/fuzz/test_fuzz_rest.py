"""Every REST operation of the simulator, with requests that schemathesis makes of GitHub's own description.

No answer is a server error, and every answer is one that GitHub's schema permits. Seeds are fixed: a finding comes back.
"""

import asyncio
import logging
import zlib
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings

from bot.simulator.github.rest.call import Route
from bot.simulator.github.rest.dispatch import NOT_SIMULATED
from bot.simulator.github.rest.routes import ROUTES
from bot.simulator.github.traffic.recording import RECORDERS
from tests.fuzz.judge import Judge
from tests.fuzz.rest_cases import Known, callers, cases, known
from tests.simulator.http_world import World, http_world

EXAMPLES = 24

pytestmark = pytest.mark.fuzz


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
async def test_no_request_gets_an_answer_that_github_would_not_give(
    route: Route, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    judge = Judge()
    async with http_world(tmp_path) as world:
        RECORDERS.add(judge)
        try:
            await asyncio.get_running_loop().run_in_executor(None, send_many, route, world, known(world), judge)
        finally:
            RECORDERS.remove(judge)
    assert not judge.findings, f"{judge.report()}\n{caplog.text}"


def send_many(route: Route, world: World, values: Known, judge: Judge) -> None:
    """Send the requests of one route's seed, and note every answer that is a server error."""
    clients = callers(world, route)
    asked = 0

    @seed(zlib.crc32(f"{route.method} {route.template}".encode()))
    @settings(max_examples=EXAMPLES, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=cases(route, values))
    def send(case: Any) -> None:
        nonlocal asked
        authorization = clients[asked % len(clients)].authorization
        asked += 1
        headers = {"Accept": "application/vnd.github+json", "Authorization": authorization or ""}
        answer = case.call(base_url=world.running.url, session=session, headers=headers)
        if answer.status_code >= 500 and answer.status_code != NOT_SIMULATED:
            judge.note(f"{answer.status_code}", case.as_curl_command())

    with requests.Session() as session:
        send()
