"""One bounded HTTP request: a size, a deadline, no redirect, and every failure as `Temporary` in plain words.

The session is shared with nobody who needs cookies: registries set none that matter, and its jar should be aiohttp's
`DummyCookieJar`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.hosts import authority

_CHUNK = 64 * 1024
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What we bear from a registry. Sizes in bytes, times in seconds.

    document: tags or a manifest; Distribution itself takes manifests up to 4 MiB. config: a config blob; token: a token.
    request: one request; patience: everything that is needed for one answer.
    pages, tags: of one image. parallel: requests to one host at once. redirects: in a row. remembered: digests, tokens.
    """

    document: int = 4 * 1024 * 1024
    config: int = 4 * 1024 * 1024
    token: int = 256 * 1024
    request: float = 15.0
    patience: float = 60.0
    pages: int = 1000
    tags: int = 200_000
    parallel: int = 4
    redirects: int = 3
    remembered: int = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer. next_page: what its Link header calls so, made absolute."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    next_page: URL | None

    def again_at(self, now: datetime) -> datetime | None:
        """When Retry-After wants us back, in seconds or by a date: an hour at most, or it is an outage.

        https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
        """
        value = self.headers.get("Retry-After", "")
        if value.isascii() and value.isdigit():
            wanted = timedelta(seconds=int(value[:9]))
        else:
            try:
                date = parsedate_to_datetime(value)
            except ValueError:
                return None
            wanted = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)) - now
        return now + min(max(wanted, timedelta(seconds=1)), _LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Question:
    """A whole HTTP request. largest: of the answer's body, in bytes; form: sent as a POST's body."""

    method: str
    url: URL
    headers: Mapping[str, str]
    largest: int
    form: Mapping[str, str] | None = None


async def fetch(session: aiohttp.ClientSession, question: Question, *, seconds: float) -> Answer:
    """Ask once. Raises `Temporary`; its reason holds the host alone, since paths and queries may hold secrets."""
    host = authority(question.url)
    try:
        async with session.request(
            question.method,
            question.url,
            # A compressed body could be a bomb, and a digest is that of the plain bytes.
            headers={"Accept-Encoding": "identity", "User-Agent": "gitops-bot", **question.headers},
            data=question.form,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            body = await _bounded(response, question.largest, host)
            link = response.links.get("next")
            next_page = None if link is None else URL(link["url"])
            return Answer(response.status, response.headers, body, next_page)
    except TimeoutError:
        raise Temporary(f"`{host}` did not answer within {seconds:g} seconds") from None
    except aiohttp.ClientSSLError:
        raise Temporary(f"`{host}` shows a TLS certificate that this server does not trust") from None
    except aiohttp.ClientConnectorError as error:
        raise Temporary(f"`{host}` cannot be reached ({error.os_error.strerror or 'no connection'})") from None
    except aiohttp.ServerDisconnectedError:
        raise Temporary(f"`{host}` closed the connection without an answer") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Temporary(f"`{host}` broke off or sent what is no HTTP ({type(error).__name__})") from None


async def _bounded(response: aiohttp.ClientResponse, largest: int, host: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise Temporary(f"`{host}` sent more than {largest:,} bytes where that is the most we take")
    return bytes(body)
