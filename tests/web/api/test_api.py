"""The read-only API: who may read it, what it answers, and that its description says the same."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from jsonschema import Draft202012Validator

from bot.core.decide import decide
from bot.core.status import ApplicationStatus, application_status, notes
from bot.passes.polling import RegistryPolls
from bot.registries.breakers import Paused
from bot.web.api import RegistriesStatus
from tests.builders import NOW, environment, environment_state, policy, promotion, pull, state
from tests.web.server import SECRET, Served, serving

TOKEN = "a token of a portal"
ANOTHER = "the token that replaces it"
RULES = policy(environment("dev"), environment("prod", "dev", promote="manual"))


def known(application: str, *, repository: str = "acme/deploy", opened: bool = False) -> ApplicationStatus:
    """What a pass keeps; opened: with a promotion to dev."""
    here = environment_state("dev", promotion=promotion("v1.5.0", pull=pull(number=7)) if opened else None)
    seen = state(here, environment_state("prod"))
    found = application_status(RULES, seen, decide(seen, RULES, NOW).verdicts, NOW, web="https://github.com")
    return replace(found, repository=repository, application=application)


@asynccontextmanager
async def an_api(
    folder: Path, *statuses: ApplicationStatus, repositories: tuple[str, ...] | None = None
) -> AsyncIterator[Served]:
    async with serving(folder, api_tokens=(TOKEN, ANOTHER), repositories=repositories) as served:
        for status in statuses:
            name = notes.name(status.repository, status.application)
            assert await served.queue.write_note(name, notes.write(status), seen=0)
        yield served


async def get(served: Served, path: str, *, token: str = TOKEN, **headers: str) -> ClientResponse:
    return await served.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}", **headers})


async def read(served: Served, path: str) -> Any:
    """The answer's values, which must be as the description says."""
    answer = await get(served, path)
    assert answer.status == 200, await answer.text()
    described = await (await get(served, "/openapi.json")).json()
    check(described, path.partition("?")[0], await answer.json())
    return await answer.json()


def check(described: Mapping[str, Any], path: str, values: object) -> None:
    parts = path.split("/")
    known = next(
        each
        for each in described["paths"]
        if len(each.split("/")) == len(parts) + 2
        and all(
            here in there or there.startswith("{") for here, there in zip(parts[1:], each.split("/")[3:], strict=True)
        )
    )
    schema = described["paths"][known]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": described["components"]}).validate(values)


