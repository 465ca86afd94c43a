"""Bounded HTTP requests: a size, a deadline, no redirects, and every failure as a `Temporary` that people can read.

The session is shared with nobody who needs cookies: registries set none that matter, so its jar should be aiohttp's
`DummyCookieJar`.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from bot.core.values.errors import Temporary
from bot.network import PrivateAddressError
from bot.registries.breakers import Breakers, Busy, NoAnswer
from bot.registries.documents import read_errors
from bot.registries.hosts import authority
from bot.runtime import Runtime
from bot.telemetry import telemetry

_CHUNK = 64 * 1024
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Request:
    """A whole HTTP request. largest: the most bytes that are accepted in return; form: sent as a POST's body."""

    method: str
    url: URL
    headers: Mapping[str, str]
    largest: int
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A whole HTTP response. url: what was asked; next_page: the `next` of its Link header, made absolute."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    url: URL
    next_page: URL | None


class Sender:
    """Sends requests, with a breaker for each host. seconds: how long one request may take."""

    def __init__(self, session: aiohttp.ClientSession, *, breakers: Breakers, runtime: Runtime, seconds: float) -> None:
        self._session = session
        self._breakers = breakers
        self._runtime = runtime
        self._seconds = seconds

    async def send(self, request: Request) -> Response:
        """Return the response, whatever its status is, except for 429 and 503. Raises `Temporary`."""
        host = authority(request.url)
        return await self._breakers.guard(host, lambda: self._timed(request, host))

    async def _timed(self, request: Request, host: str) -> Response:
        """Send it once, and count how that ended."""
        requests = telemetry().metrics.registry_requests
        with telemetry().tracing.span("registry request", {"host": host}) as span:
            try:
                answer = await self._fetch(request, host)
            except Temporary as trouble:
                requests.labels(host, "no answer" if isinstance(trouble, NoAnswer) else "failed").inc()
                raise
            requests.labels(host, f"{answer.status // 100}xx").inc()
            span.set_attributes({"status": answer.status})
            return answer

    async def _fetch(self, request: Request, host: str) -> Response:
        """Send it once. Reasons name the host alone, because paths and queries may hold secrets."""
        try:
            async with self._session.request(
                request.method,
                request.url,
                # A compressed body could be a bomb, and a digest is that of the plain bytes.
                headers={"Accept-Encoding": "identity", "User-Agent": "gitops-bot", **request.headers},
                data=request.form,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
            ) as response:
                body = await _bounded(response, request.largest, host)
                link = response.links.get("next")
                next_page = None if link is None else URL(link["url"])
                answer = Response(response.status, response.headers, body, request.url, next_page)
        except TimeoutError:
            raise NoAnswer(f"`{host}` did not answer within {self._seconds:g} seconds (`REGISTRY_TIMEOUT`)") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Temporary(_reason(host, error)) from None
        if answer.status in {429, 503}:
            said = read_errors(answer.body)
            reason = f"`{host}` answered {answer.status}{f' ({said})' if said else ''}"
            raise Busy(reason, again_at=_again_at(answer, self._runtime.now()))
        return answer


def _again_at(answer: Response, now: datetime) -> datetime | None:
    """Return when Retry-After allows the next request, given in seconds or as a date; at most an hour from now.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        wanted = timedelta(seconds=int(value[:9]))
    else:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        wanted = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)) - now
    return now + min(max(wanted, timedelta(seconds=1)), _LONGEST_WAIT)


def _reason(host: str, error: Exception) -> str:
    """In plain words; the text of the error itself may hold the whole URL."""
    match error:
        case aiohttp.ClientHttpProxyError():
            return f"the proxy refused to connect to `{host}` ({error.status} {error.message})"
        case aiohttp.ClientConnectorCertificateError():
            return f"this server does not trust the TLS certificate of `{host}`{_detail(error.certificate_error)}"
        case aiohttp.ClientConnectorError():
            return _connection_reason(host, error)
        case aiohttp.ServerDisconnectedError():
            return f"`{host}` closed the connection without an answer"
    return f"`{host}` ended its answer early or sent something other than HTTP ({type(error).__name__})"


def _connection_reason(host: str, error: aiohttp.ClientConnectorError) -> str:
    cause = error.os_error.strerror or "no connection"
    if isinstance(error.os_error, PrivateAddressError):
        return f"`{host}` has only private addresses; the server's operator can allow it in `REGISTRY_ALLOW`"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy `{error.host}:{error.port}` cannot be reached ({cause}), so `{host}` was not asked"
    return f"`{host}` cannot be reached ({cause})"


def _detail(error: Exception) -> str:
    return f" ({error.verify_message})" if isinstance(error, ssl.SSLCertVerificationError) else ""


async def _bounded(response: aiohttp.ClientResponse, largest: int, host: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise Temporary(f"`{host}` sent more than the {largest:,} bytes that this server accepts")
    return bytes(body)
