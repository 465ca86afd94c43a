"""The whole simulated GitHub: everything is made, found and remembered from here."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from pathlib import Path

from bot.simulator.clock import Clock
from bot.simulator.github.git.store import File, GitStore, Person
from bot.simulator.github.model.accounts.accounts import (
    Access,
    Account,
    App,
    Bot,
    Installation,
    Organisation,
    RepositorySelection,
    Role,
    Team,
    User,
)
from bot.simulator.github.model.code.repository import Repository, Visibility
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.model.world.events import (
    Events,
    InstallationEvent,
    InstallationRepositoriesEvent,
    RepositoryEvent,
)
from bot.simulator.github.model.world.ids import Ids, Kind


class Mergeability(Enum):
    """When GitHub knows whether a pull request merges without conflict."""

    AT_ONCE = "at once"
    AFTER_ASKING = "after asking"  # as the real one: the first question gets UNKNOWN and starts the work
    NEVER = "never"


class GitHub:
    """Accounts, Apps and repositories, their clock and their events. Git repositories live below `folder`."""

    def __init__(self, folder: Path, clock: Clock, *, mergeability: Mergeability = Mergeability.AFTER_ASKING) -> None:
        self.folder = folder
        self.clock = clock
        self.mergeability = mergeability
        self.ids = Ids()
        self.events = Events()
        self.accounts: dict[str, Account] = {}
        self.apps: dict[str, App] = {}
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[str, Repository] = {}
        self._nodes: dict[str, object] = {}
        self._asked: list[tuple[PullRequest, tuple[str, str]]] = []
        self.ghost = self.user("ghost")
        self.web_flow = self.user("web-flow", name="GitHub Web Flow")

    def now(self) -> datetime:
        """The present."""
        return self.clock.now()

    # -- accounts --------------------------------------------------------------------------------------------------

    def user(self, login: str, *, name: str | None = None) -> User:
        """The person of a login, made if there is none."""
        found = self.accounts.get(login.lower())
        if found is None:
            found = User(id=self.ids.next(Kind.USER), login=login, name=name, created_at=self.now())
            self._add_account(found)
        if not isinstance(found, User):
            raise TypeError(f"{login} is an organisation; a person was wanted")
        return found

    def organisation(self, login: str) -> Organisation:
        """The organisation of a login, made if there is none."""
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
        """The account of a login (a bot's with or without `[bot]`), or None."""
        return self.accounts.get(login.lower()) or self.accounts.get(f"{login.lower()}[bot]")

    def account_by_email(self, email: str) -> Account | None:
        """Whose commits GitHub takes those of an address for: no-reply addresses are known, others are nobody's."""
        if email == "noreply@github.com":
            return self.web_flow
        local, _, domain = email.partition("@")
        _, plus, login = local.partition("+")
        return self.accounts.get(login.lower()) if plus and domain == "users.noreply.github.com" else None

    def find_team(self, organisation: str, slug: str) -> Team | None:
        """A team by the two halves of `organisation/team`."""
        found = self.find_account(organisation)
        return found.teams.get(slug) if isinstance(found, Organisation) else None

    def _add_account(self, account: Account) -> None:
        self.accounts[account.login.lower()] = account
        self.remember(account)

    def person(self, user: User) -> Person:
        """A user as author of a commit made on GitHub now."""
        return Person(user.name or user.login, user.email, self.now())

    def now_person(self, name: str, email: str) -> Person:
        """Anybody as author or committer, now."""
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

    def install(
        self, app: App, account: Account, *, repositories: Iterable[Repository] | None = None, by: User | None = None
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
        """End an installation: its tokens stop working."""
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
        """Let a suspended installation work again."""
        installation.suspended_at = installation.suspended_by = None
        self.events.emit(
            InstallationEvent(action="unsuspend", installation=installation, actor=by or self.ghost, at=self.now())
        )

    def select_repositories(
        self,
        installation: Installation,
        *,
        add: Iterable[Repository] = (),
        remove: Iterable[Repository] = (),
        by: User | None = None,
    ) -> None:
        """Change what a SELECTED installation covers."""
        added, removed = tuple(add), tuple(remove)
        installation.selected = [*(found for found in installation.selected if found not in removed), *added]
        installation.updated_at = self.now()
        for action, given in (("added", added), ("removed", removed)):
            if given:
                self.events.emit(
                    InstallationRepositoriesEvent(
                        action=action, installation=installation, added=added if action == "added" else (),
                        removed=removed if action == "removed" else (), actor=by or self.ghost, at=self.now(),
                    )
                )  # fmt: skip

    def covered_by(self, installation: Installation) -> list[Repository]:
        """The repositories an installation reaches."""
        return [found for found in self.repositories.values() if installation.covers(found)]

    def installation_of(self, user: User, repository: Repository) -> Installation | None:
        """The installation through which an App's bot reaches a repository."""
        if not isinstance(user, Bot):
            return None
        return next((found for found in user.app.installations if found.covers(repository)), None)

    @staticmethod
    def role_of_installation(installation: Installation) -> Role:
        """An App has no role; what it may do with contents is the nearest thing to one."""
        access = installation.permissions.get("contents", Access.NONE)
        return {Access.WRITE: Role.WRITE, Access.READ: Role.READ}.get(access, Role.NONE)

    # -- repositories ----------------------------------------------------------------------------------------------

    def create_repository(
        self,
        full_name: str,
        *,
        visibility: Visibility = Visibility.PRIVATE,
        files: Mapping[str, bytes | str | File | None] | None = None,
        by: User | None = None,
        parent: Repository | None = None,
    ) -> Repository:
        """Make a repository of a known account; `files` become its first commit on `main`."""
        owner_login, _, name = full_name.partition("/")
        owner = self.accounts.get(owner_login.lower())
        if owner is None or not name:
            raise not_found(f"No account {owner_login}: make it with user() or organisation() before {full_name}")
        if full_name.lower() in self.repositories:
            raise ValueError(f"{full_name} exists already")
        now = self.now()
        made = Repository(
            github=self, id=self.ids.next(Kind.REPOSITORY), owner=owner, name=name, visibility=visibility, created_at=now,
            updated_at=now, pushed_at=now, store=GitStore(self.folder / f"{full_name}.git"), parent=parent,
        )  # fmt: skip
        self.repositories[full_name.lower()] = made
        self.remember(made)
        actor = by or (owner if isinstance(owner, User) else self.ghost)
        self.events.emit(RepositoryEvent(repository=made, action="created", actor=actor, at=now))
        if files:
            made.commit_files(files, by=actor, message="Initial commit")
        return made

    def fork(self, repository: Repository, *, by: User) -> Repository:
        """Copy a repository's branches to a person's account; pull requests may come from there."""
        made = self.create_repository(
            f"{by.login}/{repository.name}", visibility=repository.visibility, by=by, parent=repository
        )
        made.default_branch = repository.default_branch
        repository.forks.append(made)
        made.signed |= repository.signed
        for name, oid in repository.store.refs("refs/heads/"):
            made.store.fetch(repository.store, name)
            made.store.move_ref(name, before=None, after=oid)
        return made

    def network(self, repository: Repository) -> list[Repository]:
        """A repository, what it was forked from, and all their forks."""
        root = repository
        while root.parent is not None:
            root = root.parent
        found = [root]
        for member in found:
            found.extend(member.forks)
        return found

    def repository(self, full_name: str) -> Repository:
        """A repository by `owner/name`, letter case does not count; refused when there is none."""
        found = self.repositories.get(full_name.lower())
        if found is None:
            raise not_found(f"Could not resolve to a Repository with the name '{full_name}'.")
        return found

    def find_repository(self, full_name: str) -> Repository | None:
        """The same, or None."""
        return self.repositories.get(full_name.lower())

    # -- nodes, mergeability ---------------------------------------------------------------------------------------

    def remember(self, noun: object) -> None:
        """Let `node` find something that has a `node_id`."""
        self._nodes[noun.node_id] = noun  # type: ignore[attr-defined]

    def forget(self, noun: object) -> None:
        """It is gone."""
        self._nodes.pop(noun.node_id, None)  # type: ignore[attr-defined]

    def node(self, identifier: str) -> object | None:
        """What a node id means, for everything that is not an object of git."""
        return self._nodes.get(identifier)

    def knows_mergeability(self, pull: PullRequest) -> bool:
        """Whether the answer for the present head and base is there; if not, it is by the next request."""
        wanted = (pull.base_tip(), pull.head_oid)
        if self.mergeability is Mergeability.AT_ONCE or pull.computed_for == wanted:
            return self.mergeability is not Mergeability.NEVER
        if self.mergeability is Mergeability.AFTER_ASKING:
            self._asked.append((pull, wanted))
        return False

    def finish_background_work(self) -> None:
        """What GitHub does between two requests; the views call it when a request arrives."""
        for pull, wanted in self._asked:
            pull.computed_for = wanted
            self.events.touch()
        self._asked.clear()

    def listen(self, listener: Callable[..., None]) -> Callable[[], None]:
        """Hear every event (see Events.listen)."""
        return self.events.listen(listener)
