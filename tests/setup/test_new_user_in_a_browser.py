"""A new user, from an empty folder to a server that works, in a real browser and by what the pages say alone."""

import os
from pathlib import Path

import aiohttp
import pytest

from tests.ports import free_port
from tests.setup.visitor import simulated_github, terminal
from tests.simulator.pages.browser import Tab

pytestmark = pytest.mark.browser

TEXT = "document.body.innerText"


async def picture(tab: Tab, name: str) -> None:
    """Keep what can be seen, for people who want to look: SETUP_PICTURES names a folder."""
    folder = os.environ.get("SETUP_PICTURES")
    if folder:
        Path(folder, f"{name}.png").write_bytes(await tab.picture())  # noqa: ASYNC240 -- a test may block


async def fill(tab: Tab, **fields: str) -> None:
    for name, value in fields.items():
        await tab.run(f"document.querySelector('input[name={name}]').value = {value!r}")


async def choose(tab: Tab, name: str, value: str) -> None:
    await tab.run(f"document.querySelector('#{name}-{value}').click()")


async def create(tab: Tab) -> None:
    """Go from the form to GitHub and back."""
    await tab.press("form[action='/setup/choose'] button")
    assert "Continue on GitHub" in await tab.run(TEXT)
    await picture(tab, "2-register")
    await tab.press("form:first-of-type button")
    assert "Create GitHub App for acme" in await tab.run(TEXT)
    await tab.press("button")
    assert "Install the App" in await tab.run(TEXT)


async def install(tab: Tab) -> None:
    """Install it on the manifests repository, and return to the setup page, as a person does who switches tabs."""
    here = await tab.run("location.origin")
    await tab.open(await tab.run("document.querySelector('a.button').href"))
    await tab.run("document.querySelector('input[name=repository]').click()")
    await tab.press("button")
    assert "is installed on acme" in await tab.run(TEXT)
    await tab.open(f"{here}/setup")


@pytest.mark.parametrize("scripts", ["with", "without"])
async def test_setup_on_this_machine(tab: Tab, tmp_path: Path, scripts: str) -> None:
    if scripts == "without":
        await tab.send("Emulation.setScriptExecutionDisabled", value=True)
    folder, port = tmp_path / "new", free_port()
    async with simulated_github(tmp_path) as hub:
        async with terminal(folder, "setup", "--github", hub.url) as program:
            await tab.open(await program.until(r"(http://127\.0\.0\.1:\S+)"))
            assert "Create the GitHub App" in await tab.run(TEXT)
            assert "?code=" not in await tab.run("location.href")
            await picture(tab, "1-choose")
            await tab.press("form[action='/setup/choose'] button")
            assert "Write the organisation's name" in await tab.run(TEXT)
            tab.complaints.clear()  # of the status 422, which is what the page is about
            await fill(tab, organisation="acme", name="acme-gitops")
            await create(tab)
            await picture(tab, "3-install")
            await install(tab)
            assert "The App is installed on acme" in await tab.run(TEXT)
            assert "promotion-check-optional" in await tab.run(TEXT)
            await picture(tab, "4-done")
            status, printed = await program.end()
        assert (status, printed) == (0, "")
        assert "Start the bot" in program.errors
        file = folder / "gitops-bot.env"
        assert file.stat().st_mode & 0o777 == 0o600
        assert "WEBHOOKS=pull" in file.read_text()
        assert tab.complaints == []
        async with terminal(folder, "serve", PORT=str(port), HOST="127.0.0.1") as server:
            await server.until("listening on")
            async with aiohttp.ClientSession() as session:
                while True:
                    async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        if answer.status == 200:
                            break
            server.stop()
            assert (await server.end())[0] == 0


async def test_a_server_without_an_app(tab: Tab, tmp_path: Path) -> None:
    port = free_port()
    async with simulated_github(tmp_path) as hub:
        async with terminal(tmp_path / "new", "serve", PORT=str(port), HOST="127.0.0.1") as server:
            code = await server.until(r"enter this code: (\S+)")
            await tab.open(f"http://127.0.0.1:{port}/")
            await picture(tab, "0-locked")
            await fill(tab, code="wrong")
            await tab.press("button")
            assert "That is not the code" in await tab.run(TEXT)
            await fill(tab, code=code.lower().replace("-", " "))
            await tab.press("button")
            await fill(tab, organisation="acme", name="acme-gitops", github=hub.url)
            await create(tab)
            await install(tab)
            assert "The bot starts now." in await tab.run(TEXT)
            await server.until("listening on")
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/setup") as answer:
                assert answer.status == 404
            server.stop()
            assert (await server.end())[0] == 0
        assert (tmp_path / "new" / "gitops-bot.env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_fit_a_phone(tab: Tab, tmp_path: Path, scheme: str) -> None:
    await tab.size(360, 740)
    await tab.prefer(scheme)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    async with simulated_github(tmp_path) as hub, terminal(tmp_path / "new", "setup", "--github", hub.url) as program:
        await tab.open(await program.until(r"(http://127\.0\.0\.1:\S+)"))
        assert not await tab.run(wide)
        await picture(tab, f"phone-{scheme}-1")
        await fill(tab, organisation="acme")
        await tab.press("form[action='/setup/choose'] button")
        assert not await tab.run(wide)
        await tab.press("form:first-of-type button")
        await tab.press("button")
        assert not await tab.run(wide)
        await picture(tab, f"phone-{scheme}-3")
        await install(tab)
        assert not await tab.run(wide)
        await picture(tab, f"phone-{scheme}-4")
