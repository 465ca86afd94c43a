"""One session, closed with its test."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.registries.kit import Clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()
