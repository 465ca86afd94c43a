"""The contract tests run once for each store: always on a file, and on PostgreSQL where `make replicas` asks for it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.queue.protocol import Queue
from tests.queue.postgresql_server import Server, a_server
from tests.queue.stores import PostgresStores, SqliteStores, Stores


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with a_server() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    made: Stores
    if request.param == "sqlite":
        made = SqliteStores(tmp_path)
    else:
        server: Server = request.getfixturevalue("postgresql")
        made = PostgresStores(server.database())
    yield made
    await made.close()


@pytest.fixture
async def queue(stores: Stores) -> Queue:
    return await stores.open()
