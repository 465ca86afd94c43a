"""Every exchange of the whole test run is one that GitHub documents."""

from pathlib import Path

import pytest
from graphql import build_schema

from bot.simulator.github.rest.routes import ROUTES, find
from tests.contract import graphql_schema, rest_schema, webhook_schema
from tests.contract.exceptions import DELIBERATE
from tests.contract.record import Recording

BOT = Path(__file__).parents[2] / "bot"

pytestmark = pytest.mark.contract


def test_every_rest_exchange_is_as_documented(recording: Recording) -> None:
    found = [f"{line}   ({exchange.test})" for exchange in recording.rest for line in rest_schema.violations(exchange)]

    assert not found, _listed(found)


def test_every_rest_operation_was_seen_to_succeed(recording: Recording) -> None:
    """An operation that no test calls is held to nothing."""
    succeeded = {
        (exchange.method, found[0].template)
        for exchange in recording.rest
        if exchange.status < 300 and (found := find(exchange.method, exchange.path))
    }

    assert {(route.method, route.template) for route in ROUTES} - succeeded == set()


def test_every_webhook_is_as_documented(recording: Recording) -> None:
    found = [
        f"{line}   ({webhook.test})" for webhook in recording.webhooks for line in webhook_schema.violations(webhook)
    ]

    assert recording.webhooks
    assert not found, _listed(found)


def test_every_graphql_request_is_one_github_accepts(recording: Recording) -> None:
    found = [
        f"{line}   ({request.test})\n{request.document}"
        for request in recording.graphql
        if request.test not in DELIBERATE
        for line in graphql_schema.violations_in(request.document, request.variables)
    ]

    assert not found, _listed(found)


def test_every_document_in_the_queries_folder_is_one_github_accepts() -> None:
    folder = BOT / "github" / "queries"

    assert list(folder.glob("*.graphql"))
    found = graphql_schema.violations_of_files(folder)
    assert not found, _listed(found)


def test_our_schema_is_a_subset_of_githubs() -> None:
    ours = build_schema((BOT / "simulator" / "github" / "schema.graphql").read_text(encoding="utf-8"))

    found = list(graphql_schema.differences(ours))
    assert not found, _listed(found)


def _listed(found: list[str]) -> str:
    """Each complaint once, however many exchanges share it."""
    return f"{len(found)} differences\n" + "\n".join(dict.fromkeys(found))
