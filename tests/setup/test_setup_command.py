"""`gitops-bot setup` and a server without an App, as processes, without a browser."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from bot.simulator.github.server import Running
from tests.cli.program import called
from tests.ports import free_port
from tests.setup.visitor import simulated_github, terminal

pytestmark = pytest.mark.story  # half a minute of work in all


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who reads the pages and presses what they say."""

    session: aiohttp.ClientSession
    hub: Running

    async def set_up(self, url: str, **changes: str) -> str:
        """Go through all pages. Returns the last one."""
        root = url.partition("/setup")[0]
        async with self.session.get(url) as answer:
            assert "Create the GitHub App" in await answer.text()
        action, manifest = await self.choose(root, **changes)
        press = {"manifest": manifest, "state": action.rpartition("=")[2], "owner": "acme", "name": "bot"}
        text = (await self.send(f"{self.hub.url}/-/apps", **press))[1]
        assert "Install the App" in text, text
        github = self.hub.github
        github.install(github.apps["bot"], github.organisation("acme"))
        async with self.session.get(f"{root}/setup") as answer:
            return f"{text}{unescape(await answer.text())}"

    async def choose(self, root: str, **changes: str) -> tuple[str, str]:
        """Send the form. Returns where it leads at GitHub, and the manifest that goes there."""
        form = {
            "account": "organisation",
            "organisation": "acme",
            "name": "bot",
            "github": self.hub.url,
            "delivery": "pull",
        }
        headers = {"Origin": root, "Sec-Fetch-Site": "same-origin"}
        async with self.session.post(f"{root}/setup/choose", data={**form, **changes}, headers=headers) as answer:
            text = unescape(await answer.text())
        found = re.search(r'action="(\S+?state=\S+?)".*?value="(.*?)">', text)
        assert found, text
        return found[1], found[2]

    async def send(self, url: str, **form: str) -> tuple[int, str]:
        """Press a button of GitHub. Returns the status, and what is to be read then."""
        async with self.session.post(url, data=form, headers={"Sec-Fetch-Site": "same-origin"}) as answer:
            return answer.status, unescape(await answer.text())


async def test_what_github_refuses_can_be_changed_and_sent_again(tmp_path: Path) -> None:
    """An address that GitHub does not take, then a name that another App has: github-community-projects/private-mirrors#387."""
    async with (
        simulated_github(tmp_path) as hub,
        aiohttp.ClientSession(cookie_jar=jar()) as session,
        terminal(tmp_path / "new", "setup", "--github", hub.url) as program,
    ):
        hub.github.create_app("bot", owner=hub.github.organisation("acme"), permissions={})
        root = (await program.until(r"(http://127\.0\.0\.1:\S+)")).partition("/setup")[0]
        person = Person(session, hub)
        async with session.get(re.search(r"http://127\S+", program.errors)[0]):  # type: ignore[index]
            pass
        action, manifest = await person.choose(root, unused_url="https://localhost/webhooks/github")
        status, text = await person.send(action, manifest=manifest)
        assert (status, "isn't reachable over the public Internet" in text) == (422, True)
        action, manifest = await person.choose(root)
        assert "Create GitHub App for acme" in (await person.send(action, manifest=manifest))[1]
        form = {"manifest": manifest, "state": action.rpartition("=")[2], "owner": "acme"}
        status, text = await person.send(f"{hub.url}/-/apps", **form, name="bot")
        assert (status, "taken" in text) == (422, True)
        text = (await person.send(f"{hub.url}/-/apps", **form, name="acme-gitops"))[1]
        assert "The App acme-gitops exists" in text
        github = hub.github
        github.install(github.apps["acme-gitops"], github.organisation("acme"))
        async with session.get(f"{root}/setup") as answer:
            assert "is installed on acme" in await answer.text()
        assert (await program.end())[0] == 0
    assert (tmp_path / "new" / "gitops-bot.env").is_file()


async def test_secrets_can_be_printed_instead(tmp_path: Path) -> None:
    async with (
        simulated_github(tmp_path) as hub,
        aiohttp.ClientSession(cookie_jar=jar()) as session,
        terminal(tmp_path / "new", "setup", "--print", "--github", hub.url) as program,
    ):
        url = await program.until(r"(http://127\.0\.0\.1:\S+)")
        pages = await Person(session, hub).set_up(url)
        status, printed = await program.end()

    assert status == 0
    assert "GITHUB_PRIVATE_KEY=" in printed
    assert "WEBHOOKS=pull" in printed
    assert list((tmp_path / "new").iterdir()) == []
    for said in (program.errors, pages):
        assert printed.partition("GITHUB_PRIVATE_KEY=")[2][:60] not in said


async def test_a_server_shows_secrets_once_if_it_is_told_to(tmp_path: Path) -> None:
    port = free_port()
    async with (
        simulated_github(tmp_path) as hub,
        aiohttp.ClientSession(cookie_jar=jar()) as session,
        terminal(tmp_path / "new", "serve", PORT=str(port), HOST="127.0.0.1") as server,
    ):
        code = await server.until(r"enter this code: (\S+)")
        pages = await Person(session, hub).set_up(f"http://127.0.0.1:{port}/setup?code={code}", keep="show")
        await server.until("listening on")
        server.stop()
        assert (await server.end())[0] == 0

    secret = pages.partition("GITHUB_PRIVATE_KEY=")[2][:60]
    assert len(secret) == 60
    assert secret not in server.errors
    assert [path.name for path in (tmp_path / "new").iterdir() if path.suffix == ".env"] == []


async def test_a_server_in_setup_stops_when_it_is_told(tmp_path: Path) -> None:
    async with terminal(tmp_path / "new", "serve", PORT=str(free_port()), HOST="127.0.0.1") as server:
        await server.until(r"enter this code: (\S+)")
        server.stop()
        assert (await server.end())[0] == 0


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    port = str(free_port())
    async with terminal(tmp_path / "new", "serve", PORT=port, HOST="127.0.0.1") as server:
        await server.until(r"enter this code: (\S+)")
        for words in (("serve",), ("setup", "--port", port)):
            async with terminal(tmp_path / "new", *words, PORT=port, HOST="127.0.0.1") as second:
                assert (await second.end())[0] == 2
                assert "cannot be served" in second.errors


def test_a_file_that_exists_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "x.env"
    file.write_text("mine")

    said = called("setup", "--file", str(file))

    assert said.status == 2
    assert "is not replaced" in said.err
    assert file.read_text() == "mine"
    assert called("setup", "--file", str(tmp_path / "none" / "x.env")).status == 2
    assert called("setup", "--github", "ftp://x").status == 2


def jar() -> aiohttp.CookieJar:
    return aiohttp.CookieJar(unsafe=True)
