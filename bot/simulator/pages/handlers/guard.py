"""Security checks of every request to the pages, and headers of every answer.

The server listens on loopback without a password. Another site open in the same browser must not be able to press a
button here (https://owasp.org/www-community/attacks/csrf), and a foreign name that resolves to loopback must not be
able to read anything (DNS rebinding).
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

READING = frozenset({"GET", "HEAD"})

HEADERS = {
    # Only our own scripts, styles and pictures: text by people cannot load anything, even if the Markdown let it through.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guarded(handler: Handler) -> Handler:
    """Wrap a handler: only requests from this machine, and writes only from our own pages."""

    async def handle(request: web.Request) -> web.StreamResponse:
        why = refusal(request)
        if why is not None:
            return web.Response(status=403, text=why, headers=HEADERS)
        response = await handler(request)
        response.headers.update(HEADERS)
        return response

    return handle


def is_loopback(request: web.Request) -> bool:
    """Report whether the browser asked for a name of this machine."""
    return urlsplit(f"//{request.host}").hostname in LOOPBACK


def refusal(request: web.Request) -> str | None:
    """Return why a request is not answered; None for one from our own pages."""
    host = urlsplit(f"//{request.host}").hostname
    if not is_loopback(request):
        return f"This page was asked for as {host!r}; it answers only to 127.0.0.1 and localhost.\n"
    if request.method in READING or _same_origin(request):
        return None
    return "This was sent from another site, or by a program that does not say from where; use the page's own forms.\n"


def _same_origin(request: web.Request) -> bool:
    """Report whether the browser says that the request comes from this site.

    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    fetched_from, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if fetched_from not in {None, "same-origin"}:
        return False
    if origin is None:
        return fetched_from == "same-origin"
    return origin == f"{request.scheme}://{request.host}"
