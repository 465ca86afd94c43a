"""The dashboard issue: found by label and author, opened once, edited in place."""

from dataclasses import replace

import pytest

from bot.core.pages.dashboard import LABEL, TITLE, Dashboard, DashboardPage
from bot.core.values.errors import LeaseLost, Temporary
from bot.simulator.github.model.conversations.issues import Issue
from tests.github.conftest import REPOSITORY, Bench

ONE_REQUEST = ["POST /graphql"]


def page(body: str = "Held back.", issue: str | None = None) -> DashboardPage:
    return DashboardPage(issue, TITLE, body, LABEL)


async def write(bench: Bench, body: str = "Held back.", issue: str | None = None) -> Issue:
    await bench.github.write_dashboard(REPOSITORY, page(body, issue), bench.permit)
    return bench.world.repository.issues[-1]


async def test_the_issue_is_opened_with_its_label_and_found_again(bench: Bench) -> None:
    assert await bench.github.dashboard(REPOSITORY) == Dashboard(possible=True)

    issue = await write(bench)

    assert (issue.title, issue.body, issue.author) == (TITLE, "Held back.", bench.world.app.bot)
    assert [label.name for label in issue.labels] == [LABEL]
    assert bench.permit.shown == 1
    bench.forget()
    found = await bench.github.dashboard(REPOSITORY)
    assert found == Dashboard(possible=True, issue_id=issue.node_id, is_open=True, body="Held back.")
    assert bench.asked() == ONE_REQUEST


async def test_the_issue_is_edited_in_place_and_reopened(bench: Bench) -> None:
    issue = await write(bench)
    issue.close(by=bench.world.mona)
    assert not (await bench.github.dashboard(REPOSITORY)).is_open
    bench.forget()

    await write(bench, "It flows.", issue.node_id)

    assert bench.asked() == ONE_REQUEST
    assert (len(bench.world.repository.issues), issue.body, issue.state.name) == (1, "It flows.", "OPEN")


async def test_issues_of_others_are_ignored_and_an_open_one_is_preferred(bench: Bench) -> None:
    repository, world = bench.world.repository, bench.world
    label = repository.label(LABEL, by=world.mona)
    repository.open_issue(TITLE, by=world.mona, labels=[label])
    assert (await bench.github.dashboard(REPOSITORY)).issue_id is None

    closed = await write(bench)
    closed.close(by=world.mona)
    current = await write(bench, "Another.")

    assert (await bench.github.dashboard(REPOSITORY)).issue_id == current.node_id


async def test_a_repository_without_issues(bench: Bench) -> None:
    repository = bench.world.repository
    repository.settings = replace(repository.settings, has_issues=False)

    assert not (await bench.github.dashboard(REPOSITORY)).possible


async def test_a_failed_edit_is_reported(bench: Bench) -> None:
    with pytest.raises(Temporary, match=r"could not write the dashboard: .*node"):
        await write(bench, "It flows.", "I_gone")


async def test_without_the_lease_nothing_is_written(bench: Bench) -> None:
    bench.permit.lost = LeaseLost()

    with pytest.raises(LeaseLost):
        await write(bench)

    assert bench.world.repository.issues == []
