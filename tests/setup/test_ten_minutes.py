"""The whole road of docs/getting-started.md, from an empty folder to a promotion that was merged, by what the page says alone.

The commands, the buttons to press and the titles that appear are read from the page, so that it cannot promise what is not
there. Only where GitHub and the registry are comes from the test.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from bot.runtime import system_runtime
from bot.simulator.github.model.conversations.conversation import State
from tests.ports import free_port
from tests.setup.company import NEWEST, Company, company
from tests.setup.reader import Section, Shell, published, sections, shell
from tests.setup.test_new_user_in_a_browser import TEXT, fill, picture
from tests.simulator.pages.browser import Tab

PROMISED = 600
"""Seconds: what the page's title says. A person also reads; a machine under load also waits."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(PROMISED)]

STEPS = sections("getting-started.md")


async def press(tab: Tab, words: str) -> None:
    """Press the button that begins with these words, as a person finds it. One that opens a tab is followed in this one."""
    found = await tab.run(
        "(() => { const found = [...document.querySelectorAll('button, a.button')]"
        f".find(each => each.innerText.trim().startsWith({words!r}));"
        " if (!found) return ''; found.id = 'pressed'; return found.target === '_blank' ? found.href : 'here'; })()"
    )
    assert found, f"no button {words!r} on {await tab.run('location.href')}:\n{await tab.run(TEXT)}"
    await (tab.press("#pressed") if found == "here" else tab.open(found))


async def see(tab: Tab, words: str) -> None:
    """Read the page until it says this; pages of the simulated GitHub refresh themselves."""
    while not await tab.run(f"{TEXT}.includes({words!r})"):  # noqa: ASYNC110 -- what is waited for is in another program
        await asyncio.sleep(0.1)


async def open_listed(tab: Tab, list_of: str, title: str) -> None:
    """Wait until a list has this title, and open it."""
    await tab.open(list_of)
    await see(tab, title)
    await tab.open(await tab.run(f"[...document.links].find(each => each.innerText.trim().startsWith({title!r})).href"))


class Watch:
    """Tells how long each step took."""

    def __init__(self) -> None:
        self._now = system_runtime().now
        self._begun = self._last = self._now()
        self.lines: list[str] = []

    def done(self, step: Section) -> None:
        now = self._now()
        self.lines.append(f"{_seconds(self._last, now):6.1f} s  {step.heading}")
        self._last = now

    def end(self) -> str:
        return "\n".join((*self.lines, f"{_seconds(self._begun, self._last):6.1f} s  in all"))


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


async def install(terminal: Shell, origin: Path) -> None:
    for command in STEPS["1"].commands:
        await terminal.run(command.replace("<this repository>", str(origin)))


async def create_the_app(tab: Tab, terminal: Shell, world: Company) -> None:
    step = STEPS["2"]
    (command,) = step.commands
    to_github, create, install_it, install_here = step.presses[1:]
    terminal.type(command)
    await tab.open(await terminal.until(r"(http://127\.0\.0\.1:\S+)"))
    here = await tab.run("location.href")
    await fill(tab, organisation="acme", name="acme-gitops", github=world.url)  # the last is the test's: its GitHub
    await picture(tab, "road-2-choose")
    await press(tab, step.presses[0])
    await press(tab, to_github)
    await press(tab, create)
    await picture(tab, "road-2-install")
    await press(tab, install_it)
    await tab.run("document.querySelectorAll('input[name=repository]').forEach(each => each.click())")
    await press(tab, install_here)
    await tab.open(here)
    assert step.appears[0] in await tab.run(TEXT)
    await picture(tab, "road-2-done")
    await terminal.until("Start the bot: +" + STEPS["3"].commands[0])
    await terminal.run("git check-ignore gitops-bot.env")  # so that nobody commits it by accident


async def merge_the_first_policy(tab: Tab, repository: str) -> None:
    await open_listed(tab, f"{repository}/pulls", STEPS["4"].appears[0])
    assert f"v1.4.1 → {NEWEST}" in (await tab.run(TEXT))
    await picture(tab, "road-4-policy")
    await press(tab, "Merge")


async def see_the_first_promotion(tab: Tab, repository: str) -> None:
    title, row = STEPS["5"].appears[:2]
    await open_listed(tab, f"{repository}/issues", title)
    await see(tab, row.replace("v1.5.0", NEWEST))
    await picture(tab, "road-5-dashboard")


async def let_it_write(tab: Tab, repository: str) -> None:
    await tab.open(f"{repository}/blob/main/.gitops.yml")
    await tab.run(
        "document.querySelector('#edit').open = true; const text = document.querySelector('#content');"
        " text.value = text.value.replace('mode: observe', 'mode: active')"
    )
    await press(tab, "Propose changes")
    await press(tab, "Merge")
    await open_listed(tab, f"{repository}/pulls", f"staging: web v1.4.1 → {NEWEST}")
    await see(tab, "Merged")
    (comment,) = STEPS["6"].comments
    await tab.run(f"document.querySelector('#body').value = {comment!r}")
    await press(tab, "Comment")
    await see(tab, f"Promoting prod to {NEWEST}")
    await open_listed(tab, f"{repository}/pulls", f"prod: web v1.4.1 → {NEWEST}")
    await see(tab, "Merged")
    await picture(tab, "road-6-merged")


async def test_from_an_empty_folder_to_a_promotion_that_is_merged(
    tab: Tab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    origin = published(tmp_path / "origin")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(company(tmp_path / "company"))
        where = {"REGISTRY_MIRRORS": f"ghcr.io={world.registry_url}", "PORT": str(free_port())}
        terminal = await stack.enter_async_context(shell(home, **where))
        repository, watch = f"{world.url}/acme/manifests", Watch()
        await install(terminal, origin)
        watch.done(STEPS["1"])
        await create_the_app(tab, terminal, world)
        watch.done(STEPS["2"])
        terminal.type(STEPS["3"].commands[0])
        await terminal.until("listening on")
        watch.done(STEPS["3"])
        await merge_the_first_policy(tab, repository)
        watch.done(STEPS["4"])
        await see_the_first_promotion(tab, repository)
        watch.done(STEPS["5"])
        await let_it_write(tab, repository)
        watch.done(STEPS["6"])
        titles = [each.title for each in world.manifests.conversations.values()]
        assert titles == [
            STEPS["4"].appears[0], STEPS["5"].appears[0], "Update .gitops.yml",
            f"staging: web v1.4.1 → {NEWEST}", f"prod: web v1.4.1 → {NEWEST}",
        ]  # fmt: skip
        assert all(pull.state is State.MERGED for pull in world.manifests.pulls)
        assert tab.complaints == []
    with capsys.disabled():
        print(f"\n{watch.end()}")  # noqa: T201 -- how long the road is
