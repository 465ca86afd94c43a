"""`gitops-state`: whose commits it is made of, and what stood there when the App last wrote."""

from bot.core.observation import StateBranch
from bot.core.plan import Message, WriteState
from bot.core.sweep import SweepNeeds
from tests.github.conftest import REPOSITORY, Bench

FIRST = {"dev.yaml": "holds: []\n", "prod.yaml": "{}\n"}


async def state(bench: Bench) -> StateBranch:
    """As an application's look and the repository's both see it."""
    seen = (await bench.observe()).state
    assert (await bench.github.sweep(SweepNeeds(REPOSITORY))).state == seen
    return seen


def files(seen: StateBranch) -> dict[str, str]:
    return {name: text for name, text in seen.files.items() if name != "README.md"}


async def test_what_the_app_wrote_is_its_own_for_one_request(bench: Bench) -> None:
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    await bench.observe()
    bench.forget()

    seen = await bench.observe()

    assert bench.asked() == ["POST /graphql"]
    assert files(seen.state) == FIRST
    assert (seen.state.ours, seen.state.strangers) == (None, ())
    assert await state(bench) == seen.state


async def test_what_others_changed_comes_with_what_was_there_before(bench: Bench) -> None:
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    world = bench.world
    world.repository.commit_files({"dev.yaml": "{}\n", "qa.yaml": "{}\n"}, by=world.mona, branch="gitops-state")
    world.repository.commit_files({"prod.yaml": None}, by=world.octocat, branch="gitops-state")

    seen = await state(bench)

    assert files(seen) == {"dev.yaml": "{}\n", "qa.yaml": "{}\n"}
    assert seen.ours is not None
    assert {name: text for name, text in seen.ours.items() if name != "README.md"} == FIRST
    assert seen.strangers == ("octocat", "mona")


async def test_below_more_commits_of_others_than_are_read_nothing_is_ours(bench: Bench) -> None:
    """Nor is it in a branch that somebody deleted and made anew."""
    bench.github.client.signs = True
    await bench.apply(WriteState(None, FIRST, Message("Record", "")))
    for number in range(20):
        bench.world.repository.commit_files({"dev.yaml": f"# {number}\n"}, by=bench.world.mona, branch="gitops-state")

    seen = await state(bench)

    assert seen.files["dev.yaml"] == "# 19\n"
    assert seen.ours == {}
    assert set(seen.strangers) == {"mona"}


async def test_a_branch_without_a_commit_of_the_app_is_taken_as_it_stands_where_nothing_may_be_signed(
    bench: Bench,
) -> None:
    world = bench.world
    world.repository.commit_files({"prod.yaml": "{}\n"}, by=world.mona, branch="gitops-state")

    seen = await state(bench)

    assert "prod.yaml" in seen.files
    assert (seen.ours, seen.strangers) == (None, ())
