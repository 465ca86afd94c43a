"""A running server for each test that asks for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.server import Served, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as served:
        yield served
