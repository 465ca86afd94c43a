"""The contract tests run once for each store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.queue.protocol import Queue
from tests.queue.stores import STORES, Stores


@pytest.fixture(params=sorted(STORES))
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    made = STORES[request.param](tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def queue(stores: Stores) -> Queue:
    return await stores.open()
