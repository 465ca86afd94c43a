"""Installation tokens, and everything else that is asked with the App's JWT.

A token covers only the repositories and permissions that the work needs, and is reused until shortly before it expires.
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app

GitHub leads from a former name of a repository to where it is now, except where a token names it: that takes the present name.

Race accepted: when an installation is suspended or loses a repository, its token is used until GitHub refuses it. Then the
bot drops it and asks for another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.core.values.errors import NotInstalled
from bot.github.auth.app import AppCredential
from bot.github.auth.cache import Expiring, SharedCache
from bot.github.auth.installation import (
    DEPLOYING,
    PERMISSIONS,
    READING,
    Installation,
    installation,
    is_repository,
    owner_of,
)
from bot.github.client import Client, below
from bot.github.errors import Answer, Refused, understood
from bot.github.parsing.actors import App, Me
from bot.github.parsing.answers import moment
from bot.runtime import Runtime

MARGIN = timedelta(minutes=5)
"""A token that expires sooner is not used to begin with."""
INSTALLATION_LIFE = timedelta(hours=1)
"""How long an installation's permissions are believed."""
ABSENCE_LIFE = timedelta(minutes=10)
"""How long "not installed there" is believed."""

Sources = frozenset[tuple[str, str]]
"""(owner of a manifests repository, another owner whose source repositories its policy may name), in lower case."""


@dataclass(frozen=True, slots=True)
class InstallationCredential:
    """The App in one account, for some of its repositories. repositories: those it needs, the indispensable one first."""

    tokens: "Tokens"
    installation: Installation
    repositories: tuple[str, ...]
    permissions: tuple[tuple[str, str], ...]

    @property
    def account(self) -> str:
        """Each installation has its own rate limit."""
        return f"installation {self.installation.id}"

    async def token(self) -> str:
        """Return an installation token that is good for some minutes."""
        return (await self.tokens.grant(self)).token

    def refused(self, token: str) -> None:
        """Ask for another token next time."""
        self.tokens.forget(token)


@dataclass(frozen=True, slots=True)
class Grant:
    """A token and the repositories it covers; all of the installation's where none are named."""

    token: str
    repositories: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Grant(repositories={self.repositories!r})"


