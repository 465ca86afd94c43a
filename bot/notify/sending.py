"""One HTTP request to a sink. An address may hold a secret, so no error repeats it, nor what the sink answered."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

from bot.notify.sink import UndeliveredError

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
LARGEST_ANSWER = 256 * 1024
_LONGEST_WAIT = timedelta(hours=1)
_OF_MESSAGE = frozenset({400, 413, 422})


async def post(
    session: aiohttp.ClientSession, url: str, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> bytes:
    """POST JSON, and return the answer of a 2xx. Raises UndeliveredError."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "gitops-bot", **(headers or {})}
    try:
        async with session.post(url, data=data, headers=given, timeout=TIMEOUT, allow_redirects=False) as response:
            answer = await response.content.read(LARGEST_ANSWER)
            status, after = response.status, response.headers.get("Retry-After", "")
    except TimeoutError:
        raise UndeliveredError(f"did not answer within {TIMEOUT.total:g} seconds") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise UndeliveredError(f"could not be reached ({type(error).__name__})") from None
    if 200 <= status < 300:
        return answer
    raise UndeliveredError(f"answered {status}{_hint(status)}", wait=_wait(after), message_alone=status in _OF_MESSAGE)


def _hint(status: int) -> str:
    hints = {
        400: ": it does not take this message",
        401: ": check its secret",
        403: ": check its secret",
        404: ": it may be gone; check its address",
        410: ": it is gone; check its address",
        429: ": too many messages",
    }
    return hints.get(status, "")


def _wait(after: str) -> timedelta | None:
    """Return what `Retry-After` asks for, in seconds; dates are rare here, and the usual delay does for them."""
    return min(timedelta(seconds=int(after[:6])), _LONGEST_WAIT) if after.isascii() and after.isdigit() else None
