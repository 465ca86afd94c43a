"""Answers a registry's challenge with an Authorization header, which is remembered while it is valid.

Bearer tokens come from the realm that a challenge names. A login goes there only if `hosts` says that the realm belongs
to the registry. https://distribution.github.io/distribution/spec/auth/token/ and …/oauth/

Registries refuse in many ways without a challenge: Harbor answers 403 or 404 to anonymous requests, ECR 403 or 400 to
an expired login. So a refused request is repeated once with a fresh login, if there is one.

Race accepted: two processes fetch a token each.
"""

import asyncio
import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cachetools import LRUCache
from yarl import URL

from bot.core.values.errors import Temporary
from bot.registries.breakers import Breakers
from bot.registries.documents import DocumentError, read_token
from bot.registries.hosts import Hosts, Location, authority
from bot.registries.http import Request, Response, Sender
from bot.registries.keychain import IdentityToken, Keychain, Login, Password
from bot.registries.limits import Limits
from bot.runtime import Runtime

# RFC 9110 section 11.6.1: schemes with parameters, several in one header or in several.
_CHALLENGE = re.compile(
    r'(?P<key>[A-Za-z0-9_-]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))|(?P<scheme>[A-Za-z0-9_-]+)'
)
_ESCAPED = re.compile(r"\\(.)")