async def test_without_tokens_it_is_off_and_says_how_to_turn_it_on(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        answer = await get(served, "/applications")
        assert answer.status == 404
        assert "API_TOKENS" in (await answer.json())["detail"]


@pytest.mark.parametrize(
    "given", ["", "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ä", f"Bearer {TOKEN[:-1]}"]
)
@pytest.mark.parametrize("path", ["/applications", "/openapi.json", "/nowhere", ""])
async def test_a_stranger_learns_nothing(tmp_path: Path, given: str, path: str) -> None:
    async with an_api(tmp_path, known("web")) as served:
        answer = await served.client.get(f"/api/v1{path}", headers={"Authorization": given} if given else {})
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.content_type == "application/problem+json"
        assert "acme" not in await answer.text()


async def test_either_token_is_good_while_one_replaces_the_other(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        assert [(await get(served, "/server", token=token)).status for token in (TOKEN, ANOTHER)] == [200, 200]


async def test_an_application_says_what_it_holds_and_what_is_open(tmp_path: Path) -> None:
    async with an_api(tmp_path, known("web", opened=True)) as served:
        found = await read(served, "/applications/acme/deploy/web")
        dev, prod = found["environments"]
        assert dev["version"] == prod["version"] == "v1.4.0"
        assert dev["promotion"]["url"] == "https://github.com/acme/deploy/pull/7"
        assert dev["promotion"]["version"] == "v1.5.0"
        assert prod["promotion"] is None

        missing = await get(served, "/applications/acme/deploy/api")
        assert missing.status == 404
        assert (await missing.json())["title"] == "not found"


async def test_lists_come_in_pages_that_hold_each_entry_once(tmp_path: Path) -> None:
    names = ["a", "a-b", "a.b", "ab", "b"]
    statuses = [known(name, repository=where, opened=True) for name in names for where in ("acme/deploy", "acme/other")]
    async with an_api(tmp_path, *statuses) as served:
        for path, key in (
            ("/applications", "application"),
            ("/promotions", "application"),
            ("/repositories", "repository"),
        ):
            for limit in (1, 3, 200):
                items: list[tuple[str, str]] = []
                after: str | None = ""
                while after is not None:
                    page = await read(served, f"{path}?limit={limit}&after={after.replace('#', '%23')}")
                    assert len(page["items"]) <= limit
                    items += [(item["repository"], item[key]) for item in page["items"]]
                    after = page["next"]
                assert len(set(items)) == len(items) == (2 if path == "/repositories" else 10)
                assert items == sorted(items)


async def test_lists_can_be_narrowed(tmp_path: Path) -> None:
    statuses = (known("web", opened=True), known("api"), known("web", repository="acme/other"))
    async with an_api(tmp_path, *statuses) as served:

        async def names(path: str) -> list[tuple[str, str]]:
            return [(item["repository"], item["application"]) for item in (await read(served, path))["items"]]

        assert await names("/applications?repository=acme/deploy") == [("acme/deploy", "api"), ("acme/deploy", "web")]
        assert await names("/applications?application=web") == [("acme/deploy", "web"), ("acme/other", "web")]
        assert await names("/promotions") == [("acme/deploy", "web")]
        assert await names("/promotions?environment=prod") == []
        assert await names("/promotions?repository=acme/other") == []
        assert await names("/applications?repository=acme/depl") == []
        everything = {
            status: len(await names(f"/applications?status={status}")) for status in ("passed", "waiting", "blocked")
        }
        assert sum(everything.values()) >= len(statuses)
        promoted = [len(await names(f"/promotions?status={status}")) for status in everything]
        assert sum(promoted) == 1


async def test_repositories_are_told_in_numbers(tmp_path: Path) -> None:
    async with an_api(tmp_path, known("web", opened=True), known("api")) as served:
        (found,) = (await read(served, "/repositories"))["items"]
        assert (found["repository"], found["applications"], found["promotions"]) == ("acme/deploy", 2, 1)


async def test_a_repository_without_the_app_is_served_no_longer(tmp_path: Path) -> None:
    async with an_api(
        tmp_path, known("web"), known("web", repository="acme/gone"), repositories=("acme/deploy",)
    ) as served:
        found = (await read(served, "/applications"))["items"]
        assert [each["repository"] for each in found] == ["acme/deploy"]
        assert (await get(served, "/applications/acme/gone/web")).status == 404

    async with an_api(tmp_path, known("api"), repositories=()) as served:
        assert (await read(served, "/applications"))["items"] == [], "the App was uninstalled everywhere"


async def test_a_note_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    async with an_api(tmp_path, known("web")) as served:
        await served.queue.write_note(notes.name("acme/deploy", "old"), "{}", seen=0)
        assert [each["application"] for each in (await read(served, "/applications"))["items"]] == ["web"]
        assert (await read(served, "/repositories"))["items"][0]["applications"] == 1


async def test_the_server_says_what_it_still_waits_for(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        await served.queue.accept(None, ["acme/deploy"])
        served.missing.append("GitHub has not been reached yet")
        found = await read(served, "/server")
        assert found["ready"] is False
        assert found["missing"] == ["GitHub has not been reached yet"]
        assert found["queue"]["due"] == 1


async def test_registries_are_told_with_their_polls_and_pauses(tmp_path: Path) -> None:
    polls = (
        RegistryPolls("docker.io", 3, None, None, 0, NOW),
        RegistryPolls("ghcr.io", 2, NOW, NOW - timedelta(hours=1), 2, NOW + timedelta(minutes=5)),
    )
    silent = Paused("ghcr.io", "has not answered since 08:00:00 UTC", NOW - timedelta(hours=1), NOW)
    status = RegistriesStatus(300, polls, (silent,))
    async with serving(tmp_path, api_tokens=(TOKEN,), registries_status=status) as served:
        found = await read(served, "/registries")
    assert found["poll_seconds"] == 300
    assert [(each["registry"], each["polled_at"]) for each in found["polls"]] == [
        ("docker.io", None),
        ("ghcr.io", f"{NOW:%Y-%m-%dT%H:%M:%SZ}"),
    ]
    assert [each["host"] for each in found["paused"]] == ["ghcr.io"]


async def test_without_polls_no_registry_is_told_as_polled(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        assert await read(served, "/registries") == {"poll_seconds": None, "polls": [], "paused": []}


async def test_what_stays_the_same_is_not_sent_again(tmp_path: Path) -> None:
    async with an_api(tmp_path, known("web")) as served:
        first = await get(served, "/applications")
        same = await get(served, "/applications", **{"If-None-Match": first.headers["ETag"]})
        assert (same.status, await same.read()) == (304, b"")
        await served.queue.write_note(notes.name("acme/deploy", "api"), notes.write(known("api")), seen=0)
        assert (await get(served, "/applications", **{"If-None-Match": first.headers["ETag"]})).status == 200


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/applications?limit=0", "limit: Input should be greater than or equal to 1"),
        ("/applications?limit=many", "limit: Input should be a valid integer"),
        ("/applications?limit=1&limit=2", "limit: "),
        ("/applications?colour=red", "colour: Extra inputs are not permitted"),
        ("/promotions?status=open", "status: Input should be 'passed', 'waiting' or 'blocked'"),
        ("/server?limit=1", "limit: Extra inputs are not permitted"),
    ],
)
async def test_a_query_that_cannot_be_used_is_explained(tmp_path: Path, path: str, said: str) -> None:
    async with an_api(tmp_path) as served:
        answer = await get(served, path)
        assert answer.status == 400
        assert said in (await answer.json())["detail"]


async def test_a_path_that_does_not_exist_lists_those_that_do(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        answer = await get(served, "/environments")
        assert answer.status == 404
        assert "/api/v1/applications" in (await answer.json())["detail"]


async def test_it_changes_nothing(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await served.client.request(
                method, "/api/v1/applications", headers={"Authorization": f"Bearer {TOKEN}"}
            )
            assert answer.status == 405


async def test_a_store_that_fails_is_said_without_its_secrets(tmp_path: Path) -> None:
    async with an_api(tmp_path) as served:
        served.queue._connection.execute("ALTER TABLE note RENAME TO lost")
        answer = await get(served, "/applications")
        assert answer.status == 503
        assert SECRET not in json.dumps(await answer.json())
