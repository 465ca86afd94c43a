"""What only the embedded store promises: one flush for many, an orderly file, and old deliveries forgotten."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.values.permit import Priority
from bot.queue.protocol import REMEMBER_DELIVERIES
from bot.queue.sqlite import schema, store
from bot.queue.sqlite.commits import Commits
from bot.queue.sqlite.store import QueueFileError, SqliteQueue
from tests.queue.clocks import HandClock, VirtualLoop, play, runtime_with

SECOND = timedelta(seconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


async def open_at(path: Path, clock: HandClock) -> SqliteQueue:
    return await SqliteQueue.open(path, runtime=runtime_with(clock.now))


def stored_deliveries(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT id FROM delivery ORDER BY id")]


async def test_a_burst_of_accepts_shares_a_few_transactions(path: Path) -> None:
    queue = await open_at(path, HandClock())
    traced: list[str] = []
    queue._connection.set_trace_callback(traced.append)

    await asyncio.gather(*(queue.accept(f"delivery-{number}", [f"key-{number}"]) for number in range(500)))

    # The first to come pays for itself while the others collect.
    assert traced.count("COMMIT") <= 3
    await queue.close()


async def test_a_burst_of_accepts_shares_a_few_statements(path: Path) -> None:
    """The loop's thread and the store's take turns at each of them."""
    queue = await open_at(path, HandClock())
    for number in range(2):
        await queue.subscribe(f"listener-{number}", frozenset({("image", f"listener-{number}")}))
    traced: list[str] = []
    queue._connection.set_trace_callback(traced.append)
    names = [f"delivery-{number}" for number in range(700)]

    fresh = await asyncio.gather(*(queue.accept(name, [f"key-{name}"], ["image"]) for name in (*names, *names[:300])))

    assert fresh == [True] * 700 + [False] * 300
    assert len(traced) <= 30
    keys = {row.key for row in await queue.snapshot()}
    assert keys == {f"key-{name}" for name in names} | {"listener-0", "listener-1"}
    assert await asyncio.gather(*(queue.accept(name, ["later"]) for name in names)) == [False] * 700
    await queue.close()


async def test_the_most_urgent_and_the_latest_cause_of_a_burst_count(path: Path) -> None:
    queue = await open_at(path, HandClock())
    await queue.subscribe("listener", frozenset({("image", "listener")}))

    await asyncio.gather(
        queue.accept("1", ["key"], cause="first"),
        queue.accept("2", ["key"], ["image"], priority=Priority.PEOPLE, cause="second"),
        queue.accept("3", ["key"], ["image"]),
        queue.accept("4", ["listener"], cause="fourth"),
        queue.accept("3", ["other"], priority=Priority.PEOPLE),
    )

    leases = await queue.claim(10)
    assert {(lease.key, lease.priority, lease.cause) for lease in leases} == {
        ("key", Priority.PEOPLE, "second"),
        ("listener", Priority.PEOPLE, "fourth"),
    }
    await queue.close()


async def test_what_was_accepted_is_flushed_to_the_disk(path: Path) -> None:
    queue = await open_at(path, HandClock())

    settings = [queue._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == ["wal", 2]  # 2 is FULL
    await queue.close()


async def test_a_transaction_that_fails_fails_for_all_and_leaves_no_trace(path: Path) -> None:
    """An operation must not raise; if the disk does, everybody hears of it and the next transaction works."""

    def broken(_connection: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("disk is full")

    queue = await open_at(path, HandClock())
    commits: Commits = queue._commits
    accepted = asyncio.ensure_future(queue.accept("delivery-1", ["a"]))
    await asyncio.sleep(0)
    failing = commits.submit(broken)

    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        await failing
    with pytest.raises(sqlite3.OperationalError, match="disk is full"):
        await accepted

    assert await queue.snapshot() == ()
    assert await queue.accept("delivery-1", ["a"]) is True
    await queue.close()


async def test_deliveries_are_forgotten_after_a_week_and_not_before(path: Path) -> None:
    clock = HandClock()
    queue = await open_at(path, clock)
    await queue.accept("old", ["a"])
    clock.advance(REMEMBER_DELIVERIES)
    await queue.accept("new", ["a"])
    assert await queue.accept("old", ["a"]) is False

    clock.advance(SECOND)
    await queue.accept("newer", ["a"])
    await queue.close()

    assert stored_deliveries(path) == ["new", "newer"]


async def test_an_ended_run_is_no_longer_kept_alive(path: Path) -> None:
    queue = await open_at(path, HandClock())
    await queue.accept(None, ["a", "b", "c"])
    first, second, third = await queue.claim(3)

    await queue.finish(first, again_at=None)
    await queue.release(second)
    await queue.fail(third, error="boom", again_at=HandClock().now())

    assert queue._held == set()
    await queue.close()


async def test_closing_carries_out_what_was_asked_for(path: Path) -> None:
    clock = HandClock()
    queue = await open_at(path, clock)
    accepting = [asyncio.ensure_future(queue.accept(f"delivery-{number}", [f"key-{number}"])) for number in range(50)]
    await asyncio.sleep(0)

    await queue.close()

    assert await asyncio.gather(*accepting) == [True] * 50
    again = await open_at(path, clock)
    assert (await again.depth()).due == 50
    await again.close()


async def test_a_caller_that_gives_up_harms_nobody(path: Path) -> None:
    queue = await open_at(path, HandClock())
    first, second = (asyncio.ensure_future(queue.accept(name, [name])) for name in ("one", "two"))
    await asyncio.sleep(0)

    first.cancel()

    assert await second is True
    assert [row.key for row in await queue.snapshot()] == ["one", "two"]
    await queue.close()


async def test_a_closed_store_says_so(path: Path) -> None:
    queue = await open_at(path, HandClock())
    await queue.close()

    with pytest.raises((RuntimeError, sqlite3.Error)):
        await queue.accept("delivery-1", ["a"])


def test_a_loop_that_ends_early_leaves_no_caller_hanging(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        accepting = asyncio.ensure_future(queue.accept("delivery-1", ["a"]))
        await asyncio.sleep(0)
        assert queue._commits._working is not None
        queue._commits._working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await accepting
        await asyncio.sleep(1)
        queue.abandon()

    play(story)


def test_another_programs_file_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (id)")
        connection.commit()

    assert f"{path} cannot be used: it belongs to another program" in refusal(path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    open_and_close(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9")

    assert f"schema version 9, and this program knows version {len(schema._STEPS)}" in refusal(path)


@pytest.mark.parametrize("version", range(1, len(schema._STEPS)))
async def test_a_file_of_an_older_version_is_brought_up_to_date(path: Path, version: int) -> None:
    """What was due stays due."""
    with closing(sqlite3.connect(path)) as connection:
        for step in schema._STEPS[:version]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {schema._APPLICATION}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("INSERT INTO work (key, due) VALUES ('a', 0)")
        connection.commit()

    newer = await open_at(path, HandClock())

    await newer.subscribe("acme/deploy", frozenset({("image b", "b")}))
    await newer.accept("delivery-2", [], ["image b"])
    assert [row.key for row in await newer.snapshot()] == ["a", "b"]
    await newer.close()


def test_a_file_that_is_not_a_database_is_refused_until_it_is_removed(path: Path) -> None:
    path.write_text("version: 1\n" * 100)
    assert "not a database" in refusal(path)

    path.unlink()

    open_and_close(path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "queue.sqlite3"

    said = refusal(path)

    assert str(path) in said
    assert "folder must exist" in said


def test_a_folder_in_its_place_is_named(path: Path) -> None:
    path.mkdir()

    assert f"{path} cannot be used" in refusal(path)


def test_an_in_memory_database_is_refused_because_it_has_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert "write-ahead log" in refusal(Path(":memory:"))


def test_a_deleted_file_is_created_again(path: Path) -> None:
    open_and_close(path)
    path.unlink()

    open_and_close(path)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_deleted_while_it_is_used_is_noticed(path: Path, replaced: bool) -> None:  # noqa: FBT001 -- a parameter
    def delete() -> None:
        path.unlink()
        if replaced:
            path.touch()

    async def story(loop: VirtualLoop) -> None:
        queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        await queue.check()
        delete()
        with pytest.raises(
            QueueFileError, match=r"was deleted or replaced while this process used it\. Start the bot again"
        ):
            await queue.check()
        await queue.close()

    play(story)


def test_a_disk_that_turns_read_only_is_noticed(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        queue._connection.execute("PRAGMA query_only = ON")

        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            await queue.check()
        await queue.close()

    play(story)


def test_a_full_disk_refuses_webhooks_and_loses_none_that_was_accepted(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        await queue.accept("delivery-1", ["acme/deploy#first"])
        (pages,) = queue._connection.execute("PRAGMA page_count").fetchone()
        queue._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await queue.accept("large", [f"acme/deploy#{number}-{'x' * 200}" for number in range(1_000)])

        assert "acme/deploy#first" in [row.key for row in await queue.snapshot()]
        queue._connection.execute(f"PRAGMA max_page_count = {pages * 10}")
        assert await queue.accept("delivery-2", ["acme/deploy#second"]) is True
        await queue.close()

    play(story)


def test_a_read_only_file_is_refused_with_the_way_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_and_close(path)

    def read_only(where: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{where}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)

    monkeypatch.setattr(store, "_connect", read_only)

    said = refusal(path)
    assert "readonly" in said
    assert "on a local disk that is writable and not full" in said


async def test_ten_thousand_hints_for_one_key_are_one_row_and_one_run(path: Path) -> None:
    queue = await open_at(path, HandClock())

    await asyncio.gather(*(queue.accept(None, ["acme/deploy#web"]) for _ in range(10_000)))

    assert len(await queue.snapshot()) == 1
    (lease,) = await queue.claim(10)
    await queue.finish(lease, again_at=None)
    assert await queue.claim(10) == ()
    await queue.close()


def open_and_close(path: Path) -> None:
    async def story(loop: VirtualLoop) -> None:
        queue = await SqliteQueue.open(path, runtime=runtime_with(loop.now))
        assert await queue.snapshot() == ()
        await queue.close()

    play(story)


def refusal(path: Path) -> str:
    with pytest.raises(QueueFileError) as raised:
        open_and_close(path)
    return str(raised.value)
