"""Who the bot is: the App's JWT, and the installation tokens that are made from it.

A token covers just the repositories and permissions that the work needs, and is kept until shortly before it ends. When
many ask at once, one request is made and all wait for it.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app

Race accepted: an installation that is suspended or loses a repository keeps its token here until GitHub refuses it; then
it is dropped and asked for anew.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import jwt
from cachetools import LRUCache
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bot.core.errors import NotInstalled
from bot.github.client import Client, below
from bot.github.errors import Json, Refused
from bot.github.nouns import moment
from bot.runtime import Runtime

# What the work needs, in the words of https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps;
# an App that was granted less gets less, and what it then cannot read or do is told where it shows.
PERMISSIONS: Mapping[str, str] = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "members": "read",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "read",
}
READING: Mapping[str, str] = {"checks": "read", "contents": "read", "metadata": "read", "statuses": "read"}

CLOCK_DRIFT = timedelta(seconds=60)
JWT_LIFE = timedelta(minutes=8)  # 9 minutes after the backdated `iat`; GitHub's limit is 10, on its own clock
MARGIN = timedelta(minutes=5)  # a token that ends sooner is not begun with
INSTALLATION_LIFE = timedelta(hours=1)  # how long an installation's permissions are believed
ABSENCE_LIFE = timedelta(minutes=10)  # how long "not installed there" is
KEPT = 4096

Value = TypeVar("Value")

_LEVELS = ("read", "write", "admin")
_REPOSITORY = re.compile(r"[\w.-]*\w[\w.-]*/[\w.-]*\w[\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class App:
    """The App itself. slug: its name in URLs, and its bot's login without `[bot]`."""

    id: int
    slug: str

    @property
    def login(self) -> str:
        """Its bot's login, without `[bot]`."""
        return self.slug


@dataclass(frozen=True, slots=True)
class Installation:
    """The App in one account. permissions: as granted there, name → read, write or admin."""

    id: int
    account: str
    permissions: Mapping[str, str]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Kept(Generic[Value]):
    """A value and until when it is good."""

    value: Value
    until: datetime


class _Once(Generic[Value]):
    """Values that are costly to get: kept while they are good, and got once however many ask at the same time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: LRUCache[Hashable, Kept[Value]] = LRUCache(KEPT)
        self._coming: dict[Hashable, asyncio.Task[Kept[Value]]] = {}

    async def get(self, key: Hashable, fetch: Callable[[], Awaitable[Kept[Value]]]) -> Value:
        """The value of this key, fetched where it is not there or not good any more."""
        kept = self._kept.get(key)
        if kept is not None and self._now() < kept.until:
            return kept.value
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.get_running_loop().create_task(self._fetch(key, fetch))
            coming.add_done_callback(_heard)
        # Whoever gives up waiting does not take the value from the others.
        return (await asyncio.shield(coming)).value

    def drop(self, unwanted: Callable[[Value], bool]) -> None:
        """Forget these values."""
        for key in [key for key, kept in self._kept.items() if unwanted(kept.value)]:
            del self._kept[key]

    async def _fetch(self, key: Hashable, fetch: Callable[[], Awaitable[Kept[Value]]]) -> Kept[Value]:
        try:
            kept = self._kept[key] = await fetch()
            return kept
        finally:
            del self._coming[key]


def _heard(task: "asyncio.Task[Kept[Value]]") -> None:
    """An error that everybody stopped waiting for is nobody's; reading it keeps the loop from complaining."""
    if not task.cancelled():
        task.exception()


