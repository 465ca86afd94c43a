"""Real processes, really killed: nothing accepted is lost, no key runs twice at once, interrupted runs are run again."""

import asyncio
import random  # noqa: TID251 -- seeded: picks the moments of the kills
from pathlib import Path

import pytest

from tests.queue.killing import Ledger, Line, Workers, drained, overlaps, prepare
from tests.queue.postgresql_server import Server, a_server
from tests.queue.worker import opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "queue.sqlite3")
    server: Server = request.getfixturevalue("postgresql")
    return server.database()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_at_random_moments_it_loses_nothing(store: str, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- as above
    await prepare(store)
    lines: list[Line] = []
    for name in ("first", "second", "third", "fourth"):
        workers = Workers(store, tmp_path)
        await workers.start(name)
        await workers.hear("begun", who=name, times=5)
        await asyncio.sleep(chance.uniform(0.0, 0.15))
        said = await workers.kill()
        assert workers.complaints() == ""
        assert overlaps(said) == []
        lines += said

    ledger = Ledger.read(store)
    assert ledger.lost(lines) == []
    assert ledger.skipped(lines) == []
    assert ledger.kept == set(await drained(store))

    accepted = [line[1] for line in lines if line[0] == "accepted"]
    assert len(accepted) > 50
    queue = await opened(store)
    assert not any(await asyncio.gather(*(queue.accept(delivery, ["again"]) for delivery in accepted)))
    await queue.close()


async def test_two_processes_on_one_store_share_its_keys(store: str, tmp_path: Path) -> None:
    await prepare(store)
    workers = Workers(store, tmp_path)
    await workers.start("first", "second")
    await workers.hear("ended", who="first", times=50)
    await workers.hear("ended", who="second", times=50)
    lines = await workers.kill()

    assert workers.complaints() == ""
    assert overlaps(lines) == []
    ledger = Ledger.read(store)
    assert ledger.lost(lines) == []
    assert ledger.skipped(lines) == []
    assert ledger.kept == set(await drained(store))


@pytest.mark.postgresql
async def test_the_database_is_killed_under_both_and_nothing_is_lost(tmp_path: Path) -> None:
    with a_server() as server:
        store = server.database()
        await prepare(store)
        workers = Workers(store, tmp_path)
        await workers.start("first", "second")
        for round_ in range(1, 4):
            for who in ("first", "second"):
                await workers.hear("ended", who=who, times=20 * round_)
            server.kill()
            server.start()
        for who in ("first", "second"):
            await workers.hear("ended", who=who, times=80)
        lines = await workers.kill()

        assert overlaps(lines) == []
        ledger = Ledger.read(store)
        assert ledger.lost(lines) == []
        assert ledger.skipped(lines) == []
        assert ledger.kept == set(await drained(store))


@pytest.mark.postgresql
async def test_one_of_two_replicas_is_killed_and_the_other_takes_over_its_keys(
    postgresql: Server, tmp_path: Path
) -> None:
    store = postgresql.database()
    await prepare(store)
    workers = Workers(store, tmp_path)
    await workers.start("first", "second")
    for who in ("first", "second"):
        await workers.hear("ended", who=who, times=20)
    await workers.kill_one("first")
    cut_off = workers.running("first")
    for key in cut_off:
        await workers.hear_key("ended", key)
    lines = await workers.kill()

    ledger = Ledger.read(store)
    assert ledger.lost(lines) == []
    assert ledger.kept == set(await drained(store))
