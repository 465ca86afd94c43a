"""A check run as REST shows it means what GraphQL says of it."""

from typing import Any

import pytest

from bot.core.observation.commits import Outcome
from bot.github.parsing.commits import report, rest_check_run

# https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference, its parts that the bot reads.
RUN: dict[str, Any] = {
    "node_id": "CR_1",
    "name": "gitops/promotion",
    "status": "completed",
    "conclusion": "success",
    "output": {"title": "every gate passes"},
    "started_at": "2026-03-03T12:00:00Z",
    "completed_at": "2026-03-03T12:00:01Z",
    "details_url": None,
    "external_id": "7",
    "app": {"id": 4711},
}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({}, Outcome.SUCCESS),
        ({"conclusion": "failure"}, Outcome.FAILURE),
        ({"status": "in_progress", "conclusion": None, "completed_at": None}, Outcome.PENDING),
        ({"status": "queued", "conclusion": None, "output": None, "app": None}, Outcome.PENDING),
    ],
)
def test_a_run_of_rest_is_read_as_one_of_graphql(fields: dict[str, Any], outcome: Outcome) -> None:
    run = {**RUN, **fields}

    read = report(rest_check_run(run))

    assert (read.node_id, read.name, read.outcome) == ("CR_1", "gitops/promotion", outcome)
    assert read.app_id == (4711 if run["app"] else None)