class AppCredential:
    """The App's own JWT, signed with its private key."""

    def __init__(self, app_id: int, private_key: str, runtime: Runtime) -> None:
        self._app_id = app_id
        self._private_key = private_key
        self._key: RSAPrivateKey | None = None
        self._runtime = runtime
        self._token = ""
        self._good_until: datetime | None = None

    @property
    def account(self) -> str:
        """The App itself."""
        return f"app {self._app_id}"

    async def token(self) -> str:
        """A JWT with at least a minute to live."""
        now = self._runtime.now()
        if self._good_until is None or now + timedelta(minutes=1) > self._good_until:
            issued, self._good_until = now - CLOCK_DRIFT, now + JWT_LIFE
            claims = {
                "iat": int(issued.timestamp()),
                "exp": int(self._good_until.timestamp()),
                "iss": str(self._app_id),
            }
            self._token = jwt.encode(claims, self._signer(), algorithm="RS256")
        return self._token

    def _signer(self) -> RSAPrivateKey:
        """The key, read once: checking its primes takes many times as long as signing."""
        if self._key is None:
            key = load_pem_private_key(self._private_key.encode(), password=None)
            if not isinstance(key, RSAPrivateKey):
                raise TypeError("the App's private key is not an RSA key, and GitHub hands out no other")
            self._key = key
        return self._key

    def refused(self, token: str) -> None:
        """Sign a new one next time."""
        if token == self._token:
            self._good_until = None


@dataclass(frozen=True, slots=True)
class InstallationCredential:
    """The App in one account, for some of its repositories. repositories: those asked for, the first above all."""

    tokens: "Tokens"
    installation: Installation
    repositories: tuple[str, ...]
    permissions: tuple[tuple[str, str], ...]

    @property
    def account(self) -> str:
        """Limits are counted for each installation."""
        return f"installation {self.installation.id}"

    async def token(self) -> str:
        """An installation token with some minutes to live."""
        return (await self.tokens.grant(self)).token

    def refused(self, token: str) -> None:
        """Ask for another one next time."""
        self.tokens.forget(token)


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and the repositories it is good for; all of the installation's where none were named."""

    token: str
    repositories: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Grant(repositories={self.repositories!r})"


Sources = frozenset[tuple[str, str]]
"""(owner of a manifests repository, another owner whose source repositories its policy may name), in lower case."""


