"""What every request to the setup page must satisfy, and what every answer carries.

- The host: only this machine's names, and that of PUBLIC_URL. A foreign name that resolves to this server could otherwise read
  the page from another site's script (DNS rebinding), or have GitHub send the new App's code elsewhere.
- The origin: forms come from this page itself. https://owasp.org/www-community/attacks/csrf
- The answer: no scripts, nothing from elsewhere, in no frame, in no cache, and no address of ours in a `Referer`.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from bot.network import is_loopback

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = {
    # One form leads to GitHub, which may lead on to a company's sign-in page; Chromium holds that to `form-action` too.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self' https: http://127.0.0.1:* http://localhost:*; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def guarded(public_url: str) -> Callable[[Handler], Handler]:
    """Return a decorator of handlers. public_url: PUBLIC_URL, '' where it is not set."""

    def wrap(handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            refused = _refused(request, public_url)
            response = refused or await handler(request)
            response.headers.update(HEADERS)
            return response

        return handle

    return wrap


def origin_of(request: web.Request, public_url: str) -> str:
    """Return the address at which the browser sees this server. Only for a request that the guard let pass."""
    if public_url and request.host == urlsplit(public_url).netloc:
        return public_url
    return f"http://{request.host}"


def _refused(request: web.Request, public_url: str) -> web.Response | None:
    if not _is_ours(request.host, public_url):
        text = (
            "This page answers to 127.0.0.1, localhost and the address in PUBLIC_URL alone. To open it under another name, "
            "set PUBLIC_URL to its address, such as https://bot.example.com, and start the server again.\n"
        )
        return web.Response(status=421, text=text)
    if request.method == "POST" and not _is_from_here(request, public_url):
        text = (
            "This was sent from another site, or by a program that does not say from where. Use the page's own forms.\n"
        )
        return web.Response(status=403, text=text)
    return None


def _is_ours(host: str, public_url: str) -> bool:
    if public_url and host == urlsplit(public_url).netloc:
        return True
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return False


def _is_from_here(request: web.Request, public_url: str) -> bool:
    """https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site"""
    fetched_from, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if origin is None:
        return fetched_from == "same-origin"
    return fetched_from in {None, "same-origin"} and origin == origin_of(request, public_url)
