"""Answers a registry's challenge: what to put into the Authorization header, remembered while it is good.

Bearer tokens come from the realm that a challenge names, and credentials go there only when `hosts` says that the realm
belongs to the registry. https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/

Accepted race: two processes fetch a token each.
"""

import asyncio
import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
from cachetools import LRUCache
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.auth import IdentityToken, Keychain, Login, Password
from bot.registries.documents import DocumentError, read_token
from bot.registries.hosts import Hosts, Location, authority
from bot.registries.wire import Limits, Question, fetch
from bot.runtime import Runtime

# RFC 9110 section 11.6.1: schemes with parameters, several in one header or in several.
_CHALLENGE = re.compile(
    r'(?P<key>[A-Za-z0-9_-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))|(?P<scheme>[A-Za-z0-9_-]+)'
)
_ESCAPED = re.compile(r"\\(.)")

# Asked again when this share of a token's life is over, so that none expires on its way.
_SHARE_OF_LIFE = 0.8


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in that a 401 offers. scheme: in lower case; parameters: keys in lower case."""

    scheme: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """An Authorization header that worked, or should. until: None where it does not end by itself."""

    header: str
    until: datetime | None


class Doors:
    """Authorization headers per host and repository."""

    def __init__(
        self, session: aiohttp.ClientSession, *, hosts: Hosts, keychain: Keychain, runtime: Runtime, limits: Limits
    ) -> None:
        self._session = session
        self._hosts = hosts
        self._keychain = keychain
        self._runtime = runtime
        self._limits = limits
        self._remembered: LRUCache[tuple[str, str], Remembered] = LRUCache(limits.remembered)
        # One at a time and host: what the first one fetches serves the others.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def header(self, location: Location) -> str | None:
        """What is known to open this repository, None for nothing."""
        known = self._remembered.get((location.host, location.path))
        if known is None or (known.until is not None and known.until <= self._runtime.now()):
            return None
        return known.header

    async def open(self, location: Location, challenges: Iterable[str], *, refused: str | None) -> str | None:
        """A header that answers these WWW-Authenticate headers, other than the refused one; None where we have none.

        Raises `Temporary` when the token service or the keychain fails.
        """
        async with self._locks[location.host]:
            known = self.header(location)
            if known is not None and known != refused:
                return known
            self._remembered.pop((location.host, location.path), None)
            offered = {challenge.scheme: challenge for challenge in read_challenges(challenges)}
            login = await self._keychain.login(location.host, location.path)
            if bearer := offered.get("bearer"):
                found = await self._token(location, bearer, login)
            elif "basic" in offered and isinstance(login, Password):
                found = Remembered(_basic(login), None)
            else:
                return None
            if found.header == refused:
                return None
            self._remembered[location.host, location.path] = found
            return found.header

    async def _token(self, location: Location, challenge: Challenge, login: Login | None) -> Remembered:
        realm = self._hosts.token_service(challenge.parameters.get("realm", ""), location)
        scope = challenge.parameters.get("scope") or f"repository:{location.path}:pull"
        question = _question(realm, challenge.parameters.get("service", ""), scope, login, self._limits.token)
        asked_at = self._runtime.now()
        answer = await fetch(self._session, question, seconds=self._limits.request)
        service = authority(realm)
        if answer.status in {400, 401, 403}:
            raise Temporary(_refusal(service, location, login))
        if answer.status != 200:
            raise Temporary(
                f"the token service `{service}` of `{location.host}` answered {answer.status}",
                again_at=answer.again_at(asked_at),
            )
        try:
            token, lifetime = read_token(answer.body)
        except DocumentError as error:
            raise Temporary(f"what the token service `{service}` of `{location.host}` sent {error}") from None
        return Remembered(f"Bearer {token}", asked_at + timedelta(seconds=min(lifetime, 86_400) * _SHARE_OF_LIFE))


def read_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of these WWW-Authenticate headers, in their order; what cannot be read is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    for match in (match for header in headers for match in _CHALLENGE.finditer(header)):
        if scheme := match["scheme"]:
            found.append((scheme.lower(), {}))
        elif found:
            value = match["plain"] if match["quoted"] is None else _ESCAPED.sub(r"\1", match["quoted"])
            found[-1][1][match["key"].lower()] = value
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def _question(realm: URL, service: str, scope: str, login: Login | None, largest: int) -> Question:
    if isinstance(login, IdentityToken):
        form = {
            "grant_type": "refresh_token",
            "client_id": "gitops-bot",
            "service": service,
            "scope": scope,
            "refresh_token": login.token,
        }
        return Question("POST", realm, {}, largest, form)
    asked = [("service", service)] if service else []
    url = realm.extend_query([*asked, *(("scope", part) for part in scope.split())])
    return Question("GET", url, {} if login is None else {"Authorization": _basic(login)}, largest)


def _basic(login: Password) -> str:
    return f"Basic {base64.b64encode(f'{login.username}:{login.password}'.encode()).decode()}"


def _refusal(service: str, location: Location, login: Login | None) -> str:
    if login is None:
        return (
            f"`{service}` gives no token for `{location.path}` without a login;"
            f" give this server one for `{location.host}` in its docker config.json"
        )
    return f"`{service}` does not accept this server's login for `{location.host}`; renew it in its docker config.json"
