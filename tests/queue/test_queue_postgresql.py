"""The store on PostgreSQL: what only a server can do to it. What every store promises is in test_queue_contract.py."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.queue.postgresql import schema, store
from bot.queue.postgresql.database import Database, QueueDatabaseError
from bot.queue.postgresql.store import PostgresQueue
from bot.queue.protocol import REMEMBER_DELIVERIES, Lease, Room
from bot.runtime import system_runtime
from tests.ports import free_port
from tests.queue.gate import Gate, a_gate
from tests.queue.postgresql_server import Server, a_bouncer, a_server

pytestmark = pytest.mark.postgresql

SCHEMA = "gitops_bot_7"
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def a_queue(url: str, *, lease: timedelta = 15 * SECOND) -> AsyncIterator[PostgresQueue]:
    queue = await PostgresQueue.open(url, schema=SCHEMA, runtime=system_runtime(), lease=lease)
    try:
        yield queue
    finally:
        await queue.close()


@pytest.fixture
def url(postgresql: Server) -> str:
    return postgresql.database()


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run a statement; names without a schema are those of the queue's tables."""
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        cursor = connection.execute(statement)
        return [] if cursor.description is None else cursor.fetchall()


async def refusal(url: str) -> str:
    with pytest.raises(QueueDatabaseError) as caught:
        await PostgresQueue.open(url, schema=SCHEMA, runtime=system_runtime())
    return str(caught.value)


async def keys_claimed(queue: PostgresQueue, room: Room | None = None) -> list[str]:
    return [lease.key for lease in await queue.claim(100, room)]


class TestReplicas:
    async def test_one_hears_at_once_of_what_another_accepted(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "_LOOK_ANYWAY", 3600.0)
        async with a_queue(url) as one, a_queue(url) as other:
            assert await other.claim(10) == ()
            waiting = asyncio.ensure_future(other.more())

            await one.accept("delivery-1", ["acme/deploy#web"])

            await asyncio.wait_for(waiting, timeout=10)
            assert await keys_claimed(other) == ["acme/deploy#web"]

    async def test_both_claim_at_once_and_no_key_is_given_twice(self, url: str) -> None:
        keys = [f"acme/deploy#{number}" for number in range(200)]
        async with a_queue(url) as one, a_queue(url) as other:
            await one.accept("delivery-1", keys)

            claims = await asyncio.gather(*(queue.claim(7) for queue in (one, other) * 20))

            claimed = [lease.key for leases in claims for lease in leases]
            assert sorted(claimed) == sorted(set(claimed))
            assert set(claimed) <= set(keys)
            assert len(claimed) == 200

    async def test_the_same_deliveries_at_both_count_once(self, url: str) -> None:
        async with a_queue(url) as one, a_queue(url) as other:
            calls = [
                queue.accept(f"delivery-{number}", [f"k{number}"]) for number in range(100) for queue in (one, other)
            ]

            accepted = await asyncio.gather(*calls)

            assert accepted.count(True) == 100

    async def test_ten_thousand_hints_for_one_key_are_one_run(self, url: str) -> None:
        async with a_queue(url) as queue:
            await asyncio.gather(*(queue.accept(f"delivery-{number}", ["acme/deploy#web"]) for number in range(10_000)))

            assert await keys_claimed(queue) == ["acme/deploy#web"]
            assert len(await queue.snapshot()) == 1

    async def test_repositories_come_first_and_a_full_one_waits(self, url: str) -> None:
        async with a_queue(url) as queue:
            await queue.accept(None, ["acme/full#a", "acme/full", "acme/free#b"])
            room = Room(people=1, others=5, full=frozenset({"acme/full"}))

            assert await keys_claimed(queue, room) == ["acme/full", "acme/free#b"]
            assert await keys_claimed(queue) == ["acme/full#a"]


class TestDeliveries:
    async def test_they_are_forgotten_after_a_week_and_not_before(self, url: str) -> None:
        async with a_queue(url) as queue:
            for name in ("old", "young"):
                await queue.accept(name, ["a"])
            assert timedelta(days=7) == REMEMBER_DELIVERIES
            execute(url, "UPDATE delivery SET at = now() - interval '7 days 1 minute' WHERE id = 'old'")
            execute(url, "UPDATE delivery SET at = now() - interval '6 days' WHERE id = 'young'")

            await queue.accept("new", ["a"])

            assert execute(url, "SELECT id FROM delivery ORDER BY id") == [("new",), ("young",)]


