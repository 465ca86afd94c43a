"""The exchange of a code, against the simulated GitHub and against one that misbehaves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.github.registration.conversion import ConversionError, SpentCodeError, convert
from bot.github.registration.manifest import app_manifest, registration_form
from bot.simulator.github.model.accounts.registrations import read_manifest
from bot.simulator.github.server import Running
from bot.simulator.github.traffic.faults import Answer
from tests.setup.visitor import simulated_github


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with simulated_github(tmp_path) as found:
        yield found


def a_code(hub: Running) -> str:
    """Register an App from our own manifest, which GitHub's validation must accept."""
    form = registration_form(
        name="x",
        home="https://x.example",
        webhook_url="https://x.invalid/webhooks/github",
        redirect_url="http://127.0.0.1:1/",
    )
    github = hub.github
    return github.register(read_manifest(form), name="acme-gitops", owner=github.organisation("acme"))


async def test_the_credentials_of_the_app(hub: Running) -> None:
    async with aiohttp.ClientSession() as session:
        found = await convert(session, hub.api_url, a_code(hub))

    assert (found.slug, found.owner, found.is_organisation) == ("acme-gitops", "acme", True)
    assert found.html_url == f"{hub.url}/apps/acme-gitops"
    assert found.private_key.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(found.webhook_secret) == 40
    app = hub.github.apps["acme-gitops"]
    assert app.events == app_manifest().events


async def test_a_code_that_was_used_or_never_was(hub: Running) -> None:
    async with aiohttp.ClientSession() as session:
        code = a_code(hub)
        await convert(session, hub.api_url, code)
        for spent in (code, "never", "../app"):
            with pytest.raises(SpentCodeError, match="used before, or it is older than an hour"):
                await convert(session, hub.api_url, spent)


async def test_a_code_that_is_older_than_an_hour(hub: Running) -> None:
    code = a_code(hub)
    hub.github.clock.advance(timedelta(minutes=61))
    async with aiohttp.ClientSession() as session:
        with pytest.raises(SpentCodeError, match="older than an hour"):
            await convert(session, hub.api_url, code)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Answer(422, {"message": "Validation failed, or the endpoint has been spammed."}),
            "GitHub answered 422: Validation failed",
        ),
        (Answer(500, "<html>oops"), "did not answer as GitHub's API does"),
        (Answer(502, {}), "GitHub answered 502: no message"),
        (Answer(301, {"message": "Moved"}, {"Location": "https://evil.example/"}), "GitHub answered 301"),
        (Answer(201, {"id": 1}), "no credentials of an App"),
        (Answer(201, '["x"]'), "no credentials of an App"),
    ],
)
async def test_any_other_answer_is_told(hub: Running, answer: Answer, said: str) -> None:
    hub.faults.next_requests(answer)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConversionError, match=said):
            await convert(session, hub.api_url, "c")


async def test_a_server_that_does_not_listen() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(ConversionError, match="cannot be reached"):
            await convert(session, "http://127.0.0.1:1/api/v3", "c")
