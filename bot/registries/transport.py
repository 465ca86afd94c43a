"""Requests to registries: few at once, never before a host allows the next one, and redirects only by our rules.

The result is a 2xx or a 404. Everything else raises `Temporary` with what was seen. A request is repeated at most once,
with a fresh login; the queue retries later, with growing delays.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

import aiohttp
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.authorization import ANONYMOUS, Authorization, Authorizer, advice
from bot.registries.breakers import Breakers
from bot.registries.documents import read_errors
from bot.registries.hosts import Hosts, Location, authority
from bot.registries.http import Request, Response, Sender
from bot.registries.keychain import Keychain
from bot.registries.limits import Limits
from bot.runtime import Runtime

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of a registry. url: absolute; accept: media types; largest: the most bytes accepted in return.

    etag: of the last answer; an unchanged one is answered with 304.
    """

    location: Location
    method: str
    url: URL
    largest: int
    accept: tuple[str, ...] = ()
    etag: str = ""


class Transport:
    """Requests to registries over a shared session. breakers: of the hosts, for all requests."""

    def __init__(
        self, session: aiohttp.ClientSession, *, hosts: Hosts, keychain: Keychain, runtime: Runtime, limits: Limits
    ) -> None:
        self._hosts = hosts
        self._limits = limits
        self.breakers = Breakers(runtime)
        self._sender = Sender(session, breakers=self.breakers, runtime=runtime, seconds=limits.request)
        self._authorizer = Authorizer(
            self._sender, hosts=hosts, keychain=keychain, breakers=self.breakers, runtime=runtime, limits=limits
        )
        # Registries only, which the settings limit: no more than a few.
        self._places = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.parallel))

    async def ask(self, question: Question) -> Response:
        """Return the response, with a status of 2xx or 404, or 304 to a conditional question. Raises `Temporary`."""
        location = question.location
        async with self._places[location.host]:
            authorization = self._authorizer.current(location)
            response = await self._follow(question, authorization)
            if _is_refusal(response, location, authorization):
                renewed = await self._authorizer.renew(location, response, authorization)
                if renewed is not None:
                    authorization = renewed
                    response = await self._follow(question, authorization)
        unchanged = response.status == 304 and bool(question.etag)
        if response.status == 404 or 200 <= response.status < 300 or unchanged:
            return response
        raise Temporary(self._trouble(response, location, authorization))

    async def _follow(self, question: Question, authorization: Authorization) -> Response:
        """Send the request and follow redirects. The login stays with the registry."""
        url, accept = question.url, {"Accept": ", ".join(question.accept)} if question.accept else {}
        conditional = {"If-None-Match": question.etag} if question.etag else {}
        for _ in range(self._limits.redirects + 1):
            at_home = url.origin() == question.location.base
            login = {"Authorization": authorization.header} if authorization.header and at_home else {}
            response = await self._sender.send(
                Request(question.method, url, accept | conditional | login, question.largest)
            )
            if response.status not in _REDIRECTS:
                return response
            target = response.headers.get("Location", "")
            url = self._hosts.redirected(target, came_from=url, location=question.location)
        raise Temporary(f"`{question.location.host}` redirects in a loop")

    def _trouble(self, response: Response, location: Location, authorization: Authorization) -> str:
        said = read_errors(response.body)
        answered = f"answered {response.status}{f' ({said})' if said else ''} for `{location.path}`"
        if response.url.origin() != location.base:
            return f"`{location.host}` redirected to `{authority(response.url)}`, which {answered}"
        seen = f"`{location.host}` {answered}"
        if response.status not in {401, 403}:
            return seen
        if authorization.has_login:
            return f"{seen}: this server's login may not read it; check it in the docker config.json{advice(location)}"
        return f"{seen}: {self._authorizer.missing_login(location)}"


def _is_refusal(response: Response, location: Location, authorization: Authorization) -> bool:
    """Report whether another login may help. Some registries answer 404 to clients without access."""
    if response.url.origin() != location.base:
        return False
    return response.status in ({400, 401, 403} if authorization is not ANONYMOUS else {401, 403, 404})


def require_registry_error(response: Response, location: Location) -> None:
    """Raise `Temporary` for a 404 that no registry sent: only a registry that names an error says that something is absent.

    https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
    """
    if read_errors(response.body) is None:
        raise Temporary(
            f"`{location.host}` answered 404 for `{location.path}`, but not as a registry does; is it the right host?"
        )
