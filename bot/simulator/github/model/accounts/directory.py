"""The directory of all accounts and Apps: create, find and install them."""

from collections.abc import Callable, Iterable, Mapping

from bot.simulator.clock import Clock
from bot.simulator.github.git.store import Person
from bot.simulator.github.model.accounts.accounts import Account, Organisation, Role, Team, User
from bot.simulator.github.model.accounts.apps import (
    Access,
    App,
    Bot,
    Installation,
    InstallationEvent,
    Owned,
    RepositorySelection,
)
from bot.simulator.github.model.accounts.events import Event, Events
from bot.simulator.github.model.accounts.registrations import Manifest, Registrations, new_key, slug_of
from bot.simulator.github.model.world.errors import unprocessable
from bot.simulator.github.model.world.ids import Kind, node_id
from bot.simulator.github.model.world.world import Mergeability, World


class Directory(World):
    """Accounts, Apps and installations, and the event bus that reports their changes."""

    def __init__(self, clock: Clock, *, mergeability: Mergeability) -> None:
        super().__init__(clock, mergeability=mergeability)
        self.events = Events()
        self.accounts: dict[str, Account] = {}
        self.apps: dict[str, App] = {}
        self.installations: dict[int, Installation] = {}
        self.registrations = Registrations(self.now)
        self.ghost = self.user("ghost")
        self.web_flow = self.user("web-flow", name="GitHub Web Flow")

    # -- accounts --------------------------------------------------------------------------------------------------

    def user(self, login: str, *, name: str | None = None) -> User:
        """Return the person of this login, created if needed."""
        found = self.accounts.get(login.lower())
        if found is None:
            found = User(id=self.ids.next(Kind.USER), login=login, name=name, created_at=self.now())
            self._add_account(found)
        if not isinstance(found, User):
            raise TypeError(f"{login} is an organisation; a person was wanted")
        return found

    def organisation(self, login: str) -> Organisation:
        """Return the organisation of this login, created if needed."""
        found = self.accounts.get(login.lower())
        if found is None:
            found = Organisation(
                github=self, id=self.ids.next(Kind.ORGANISATION), login=login, name=login, created_at=self.now()
            )
            self._add_account(found)
        if not isinstance(found, Organisation):
            raise TypeError(f"{login} is a person; an organisation was wanted")
        return found

    def find_account(self, login: str) -> Account | None:
        """Return the account of a login (a bot's with or without `[bot]`), or None."""
        return self.accounts.get(login.lower()) or self.accounts.get(f"{login.lower()}[bot]")

    def account_by_email(self, email: str) -> Account | None:
        """Return the account that GitHub links to a commit's address; only no-reply addresses are known.

        The number in the address identifies the account, and its login is only for display.
        https://docs.github.com/en/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
        """
        if email == "noreply@github.com":
            return self.web_flow
        local, _, domain = email.partition("@")
        if domain != "users.noreply.github.com":
            return None
        number, plus, _ = local.partition("+")
        if not plus:  # accounts created before 2017 have the form without a number
            return self.accounts.get(local.lower())
        found = (self.node(node_id(kind, number)) for kind in (Kind.USER, Kind.BOT, Kind.ORGANISATION))
        return next((account for account in found if isinstance(account, Account)), None)

    def find_team(self, organisation: str, slug: str) -> Team | None:
        """Return the team `organisation/team`, or None."""
        found = self.find_account(organisation)
        return found.teams.get(slug) if isinstance(found, Organisation) else None

    def _add_account(self, account: Account) -> None:
        self.accounts[account.login.lower()] = account
        self.remember(account)

    def change_login(self, account: Account, login: str) -> None:
        """Change an account's login only (see GitHub.rename_account for what follows)."""
        del self.accounts[account.login.lower()]
        account.login = login
        self.accounts[login.lower()] = account
        self.events.touch()

    def person(self, user: User) -> Person:
        """Return a user as author of a commit created on GitHub now."""
        return Person(user.name or user.login, user.email, self.now())

    def now_person(self, name: str, email: str) -> Person:
        """Return an author or committer with the present time."""
        return Person(name, email, self.now())

    # -- Apps ------------------------------------------------------------------------------------------------------

    def create_app(
        self,
        slug: str,
        *,
        owner: Account,
        permissions: Mapping[str, Access],
        events: Iterable[str] = (),
        public_key: str | None = None,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
    ) -> App:
        """Register a GitHub App; its bot is `slug[bot]`."""
        number = self.ids.next(Kind.APP)
        app = App(
            id=number, slug=slug, name=slug, owner=owner, permissions=dict(permissions), events=tuple(events),
            client_id=f"Iv23li{number:014d}", public_key=public_key, webhook_url=webhook_url,
            webhook_secret=webhook_secret, created_at=self.now(),
        )  # fmt: skip
        app.bot = Bot(id=self.ids.next(Kind.BOT), login=f"{slug}[bot]", app=app, created_at=self.now())
        self._add_account(app.bot)
        self.apps[slug] = app
        self.remember(app)
        return app

    def register(self, manifest: Manifest, *, name: str, owner: Account) -> str:
        """Register an App from a manifest under this name. Returns the code for its credentials; raises Refused."""
        slug = slug_of(name)
        if slug in self.apps or self.find_account(slug) is not None:
            raise unprocessable("Name has already been taken")
        private, public = new_key()
        app = self.create_app(
            slug, owner=owner, permissions=manifest.permissions, events=manifest.events, public_key=public,
            webhook_url=manifest.hook_url, webhook_secret=self.registrations.secret("webhook") if manifest.hook_url else None,
        )  # fmt: skip
        app.name, app.setup_url, app.description, app.external_url = (
            name, manifest.setup_url, manifest.description, manifest.url,
        )  # fmt: skip
        return self.registrations.keep(app, private)

    def rename_app(self, app: App, slug: str) -> None:
        """Rename an App: its slug and its bot's login change, every id stays.

        https://docs.github.com/en/apps/maintaining-github-apps/modifying-a-github-app-registration
        """
        if slug in self.apps:
            raise ValueError(f"there is an App {slug} already")
        del self.apps[app.slug]
        app.slug = app.name = slug
        self.apps[slug] = app
        self.change_login(app.bot, f"{slug}[bot]")

    def install(
        self, app: App, account: Account, *, repositories: Iterable[Owned] | None = None, by: User | None = None
    ) -> Installation:
        """Install an App on an account: on all repositories, or on those given."""
        now = self.now()
        made = Installation(
            id=self.ids.next(Kind.INSTALLATION), app=app, account=account, permissions=dict(app.permissions),
            events=app.events, created_at=now, updated_at=now, selected=list(repositories or ()),
            selection=RepositorySelection.ALL if repositories is None else RepositorySelection.SELECTED,
        )  # fmt: skip
        app.installations.append(made)
        self.installations[made.id] = made
        self.events.emit(InstallationEvent(action="created", installation=made, actor=by or self.ghost, at=now))
        return made

    def uninstall(self, installation: Installation, *, by: User | None = None) -> None:
        """Delete an installation: its tokens stop working."""
        installation.app.installations.remove(installation)
        del self.installations[installation.id]
        event = InstallationEvent(action="deleted", installation=installation, actor=by or self.ghost, at=self.now())
        self.events.emit(event)

    def suspend(self, installation: Installation, *, by: User | None = None) -> None:
        """Suspend an installation."""
        installation.suspended_at, installation.suspended_by = self.now(), by or self.ghost
        self.events.emit(
            InstallationEvent(action="suspend", installation=installation, actor=by or self.ghost, at=self.now())
        )

    def unsuspend(self, installation: Installation, *, by: User | None = None) -> None:
        """Unsuspend an installation."""
        installation.suspended_at = installation.suspended_by = None
        self.events.emit(
            InstallationEvent(action="unsuspend", installation=installation, actor=by or self.ghost, at=self.now())
        )

    def installation_of(self, user: User, repository: Owned) -> Installation | None:
        """Return the installation by which an App's bot has access to a repository."""
        if not isinstance(user, Bot):
            return None
        return next((found for found in user.app.installations if found.covers(repository)), None)

    @staticmethod
    def role_of_installation(installation: Installation) -> Role:
        """Return the nearest role: an App has none, but a permission for contents."""
        access = installation.permissions.get("contents", Access.NONE)
        return {Access.WRITE: Role.WRITE, Access.READ: Role.READ}.get(access, Role.NONE)

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Receive every event (see Events.listen)."""
        return self.events.listen(listener)