class Tokens:
    """Everything that is asked with, or made from, the App's JWT.

    sources: whose policies may have the App read what it can see elsewhere. Without that, whoever writes a policy could read
    the names of checks, and the subjects of commits, wherever else the App happens to be installed.
    """

    def __init__(
        self, client: Client, *, app_id: int, private_key: str, runtime: Runtime, sources: Sources = frozenset()
    ) -> None:
        self.sources = sources
        self.app_credential = AppCredential(app_id, private_key, runtime)
        self._client = client
        self._runtime = runtime
        self._app: _Once[App] = _Once(runtime.now)
        self._grants: _Once[Grant] = _Once(runtime.now)
        self._installations: _Once[Installation | None] = _Once(runtime.now)

    async def app(self) -> App:
        """Who we are. https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app"""

        async def fetch() -> Kept[App]:
            answer = await self._client.get("/app", credential=self.app_credential, operation="app")
            return Kept(App(answer["id"], answer["slug"]), self._runtime.now() + timedelta(days=1))

        return await self._app.get("app", fetch)

    async def installation(self, repository: str) -> Installation | None:
        """The installation that covers `owner/name`; None where there is none.

        https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
        """
        if not _REPOSITORY.fullmatch(repository):
            return None

        async def fetch() -> Kept[Installation | None]:
            found: Installation | None = None
            path = below(repository, "installation")
            try:
                answer = await self._client.get(path, credential=self.app_credential, operation="installation")
                found = _installation(answer)
            except Refused as refusal:
                if refusal.status != 404:
                    raise
            return Kept(found, self._runtime.now() + (INSTALLATION_LIFE if found else ABSENCE_LIFE))

        return await self._installations.get(repository.casefold(), fetch)

    async def installations(self) -> tuple[Installation, ...]:
        """Everywhere the App is installed. https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
        path = "/app/installations?per_page=100"
        pages = self._client.pages(path, credential=self.app_credential, operation="installations")
        return tuple([_installation(each) async for page in pages for each in page])

    async def repositories(self, installation: Installation) -> tuple[str, ...]:
        """The repositories of one installation, each `owner/name`, without the archived ones.

        https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
        """
        credential = self._credential(installation, (), {"metadata": "read"})
        path = "/installation/repositories?per_page=100"
        pages = self._client.pages(path, credential=credential, operation="repositories")
        return tuple(
            [each["full_name"] async for page in pages for each in page["repositories"] if not each["archived"]]
        )

    async def working_on(self, repository: str, *, source: str | None = None) -> InstallationCredential:
        """To work on a manifests repository, reading its source repository where the same installation covers it.

        Raises Refused where the App is not installed on the repository.
        """
        installation = await self._installed(repository)
        shared = source is not None and _owner(source) == _owner(repository) and _REPOSITORY.fullmatch(source)
        names = (repository, source) if shared and source and source != repository else (repository,)
        return self._credential(installation, names, PERMISSIONS)

    def may_read(self, repository: str, source: str) -> bool:
        """The policy of this manifests repository may name this source repository, whatever of it can be seen."""
        return _owner(source) == _owner(repository) or (_owner(repository), _owner(source)) in self.sources

    async def source_installation(self, repository: str, source: str | None) -> InstallationCredential | None:
        """To read a source repository of another account, where that is allowed and the App is installed there; else None."""
        if source is None or _owner(source) == _owner(repository) or not self.may_read(repository, source):
            return None
        installation = await self.installation(source)
        if installation is None or installation.suspended:
            return None
        return self._credential(installation, (source,), READING)

    async def grant(self, credential: InstallationCredential) -> Grant:
        """The token behind a credential, from the cache where it lives for a while yet."""
        key = (credential.installation.id, credential.repositories, credential.permissions)

        async def fetch() -> Kept[Grant]:
            try:
                return await self._access_token(credential, credential.repositories)
            except Refused as refusal:
                # 422: "There is at least one repository that does not exist or is not accessible to the parent installation."
                if refusal.status != 422 or len(credential.repositories) < 2:
                    raise
                alone = await self._access_token(credential, credential.repositories[:1])
                # Somebody may add the other repository to the installation at any time.
                return Kept(alone.value, min(alone.until, self._runtime.now() + ABSENCE_LIFE))

        return await self._grants.get(key, fetch)

    def forget(self, token: str) -> None:
        """GitHub refused this token: the next one is asked for anew."""
        self._grants.drop(lambda grant: grant.token == token)

    def reconsider(self) -> None:
        """Somebody installed the App, took it away, or changed what it covers: ask again about all of it."""
        self._installations.drop(lambda _: True)
        self._grants.drop(lambda _: True)

    async def _installed(self, repository: str) -> Installation:
        installation = await self.installation(repository)
        if installation is None or installation.suspended:
            state = "suspended there" if installation else "not installed there"
            raise NotInstalled(f"{repository}: the App is {state}; install it, or resume it, in its settings")
        return installation

    def _credential(
        self, installation: Installation, repositories: tuple[str, ...], wanted: Mapping[str, str]
    ) -> InstallationCredential:
        granted = installation.permissions
        permissions = {name: _lesser(level, granted[name]) for name, level in wanted.items() if name in granted}
        return InstallationCredential(self, installation, repositories, tuple(sorted(permissions.items())))

    async def _access_token(self, credential: InstallationCredential, repositories: tuple[str, ...]) -> Kept[Grant]:
        """https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app"""
        body: dict[str, object] = {"permissions": dict(credential.permissions)}
        if repositories:
            body["repositories"] = [repository.partition("/")[2] for repository in repositories]
        number = credential.installation.id
        path = f"/app/installations/{number}/access_tokens"
        try:
            answer = await self._client.send(path, body, credential=self.app_credential, operation="access_token")
        except Refused as refusal:
            if refusal.status in (403, 404):  # suspended, or gone; the App may be there again as another installation
                self._installations.drop(lambda kept: kept is not None and kept.id == number)
            raise
        return Kept(Grant(answer["token"], repositories), moment(answer["expires_at"]) - MARGIN)


def _installation(answer: Json) -> Installation:
    account = answer["account"] or {}
    return Installation(
        id=answer["id"],
        account=account.get("login") or account.get("slug") or "",
        permissions=dict(answer["permissions"]),
        suspended=answer.get("suspended_at") is not None,
    )


def _owner(repository: str) -> str:
    return repository.partition("/")[0].casefold()


def _lesser(one: str, other: str) -> str:
    return min(one, other, key=_LEVELS.index)
