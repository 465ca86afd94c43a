"""Logs what strangers cause, as one line at a time, however often it happens.

A server on the internet receives scanners and broken clients all day. A line for each would fill the disk and hide what
matters. No line quotes a request: some registries can only send their secret in the path.
"""

import asyncio
import logging
import traceback
from collections import Counter
from typing import Any

_log = logging.getLogger(__name__)

_SECONDS = 30.0


class Summary:
    """Counts events and logs the counts every `seconds`, if there were any."""

    def __init__(self, *, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._counts: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def count(self, what: str) -> None:
        """Count an event. what: read as `12 × what`; must not quote a request."""
        self._counts[what] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self.flush)

    def flush(self) -> None:
        """Log what was counted so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._counts:
            _log.warning("%s", "; ".join(f"{count} × {what}" for what, count in sorted(self._counts.items())))
            self._counts.clear()


class RequestErrors(logging.Logger):
    """The logger that aiohttp reports failed requests to.

    aiohttp's own text quotes the request line: https://github.com/aio-libs/aiohttp/blob/v3.14.5/aiohttp/web_protocol.py
    """

    def __init__(self, summary: Summary) -> None:
        super().__init__(__name__, logging.CRITICAL)
        self._summary = summary

    def exception(self, *_args: object, exc_info: Any = None, **_options: object) -> None:
        """Count an error by its type and place."""
        if not isinstance(exc_info, BaseException):
            self._summary.count("a request failed")
            return
        frames = traceback.extract_tb(exc_info.__traceback__)
        place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        self._summary.count(f"a request failed ({type(exc_info).__name__}{place})")
