"""One session and one clock for each test, and a certificate authority for all."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import trustme

from tests.registries.kit import Clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def certificate_authority() -> trustme.CA:
    return trustme.CA()