class Tokens:
    """Makes credentials, and knows where the App is installed.

    sources: whose policies may have the App read repositories of other accounts. Without this limit, anyone who writes a policy
    could read the names of checks and the subjects of commits wherever else the App is installed.
    bot_id: the number of the account that acts for the App; None until the first look.
    """

    def __init__(
        self, client: Client, *, app_id: int, private_key: str, runtime: Runtime, sources: Sources = frozenset()
    ) -> None:
        self.sources = sources
        self.app_id = app_id
        self.bot_id: int | None = None
        self.app_credential = AppCredential(app_id, private_key, runtime)
        self._client = client
        self._runtime = runtime
        self._app: SharedCache[App] = SharedCache(runtime.now)
        self._grants: SharedCache[Grant] = SharedCache(runtime.now)
        self._installations: SharedCache[Installation | None] = SharedCache(runtime.now)

    def recognise(self, answer: Answer) -> Me:
        """Return the App as this answer shows it, given its `Asker`. Its bot's number is remembered for webhooks."""
        self.bot_id = int(answer.data["viewer"]["databaseId"])
        return Me(self.app_id, self.bot_id)

    async def app(self) -> App:
        """Return the App itself. https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app"""

        async def fetch() -> Expiring[App]:
            answer = await self._client.get("/app", credential=self.app_credential, operation="app")
            with understood("app"):
                return Expiring(App(int(answer["id"]), answer["slug"]), self._runtime.now() + timedelta(days=1))

        return await self._app.get("app", fetch)

    async def installation(self, repository: str) -> Installation | None:
        """Return the installation that covers `owner/name`; None where the App is not installed.

        https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app
        """
        if not is_repository(repository):
            return None

        async def fetch() -> Expiring[Installation | None]:
            found: Installation | None = None
            path = below(repository, "installation")
            try:
                answer = await self._client.get(path, credential=self.app_credential, operation="installation")
                found = installation(answer)
            except Refused as refusal:
                if refusal.status != 404:
                    raise
            return Expiring(found, self._runtime.now() + (INSTALLATION_LIFE if found else ABSENCE_LIFE))

        return await self._installations.get(repository.casefold(), fetch)

    async def installations(self) -> tuple[Installation, ...]:
        """List every installation. https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
        path = "/app/installations?per_page=100"
        pages = self._client.pages(path, credential=self.app_credential, operation="installations")
        with understood("installations"):
            return tuple([installation(each) async for page in pages for each in page])

    async def repositories(self, where: Installation) -> tuple[str, ...]:
        """List the repositories of one installation, each `owner/name`, without the archived ones.

        https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation
        """
        credential = self._credential(where, (), {"metadata": "read"})
        path = "/installation/repositories?per_page=100"
        pages = self._client.pages(path, credential=credential, operation="repositories")
        with understood("repositories"):
            return tuple(
                [each["full_name"] async for page in pages for each in page["repositories"] if not each["archived"]]
            )

    async def working_on(self, repository: str, *, source: str | None = None) -> InstallationCredential:
        """Return the credential for work on a manifests repository.

        It also covers the source repository where that belongs to the same account. Raises NotInstalled.
        """
        where = await self._installed(repository)
        shared = await self._is_shared(repository, source)
        names = (repository, source) if shared and source and source != repository else (repository,)
        return self._credential(where, names, PERMISSIONS)

    async def reading_around(self, repository: str) -> InstallationCredential:
        """Return the credential for reading the source repositories of a manifests repository's account, many at once.

        Raises NotInstalled.
        """
        return self._credential(await self._installed(repository), (), READING)

    async def _is_shared(self, repository: str, source: str | None) -> bool:
        """Return whether the source repository belongs to the same account, whatever that was called when it was named."""
        if source is None or not is_repository(source):
            return False
        if owner_of(source) == owner_of(repository):
            return True
        where = await self.installation(source)
        return where is not None and where.account.casefold() == owner_of(repository)

    def may_read(self, repository: str, source: str) -> bool:
        """Return whether the policy of this manifests repository may name this source repository, readable or not."""
        return owner_of(source) == owner_of(repository) or (owner_of(repository), owner_of(source)) in self.sources

    async def source_installation(self, repository: str, source: str | None) -> InstallationCredential | None:
        """Return the credential for reading a source repository of another account; None where it is not allowed.

        None also where the App is not installed there, and for a source repository of the same account.
        """
        if source is None or owner_of(source) == owner_of(repository) or not self.may_read(repository, source):
            return None
        where = await self.installation(source)
        if where is None or where.suspended or not self.may_read(repository, f"{where.account}/"):
            return None  # a repository that was transferred takes nobody's consent along
        return self._credential(where, (source,), READING)

    async def deploying_to(self, repository: str) -> InstallationCredential | None:
        """Return the credential for showing deployments on a repository's commits; None where the App is not installed.

        The caller has asked `may_read` before. Its `permissions` lack `deployments` where the account did not grant that.
        """
        where = await self.installation(repository)
        if where is None or where.suspended:
            return None
        return self._credential(where, (repository,), DEPLOYING)

    async def grant(self, credential: InstallationCredential) -> Grant:
        """Return the token of a credential, from the cache unless it expires soon."""
        key = (credential.installation.id, credential.repositories, credential.permissions)

        async def fetch() -> Expiring[Grant]:
            try:
                return await self._access_token(credential, credential.repositories)
            except Refused as refusal:
                # 422: "There is at least one repository that does not exist or is not accessible to the parent installation."
                if refusal.status != 422 or not credential.repositories:
                    raise
                return await self._by_present_names(credential, refusal)

        return await self._grants.get(key, fetch)

    def forget(self, token: str) -> None:
        """Drop a token that GitHub refused."""
        self._grants.drop(lambda grant: grant.token == token)

    def reconsider(self) -> None:
        """Ask again about every installation: somebody installed or removed the App, or changed what it covers."""
        self._installations.drop(lambda _: True)
        self._grants.drop(lambda _: True)

    async def _by_present_names(self, credential: InstallationCredential, refusal: Refused) -> Expiring[Grant]:
        """Return a token of the repositories' present names, or of the indispensable one alone. Raises the last refusal."""
        found = await self._present_names(credential)
        for names in dict.fromkeys((found, found[:1])):
            if not names or names == credential.repositories:
                continue
            try:
                some = await self._access_token(credential, names)
            except Refused as again:
                if again.status != 422:
                    raise
                refusal = again
                continue
            if len(names) == len(credential.repositories):
                return some
            # Somebody may add the other repository to the installation at any time.
            return Expiring(some.value, min(some.until, self._runtime.now() + ABSENCE_LIFE))
        raise refusal

    async def _present_names(self, credential: InstallationCredential) -> tuple[str, ...]:
        """Return what the repositories of a credential are called now, without those that the installation does not cover.

        None of them where the indispensable one is not covered.
        """
        found = [await self._present_name(each, credential.installation) for each in credential.repositories]
        if found[0] is None:  # it may have moved to another account, where the App is installed, too
            self._installations.drop(lambda kept: kept is not None and kept.id == credential.installation.id)
            return ()
        return tuple(name for name in found if name is not None)

    async def _present_name(self, repository: str, where: Installation) -> str | None:
        """https://docs.github.com/en/rest/repos/repos#get-a-repository, to which GitHub redirects from a former name."""
        credential = self._credential(where, (), {"metadata": "read"})
        try:
            answer = await self._client.get(below(repository), credential=credential, operation="repository")
        except Refused as refusal:
            if refusal.status in (403, 404):
                return None
            raise
        with understood("repository"):
            name = str(answer["full_name"])
        # Of a public repository that the App is not installed on GitHub tells everybody. A token can name its owner's alone.
        return name if owner_of(name) == where.account.casefold() else None

    async def _installed(self, repository: str) -> Installation:
        where = await self.installation(repository)
        if where is None:
            raise NotInstalled(
                f"{repository}: the App is not installed there; install it from the App's page on GitHub"
            )
        if where.suspended:
            raise NotInstalled(f"{repository}: the App is suspended there; resume it in the installation's settings")
        return where

    def _credential(
        self, where: Installation, repositories: tuple[str, ...], wanted: Mapping[str, str]
    ) -> InstallationCredential:
        return InstallationCredential(self, where, repositories, tuple(sorted(where.permitted(wanted).items())))

    async def _access_token(self, credential: InstallationCredential, repositories: tuple[str, ...]) -> Expiring[Grant]:
        """https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app"""
        body: dict[str, object] = {"permissions": dict(credential.permissions)}
        if repositories:
            body["repositories"] = [repository.partition("/")[2] for repository in repositories]
        number = credential.installation.id
        path = f"/app/installations/{number}/access_tokens"
        try:
            answer = await self._client.send(path, body, credential=self.app_credential, operation="access_token")
        except Refused as refusal:
            if refusal.status in (403, 404):  # suspended or removed; the App may have been installed there anew
                self._installations.drop(lambda kept: kept is not None and kept.id == number)
            raise
        with understood("access_token"):
            return Expiring(Grant(answer["token"], repositories), moment(answer["expires_at"]) - MARGIN)
