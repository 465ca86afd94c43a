"""Asks a registry politely and safely: few requests at once, never before it wants us back, redirects by our rules.

What comes out is a 2xx or a 404; all else is `Temporary`, with what was seen. Nothing is repeated here except once after
a 401, with credentials: the queue looks again later, with growing delays.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.documents import read_errors
from bot.registries.hosts import Carries, Hosts, Location
from bot.registries.tokens import Doors
from bot.registries.wire import Answer, Limits, Question, fetch
from bot.runtime import Runtime

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask at a location. url: absolute, on the location's base; accept: media types; largest: bytes."""

    location: Location
    method: str
    url: URL
    largest: int
    accept: tuple[str, ...] = ()
    carries: Carries = Carries.DOCUMENT


@dataclass(slots=True)
class _Host:
    """How we behave towards one host."""

    places: asyncio.Semaphore
    quiet_until: datetime | None = field(default=None)


class Transport:
    """Requests to registries over a shared session."""

    def __init__(
        self, session: aiohttp.ClientSession, *, hosts: Hosts, doors: Doors, runtime: Runtime, limits: Limits
    ) -> None:
        self._session = session
        self._hosts = hosts
        self._doors = doors
        self._runtime = runtime
        self._limits = limits
        self._states = defaultdict[str, _Host](lambda: _Host(asyncio.Semaphore(limits.parallel)))

    async def ask(self, request: Request) -> Answer:
        """The answer with a status of 2xx or 404. Raises `Temporary`."""
        location = request.location
        async with self._states[location.host].places:
            self._keep_quiet(location.host)
            header = self._doors.header(location)
            answer = await self._follow(request, header)
            if answer.status == 401:
                challenges = answer.headers.getall("WWW-Authenticate", [])
                header = await self._doors.open(location, challenges, refused=header)
                answer = answer if header is None else await self._follow(request, header)
        if answer.status == 404 or 200 <= answer.status < 300:
            return answer
        raise self._trouble(answer, location, with_login=header is not None)

    async def _follow(self, request: Request, authorization: str | None) -> Answer:
        """Ask, and go where it redirects us; the Authorization header stays with the registry."""
        url, accept = request.url, {"Accept": ", ".join(request.accept)} if request.accept else {}
        for _ in range(self._limits.redirects + 1):
            at_home = url.origin() == request.location.base
            headers = accept | ({"Authorization": authorization} if authorization and at_home else {})
            question = Question(request.method, url, headers, request.largest)
            answer = await fetch(self._session, question, seconds=self._limits.request)
            if answer.status not in _REDIRECTS:
                return answer
            url = self._hosts.redirected(
                answer.headers.get("Location", ""), came_from=url, location=request.location, carries=request.carries
            )
        raise Temporary(f"`{request.location.host}` redirects in circles")

    def _keep_quiet(self, host: str) -> None:
        until = self._states[host].quiet_until
        if until is not None and until > self._runtime.now():
            raise Temporary(f"`{host}` asked not to be asked before {until:%H:%M:%S} UTC", again_at=until)

    def _trouble(self, answer: Answer, location: Location, *, with_login: bool) -> Temporary:
        said = read_errors(answer.body)
        seen = f"`{location.host}` answered {answer.status}{f' ({said})' if said else ''} for `{location.path}`"
        if answer.status in {401, 403}:
            advice = "its login may not read it" if with_login else "no login for it is known"
            return Temporary(f"{seen}: {advice}; see this server's docker config.json")
        again_at = answer.again_at(self._runtime.now())
        if answer.status in {429, 503} and again_at is not None:
            self._states[location.host].quiet_until = again_at
        return Temporary(seen, again_at=again_at)