class TestBouncer:
    """PgBouncer in transaction mode: each statement may reach the server by another connection."""

    async def test_everything_works_and_what_another_accepted_is_found_by_looking(
        self, postgresql: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store, "_LOOK_ANYWAY", 0.5)
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        with a_bouncer(postgresql) as port:
            behind = postgresql.url_of(str(name), port=port)
            async with a_queue(behind) as one, a_queue(behind) as other:
                assert await one.accept("delivery-1", ["acme/deploy#web"]) is True
                assert await other.accept("delivery-1", ["acme/deploy#web"]) is False
                await asyncio.wait_for(other.more(), timeout=10)

                (lease,) = await other.claim(10)

                await lease.confirm()
                assert await one.claim(10) == ()
                assert await other.finish(lease, again_at=None) is True
                assert await one.snapshot() == ()


class TestOutages:
    async def test_a_server_that_is_killed_and_started_again_keeps_what_was_accepted(self) -> None:
        with a_server() as server:
            async with a_queue(server.url) as queue:
                await queue.accept("delivery-1", ["before"])
                server.kill()
                with pytest.raises(psycopg.OperationalError):
                    await queue.accept("delivery-2", ["meanwhile"])
                server.start()

                await queue.accept("delivery-3", ["after"])

                assert await keys_claimed(queue) == ["before", "after"]

    async def test_it_listens_again(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "_LOOK_ANYWAY", 3600.0)
        monkeypatch.setattr(store, "_LISTEN_AGAIN", 0.05)
        async with a_queue(url) as one, a_queue(url) as other:
            await one.accept(None, ["first"])
            execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            await asyncio.sleep(0.5)
            await other.claim(10)

            await one.accept(None, ["second"])

            await asyncio.wait_for(other.more(), timeout=10)
            assert "second" in await keys_claimed(other)

    async def test_a_replica_that_is_cut_off_loses_its_keys_and_writes_nothing_more(
        self, postgresql: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Packets are dropped, not refused: nothing says that the other end is gone."""
        from bot.queue.postgresql import database  # noqa: PLC0415 -- its patience is what is shortened

        monkeypatch.setattr(database, "PATIENCE", SECOND)
        name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        async with (
            a_gate(postgresql.port) as gate,
            a_queue(url, lease=2 * SECOND) as other,
            a_queue(postgresql.url_of(name, port=gate.port), lease=2 * SECOND) as cut_off,
        ):
            await cut_off.accept(None, ["acme/deploy#web"])
            (lost,) = await cut_off.claim(1)
            gate.shut()
            with pytest.raises(psycopg.Error):
                await lost.confirm()

            lease = await taken_over(other)

            gate.open()
            assert await answered(cut_off, gate, lost) is False
            await lease.confirm()

    async def test_every_wait_ends_where_several_connections_are_cut_off(
        self, postgresql: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Before a statement is tried again, the other connections are looked at, and those do not answer either."""
        from bot.queue.postgresql import database  # noqa: PLC0415 -- as above

        monkeypatch.setattr(database, "PATIENCE", SECOND)
        name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        async with a_gate(postgresql.port) as gate:
            opened = await database.Database.open(postgresql.url_of(name, port=gate.port), name="several")
            await asyncio.gather(*(opened.rows("SELECT pg_sleep(0.3)") for _ in range(3)))
            gate.shut()
            async with asyncio.timeout(60):
                with pytest.raises(psycopg.Error):
                    await opened.rows("SELECT 1")
            gate.open()
            async with asyncio.timeout(30):
                assert await answered_again(opened) == [(1,)]
            await opened.close()


async def answered_again(opened: Database) -> list[tuple[Any, ...]]:
    """What the database says, once it is reached."""
    while True:
        with suppress(psycopg.Error):
            return await opened.rows("SELECT 1")


async def taken_over(queue: PostgresQueue) -> Lease:
    """The key of a replica whose lease ended."""
    async with asyncio.timeout(20):
        while not (leases := await queue.claim(1)):
            await queue.more()
    return leases[0]


async def answered(queue: PostgresQueue, gate: Gate, lease: Lease) -> bool:
    """Whether the lease still counts, asked until the database is reached again."""
    assert gate.is_open
    async with asyncio.timeout(20):
        while True:
            with suppress(psycopg.Error):
                return await queue.hold(lease)


class TestSchema:
    async def test_replicas_that_start_together_make_it_once(self, url: str) -> None:
        queues = await asyncio.gather(
            *(PostgresQueue.open(url, schema=SCHEMA, runtime=system_runtime()) for _ in range(5))
        )

        assert execute(url, "SELECT count(*) FROM version") == [(1,)]
        for queue in queues:
            await queue.close()

    async def test_two_apps_share_a_database_and_no_key(self, url: str) -> None:
        async with a_queue(url) as queue:
            other = await PostgresQueue.open(url, schema="gitops_bot_8", runtime=system_runtime())
            await queue.accept("delivery-1", ["acme/deploy"])

            assert await other.claim(10) == ()
            assert await other.accept("delivery-1", ["acme/deploy"]) is True
            await other.close()

    async def test_a_later_program_may_have_added_to_it(self, url: str) -> None:
        """As during a rolling restart: the later program's tables, and this program beside it."""
        async with a_queue(url) as queue:
            execute(url, "UPDATE version SET version = version + 1")
            execute(url, "ALTER TABLE work ADD COLUMN later text")
            await queue.accept("delivery-1", ["a"])
            async with a_queue(url) as restarted:
                assert await keys_claimed(restarted) == ["a"]

        assert execute(url, "SELECT version FROM version") == [(len(schema._STEPS) + 1,)]

    async def test_one_that_needs_a_later_program_is_refused(self, url: str) -> None:
        async with a_queue(url):
            execute(url, "UPDATE version SET version = 9, oldest = 8")

        needs = "it has schema version 9, which needs a program that knows version 8"
        assert f"{needs}; this one knows {len(schema._STEPS)}" in await refusal(url)

    async def test_the_program_before_this_one_goes_on_beside_it(self, url: str) -> None:
        """It makes a key due and ends a run, with the statements of the first version of the tables."""
        async with a_queue(url) as queue:
            await queue.accept(None, ["acme/deploy#ours"])
            execute(url, "INSERT INTO work (key, due) VALUES ('acme/deploy#theirs', now())")
            execute(
                url, "UPDATE work SET owner = 'they', lease = now() + interval '1 minute', since = now(), due = NULL"
            )
            execute(
                url,
                "UPDATE work SET owner = NULL, lease = NULL, since = NULL, attempts = 0, error = NULL, due = now() "
                "WHERE owner = 'they'",
            )

            assert sorted(await keys_claimed(queue)) == ["acme/deploy#ours", "acme/deploy#theirs"]

    async def test_one_that_is_dropped_is_noticed(self, url: str) -> None:
        async with a_queue(url) as queue:
            execute(url, f"DROP SCHEMA {SCHEMA} CASCADE")

            with pytest.raises(QueueDatabaseError, match=r"lost its tables .* Start the bot again"):
                await queue.check()

    async def test_a_role_without_the_right_to_make_it_is_told_how_to_get_it(
        self, postgresql: Server, url: str
    ) -> None:
        name = str(psycopg.conninfo.conninfo_to_dict(url)["dbname"])
        execute(url, f"CREATE ROLE {name}_bot LOGIN")
        theirs = url.replace("postgres@", f"{name}_bot@")

        said = await refusal(theirs)

        assert "permission denied" in said
        assert "GRANT CREATE ON DATABASE" in said
        execute(url, f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {name}_bot")
        async with a_queue(theirs) as queue:
            assert await queue.accept("delivery-1", ["a"]) is True
        assert postgresql.port


class TestRefusals:
    """Each says which database, what is wrong, and what to do; none shows the password."""

    async def test_a_server_that_is_not_there(self) -> None:
        said = await refusal(f"postgresql://bot:hunter2@127.0.0.1:{free_port()}/queue")

        assert said.startswith("The queue's database queue on 127.0.0.1 cannot be used: ")
        assert "refused" in said
        assert "Correct DATABASE_URL, or start the database." in said
        assert "hunter2" not in said

    async def test_a_database_that_is_not_there(self, postgresql: Server) -> None:
        assert 'database "missing" does not exist' in await refusal(postgresql.url_of("missing"))

    async def test_a_server_that_is_too_old(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(schema, "OLDEST_SERVER", 99)

        assert re.search(r"it is PostgreSQL \d+; the queue needs 99 or newer", await refusal(url))

    async def test_an_option_with_a_typo(self, url: str) -> None:
        assert "sslmode" in await refusal(f"{url}?sslmode=requird")

    async def test_a_read_only_database(self, url: str) -> None:
        said = await refusal(f"{url}?options=-cdefault_transaction_read_only%3Don")

        assert "it is read-only" in said
        assert "target_session_attrs=read-write" in said
