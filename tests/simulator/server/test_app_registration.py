"""An App registered from a manifest: the form, the way back, the exchange of the code, and the installation."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from bot.simulator.clock import Clock
from bot.simulator.github.model.accounts.accounts import OrganisationRole
from bot.simulator.github.model.github import GitHub
from bot.simulator.github.server import Running, serve
from bot.simulator.pages.handlers.apps import app_pages

MANIFEST: Mapping[str, Any] = {
    "name": "acme-gitops",
    "url": "https://bot.example.com",
    "hook_attributes": {"url": "https://bot.example.com/webhooks/github"},
    "redirect_url": "http://127.0.0.1:1/setup/created",
    "default_permissions": {"contents": "write", "issues": "write"},
    "default_events": ["push", "issue_comment"],
}


@dataclass(slots=True)
class Visit:
    """alice's browser, and the simulated GitHub that she visits."""

    hub: Running
    session: aiohttp.ClientSession

    async def post(self, path: str, **form: str) -> tuple[int, str, str]:
        """Returns the status, where it leads, and the text."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        async with self.session.post(
            f"{self.hub.url}{path}", data=form, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    async def convert(self, code: str) -> tuple[int, dict[str, Any]]:
        async with self.session.post(f"{self.hub.api_url}/app-manifests/{code}/conversions") as answer:
            return answer.status, await answer.json()

    async def register(self, manifest: Mapping[str, Any] = MANIFEST, *, owner: str = "acme", name: str = "bot") -> str:
        """Press the button. Returns the code."""
        status, location, text = await self.post(
            "/-/apps", manifest=json.dumps(manifest), state="s 1", owner=owner, name=name
        )
        assert status == 303, text
        query = parse_qs(urlsplit(location).query)
        assert location.startswith("http://127.0.0.1:1/setup/created?")
        assert query["state"] == ["s 1"]
        return query["code"][0]


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    github = GitHub(tmp_path, Clock())
    github.organisation("acme").add_member(github.user("alice"), OrganisationRole.ADMIN)
    github.organisation("others").add_member(github.user("alice"))
    github.create_repository("acme/manifests", by=github.user("alice"))
    async with serve(github, pages=app_pages(github, "alice")) as hub, aiohttp.ClientSession() as session:
        yield Visit(hub, session)


async def test_a_manifest_becomes_an_app_whose_credentials_work(visit: Visit) -> None:
    status, _, shown = await visit.post("/organizations/acme/settings/apps/new?state=s", manifest=json.dumps(MANIFEST))
    assert status == 200
    assert "Create GitHub App for acme" in shown
    assert "contents: write" in shown

    status, made = await visit.convert(await visit.register())

    assert status == 201
    assert made["slug"] == "bot"
    assert made["owner"]["login"] == "acme"
    assert made["html_url"] == f"{visit.hub.url}/apps/bot"
    assert made["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(made["webhook_secret"]) == len(made["client_secret"]) == 40
    now = int(visit.hub.github.now().timestamp())
    token = jwt.encode({"iat": now, "exp": now + 60, "iss": str(made["id"])}, made["pem"], algorithm="RS256")
    async with visit.session.get(f"{visit.hub.api_url}/app", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (await answer.json())["permissions"] == MANIFEST["default_permissions"]


async def test_a_code_is_good_once_and_for_an_hour(visit: Visit) -> None:
    used, late = await visit.register(name="one"), await visit.register(name="two")
    assert (await visit.convert(used))[0] == 201

    assert (await visit.convert(used))[0] == 404
    visit.hub.github.clock.advance(timedelta(minutes=61))
    assert await visit.convert(late) == (
        404,
        {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"},
    )
    assert (await visit.convert("never-was"))[0] == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hook_attributes": {"active": False}}, "&#34;url&#34; wasn&#39;t supplied."),
        ({"url": ""}, "&#34;url&#34; wasn&#39;t supplied."),
        ({"hook_attributes": {"url": "https://x.example", "secret": "s"}}, "&#34;secret&#34; is not a permitted key"),
        (
            {"hook_attributes": {"url": "http://localhost:8080/"}},
            "isn&#39;t reachable over the public Internet (localhost)",
        ),
        ({"default_events": ["installation"]}, "Default events unsupported: installation"),
        ({"default_events": ["check_run", "status"]}, "not supported by permissions: check_run and status"),
        ({"default_events": "push"}, "Default events is not a list"),
        ({"default_permissions": {"contents": "all"}}, "Default permission records action"),
    ],
)
async def test_a_manifest_that_github_refuses(visit: Visit, change: Mapping[str, Any], said: str) -> None:
    manifest = json.dumps({**MANIFEST, **change})

    status, _, text = await visit.post("/settings/apps/new", manifest=manifest)

    assert status == 422
    assert "Invalid GitHub App configuration" in text
    assert said in text


async def test_a_manifest_that_is_no_json(visit: Visit) -> None:
    assert (await visit.post("/settings/apps/new", manifest="{"))[0] == 422


async def test_a_name_that_is_taken_is_asked_for_again(visit: Visit) -> None:
    await visit.register(name="one")
    form = {"manifest": json.dumps(MANIFEST), "state": "s", "owner": "alice"}

    for name, said in (("one", "already been taken"), ("", "be blank"), ("a" * 35, "too long (maximum is 34")):
        status, _, text = await visit.post("/-/apps", **form, name=name)
        assert (status, said in text) == (422, True), text


async def test_only_owners_register_apps_of_an_organisation(visit: Visit) -> None:
    for owner in ("others", "nobody"):
        status, _, _ = await visit.post(f"/organizations/{owner}/settings/apps/new", manifest=json.dumps(MANIFEST))
        assert status == 404


async def test_an_app_is_installed_by_its_page(visit: Visit) -> None:
    code = await visit.register({**MANIFEST, "setup_url": "http://127.0.0.1:1/done"})
    await visit.convert(code)
    async with visit.session.get(f"{visit.hub.url}/apps/bot/installations/new") as answer:
        assert "acme/manifests" in await answer.text()

    assert (await visit.post("/apps/bot/installations/new", account="acme"))[0] == 422
    status, location, _ = await visit.post(
        "/apps/bot/installations/new", account="acme", selection="selected", repository="acme/manifests"
    )

    (made,) = visit.hub.github.apps["bot"].installations
    assert [one.owner.login for one in made.selected] == ["acme"]
    assert (status, location) == (303, f"http://127.0.0.1:1/done?installation_id={made.id}&setup_action=install")
    assert (await visit.post("/apps/bot/installations/new", account="acme", selection="all"))[0] == 422


async def test_other_sites_can_only_show_the_form(visit: Visit) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    form = {"manifest": json.dumps(MANIFEST)}
    async with visit.session.post(f"{visit.hub.url}/settings/apps/new", data=form, headers=headers) as answer:
        assert answer.status == 200
    async with visit.session.post(f"{visit.hub.url}/-/apps", data=form, headers=headers) as answer:
        assert answer.status == 403
    async with visit.session.post(
        f"{visit.hub.url}/settings/apps/new", data=form, headers={"Host": "evil.example"}
    ) as answer:
        assert answer.status == 403
