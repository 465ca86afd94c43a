"""The pages in a real browser: they refresh, keep what is typed, and fit their screens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulator.github.model.checks.runs import Conclusion, Output
from tests.simulator.pages.browser import Tab
from tests.simulator.pages.pages_world import Visit, small_world, visiting

pytestmark = pytest.mark.browser


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    """Yield a visitor of a small world's pages."""
    async with visiting(small_world(tmp_path / "github")) as found:
        yield found


TEXT = "document.body.innerText"


async def test_the_page_refreshes_and_keeps_what_is_typed(visit: Visit, tab: Tab) -> None:
    world = visit.world
    pull = world.open_pull()
    world.report(pull.head_oid, "gitops/promotion", None, Output(title="waits", summary="**Why** it waits."))
    await tab.open(f"{visit.url}{visit.home}/pull/1")
    await tab.run(
        "document.querySelector('#body').value = '/promote pr'; document.querySelector('#person').value = 'erin'"
    )
    await tab.run("document.querySelector('#checks details').open = true; window.same = true")
    pull.comment("A comment of somebody else.", by=world.user("alice"))
    await tab.until(f"{TEXT}.includes('A comment of somebody else.')")
    world.github.clock.advance(timedelta(hours=3))
    await tab.until(f"{TEXT}.includes('12:00 UTC') && {TEXT}.includes('3 hours ago')")
    pull.edit(by=world.bot.bot, title="dev: web v1.4.1 → v1.6.0")
    await tab.until("document.title.startsWith('dev: web v1.4.1 → v1.6.0')")
    assert await tab.run("[document.querySelector('#body').value, document.querySelector('#person').value]") == [
        "/promote pr",
        "erin",
    ]
    assert await tab.run("document.querySelector('#checks details').open && window.same")
    assert tab.complaints == []


async def test_people_and_machines_act_by_its_buttons(visit: Visit, tab: Tab) -> None:
    world = visit.world
    pull = world.open_pull()
    await tab.open(visit.url)
    await tab.press("a.row-title")
    await tab.run(
        "document.querySelector('#person').value = 'dana'; document.querySelector('#body').value = '/promote prod'"
    )
    await tab.press("button[value=comment]")
    assert (pull.comments[-1].author.login, pull.comments[-1].body) == ("dana", "/promote prod")
    assert await tab.run("document.querySelector('#person').value") == "dana"
    await tab.press("button[value='/why']")
    assert pull.comments[-1].body == "/why"
    await tab.press("button[value=approve]")
    assert "dana approved these changes" in await tab.run(TEXT)
    await tab.press("#world-check button.bad")
    assert "Some checks were not successful: validate." in await tab.run(TEXT)
    await tab.press("#world-check button.good")
    await tab.press("button[value=merge]")
    assert pull.merged_by is world.user("dana")
    await tab.press("#world-release button")
    assert world.tags[-1] == "v1.10.1"
    await tab.press("#world-sync button.good")
    assert "argocd/web-dev" in await tab.run("document.querySelector('#world').innerText")
    await tab.press("#world section:last-of-type button")
    assert "Mon 23 Nov 2026, 09:10 UTC" in await tab.run(TEXT)
    assert await tab.run("location.pathname") == f"{visit.home}/pull/1"
    assert tab.complaints == []


async def test_it_works_without_scripts(visit: Visit, tab: Tab) -> None:
    pull = visit.world.open_pull()
    await tab.send("Emulation.setScriptExecutionDisabled", value=True)
    await tab.open(f"{visit.url}{visit.home}/pull/1")
    await tab.press("button[value='/why']")
    assert pull.comments[-1].body == "/why"
    assert "/why" in await tab.run("document.querySelector('#conversation').innerText")


async def test_it_says_when_the_server_is_gone(tmp_path: Path, tab: Tab) -> None:
    async with visiting(small_world(tmp_path / "github")) as visit:
        await tab.open(visit.url)
    await tab.until(f"{TEXT}.includes('The simulation has ended')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_desktop_and_phone_in_light_and_dark(visit: Visit, tab: Tab, scheme: str) -> None:
    world = visit.world
    pull = world.open_pull()
    world.report(
        pull.head_oid, "validate", Conclusion.FAILURE, Output(title="a long title " * 12, summary="| a |\n|---|\n| b |")
    )
    pull.comment(
        f"{'long' * 80}\n\n| {'wide | ' * 30}\n|{'---|' * 30}\n| {'x | ' * 30}\n\n```\n{'x' * 300}\n```",
        by=world.user("dana"),
    )
    world.manifests.commit_files(
        {"wide": f"{'y' * 400}\n"}, by=world.user("dana"), branch=pull.head_ref, message="z" * 200
    )
    await tab.prefer(scheme)
    paths = ["/pulls", "/pull/1", "/commits/main", f"/commit/{pull.head_oid}", "", "/blob/main/.gitops.yml", "/issues"]
    for width, height in ((1200, 900), (360, 740)):
        await tab.size(width, height)
        for path in paths:
            await tab.open(f"{visit.url}{visit.home}{path}")
            wide = await tab.run("document.documentElement.scrollWidth")
            assert wide <= width, f"{path} is {wide} pixels wide on a screen of {width}"
    colours = await tab.run("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
    lightness = [sum(int(part) for part in colour.strip("rgb()").split(",")) for colour in colours]
    assert (lightness[0] < lightness[1]) is (scheme == "light")
    assert (await tab.picture()).startswith(b"\x89PNG")
    assert tab.complaints == []
