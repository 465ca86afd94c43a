"""Fixtures of the simulator's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.simulator.http_world import World, http_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A simulated GitHub on a socket; see http_world."""
    async with http_world(tmp_path) as made:
        yield made
