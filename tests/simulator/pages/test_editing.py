"""Editing a file on its page: on a branch, as a pull request, by a person with the right."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.simulator.github.model.accounts.accounts import Role
from tests.simulator.pages.pages_world import Visit, small_world, visiting

POLICY = "version: 1\nmode: observe\n"


@pytest.fixture
async def visit(tmp_path: Path) -> AsyncIterator[Visit]:
    async with visiting(small_world(tmp_path)) as found:
        yield found


async def propose(visit: Visit, content: str, *, person: str = "dana", path: str = ".gitops.yml") -> str:
    """Press the button; returns the words of the page that follows."""
    page = await visit.press(f"{visit.home}/edit/{path}", {"content": content, "person": person})
    return page.words


async def test_the_page_of_a_file_has_an_editor(visit: Visit) -> None:
    page = await visit.read(f"{visit.home}/blob/main/.gitops.yml")

    assert "Edit this file" in page.words
    assert "<textarea" in page.html
    assert "version: 1" in page.html


async def test_a_proposal_is_a_pull_request_with_only_that_change(visit: Visit) -> None:
    await propose(visit, POLICY.replace("\n", "\r\n"))

    (pull,) = visit.world.manifests.pulls
    assert (pull.title, pull.author.login, pull.head_ref) == ("Update .gitops.yml", "dana", "dana-patch-1")
    assert [change.path for change in pull.changes()] == [".gitops.yml"]
    assert visit.world.manifests.store.file(pull.head_oid, ".gitops.yml") == POLICY.encode()
    assert visit.world.settled, "the bot has looked before the page is shown"


async def test_the_next_proposal_gets_a_branch_of_its_own(visit: Visit) -> None:
    await propose(visit, POLICY)
    await propose(visit, POLICY + "\n")

    assert [pull.head_ref for pull in visit.world.manifests.pulls] == ["dana-patch-1", "dana-patch-2"]


async def test_a_reader_is_refused_with_a_message(visit: Visit) -> None:
    visit.world.manifests.grant(visit.world.user("erin"), Role.READ)

    assert "erin has the role read here; to change a file takes write." in await propose(visit, POLICY, person="erin")
    assert visit.world.manifests.pulls == []


async def test_unchanged_and_missing_files_are_refused(visit: Visit) -> None:
    assert "already says that" in await propose(visit, "version: 1\n")
    assert "There is no file" in await propose(visit, "x\n", path="no/such.yaml")
    assert visit.world.manifests.pulls == []


async def test_symbols_are_drawn_so_that_every_machine_shows_them(visit: Visit) -> None:
    pull = visit.world.open_pull()
    page = await visit.read(f"{visit.home}/pull/{pull.number}")

    assert "⏳" not in page.html
    assert 'class="symbol symbol-waiting"' in page.html
    assert 'aria-label="waiting"' in page.html