# A token is replaced after this share of its lifetime, so that none expires in transit.
_SHARE_OF_LIFE = 0.8
# How long the lack of another login is remembered: missing tags are requested all the time.
_NOTHING_LASTS = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A way to authenticate that a registry offers. scheme: in lower case; parameters: keys in lower case."""

    scheme: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Authorization:
    """The authorization of requests to a repository. header: '' for none; has_login: it uses a login of this server.

    challenges: what it answers, to create another one; until: when it expires, None if it does not.
    """

    header: str
    has_login: bool
    challenges: tuple[Challenge, ...] = ()
    until: datetime | None = None


ANONYMOUS = Authorization("", has_login=False)


class Authorizer:
    """Authorizations by host and repository."""

    def __init__(
        self,
        sender: Sender,
        *,
        hosts: Hosts,
        keychain: Keychain,
        breakers: Breakers,
        runtime: Runtime,
        limits: Limits,
    ) -> None:
        self._sender = sender
        self._hosts = hosts
        self._keychain = keychain
        self._breakers = breakers
        self._runtime = runtime
        self._limits = limits
        self._remembered: LRUCache[tuple[str, str], Authorization] = LRUCache(limits.remembered)
        # One at a time per host: the others use what the first one fetches.
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def current(self, location: Location) -> Authorization:
        """Return the remembered authorization of this repository, `ANONYMOUS` if there is none."""
        known = self._known(location)
        return known if known is not None and known.header else ANONYMOUS

    async def renew(self, location: Location, refusal: Response, refused: Authorization) -> Authorization | None:
        """Return another authorization than the refused one; None if there is none.

        Raises `Temporary` if the token service or the keychain fails.
        """
        async with self._locks[location.host]:
            known = self._known(location)
            if known is not None and known.header != refused.header:
                return known
            if known is not None and not known.header and refusal.status != 401:
                return None
            login = await self._login(location)
            challenges = await self._challenges(location, refusal, refused, login)
            found = await self._answer(location, challenges, login)
            if found is None:
                until = self._runtime.now() + _NOTHING_LASTS
                self._remembered[location.host, location.path] = Authorization("", has_login=False, until=until)
                return None
            self._remembered[location.host, location.path] = found
            return None if found.header == refused.header else found

    def missing_login(self, location: Location) -> str:
        """Return why there is no login for this host, and what to do about it."""
        helper = self._keychain.helper_without(location.host)
        if helper:
            return (
                f"`{helper}` has no credentials for `{location.host}`; check this server's cloud identity and its role"
            )
        return f"this server has no login for it; add one for `{location.host}` to its docker config.json{advice(location)}"

    def _refusal(self, service: str, location: Location, login: Login | None) -> str:
        if login is None:
            return f"`{service}` gives no token for `{location.path}` without a login: {self.missing_login(location)}"
        return (
            f"`{service}` refused this server's login for `{location.host}`; renew it in the docker config.json"
            f"{advice(location)}"
        )

    def _known(self, location: Location) -> Authorization | None:
        known = self._remembered.get((location.host, location.path))
        return None if known is None or (known.until and known.until <= self._runtime.now()) else known

    async def _login(self, location: Location) -> Login | None:
        """Return the login, if there is one. Like a host, a credential helper may hang, so a breaker guards it."""
        helper = f"the credential helper for {location.host}"
        return await self._breakers.guard(helper, lambda: self._keychain.login(location.host, location.path))

    async def _challenges(
        self, location: Location, refusal: Response, refused: Authorization, login: Login | None
    ) -> tuple[Challenge, ...]:
        """Return the challenges of the refusal, or those that the refused authorization answered.

        If a login may help, those of the registry's root:
        https://distribution.github.io/distribution/spec/api/#api-version-check
        """
        offered = read_challenges(refusal.headers.getall("WWW-Authenticate", [])) or refused.challenges
        if offered or login is None:
            return offered
        root = await self._sender.send(Request("GET", location.base / "v2/", {}, self._limits.document))
        return read_challenges(root.headers.getall("WWW-Authenticate", []))

    async def _answer(
        self, location: Location, challenges: tuple[Challenge, ...], login: Login | None
    ) -> Authorization | None:
        offered = {challenge.scheme: challenge for challenge in challenges}
        if bearer := offered.get("bearer"):
            header, until = await self._token(location, bearer, login)
            return Authorization(header, login is not None, challenges, until)
        if "basic" in offered and isinstance(login, Password):
            return Authorization(_basic(login), has_login=True, challenges=challenges)
        return None

    async def _token(self, location: Location, challenge: Challenge, login: Login | None) -> tuple[str, datetime]:
        """Return the header with a token, and until when to use it."""
        realm = self._hosts.token_service(challenge.parameters.get("realm", ""), location)
        scope = challenge.parameters.get("scope") or f"repository:{location.path}:pull"
        request = _token_request(realm, challenge.parameters.get("service", ""), scope, login, self._limits.token)
        asked_at = self._runtime.now()
        answer = await self._sender.send(request)
        service = authority(realm)
        if answer.status in {400, 401, 403}:
            raise Temporary(self._refusal(service, location, login))
        if answer.status != 200:
            raise Temporary(f"the token service `{service}` of `{location.host}` answered {answer.status}")
        try:
            token, lifetime = read_token(answer.body)
        except DocumentError as error:
            raise Temporary(f"what the token service `{service}` of `{location.host}` sent {error}") from None
        return f"Bearer {token}", asked_at + timedelta(seconds=min(lifetime, 86_400) * _SHARE_OF_LIFE)


def read_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Return every challenge of these WWW-Authenticate headers, in their order, without those that cannot be read."""
    found: list[tuple[str, dict[str, str]]] = []
    for match in (match for header in headers for match in _CHALLENGE.finditer(header)):
        if scheme := match["scheme"]:
            found.append((scheme.lower(), {}))
        elif found:
            value = match["plain"] if match["quoted"] is None else _ESCAPED.sub(r"\1", match["quoted"])
            found[-1][1][match["key"].lower()] = value
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def _token_request(realm: URL, service: str, scope: str, login: Login | None, largest: int) -> Request:
    if isinstance(login, IdentityToken):
        form = {
            "grant_type": "refresh_token",
            "client_id": "gitops-bot",
            "service": service,
            "scope": scope,
            "refresh_token": login.token,
        }
        return Request("POST", realm, {}, largest, form)
    asked = [("service", service)] if service else []
    url = realm.extend_query([*asked, *(("scope", part) for part in scope.split())])
    return Request("GET", url, {} if login is None else {"Authorization": _basic(login)}, largest)


def _basic(login: Password) -> str:
    return f"Basic {base64.b64encode(f'{login.username}:{login.password}'.encode()).decode()}"


def advice(location: Location) -> str:
    """Return what has to be known of this registry's logins, as a further clause; '' for nothing.

    https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry
    """
    if location.host != "ghcr.io":
        return ""
    return (
        ". A private package needs a classic personal access token with `read:packages`, of an account that may read it:"
        " the App's own tokens log in at ghcr.io and are then denied"
    )
