"""The simulated GitHub: the root object, which creates and finds everything."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from bot.simulator.clock import Clock
from bot.simulator.github.git.store import File, GitStore
from bot.simulator.github.model.accounts.accounts import Account, User
from bot.simulator.github.model.accounts.apps import Installation, TargetRenamedEvent
from bot.simulator.github.model.accounts.directory import Directory
from bot.simulator.github.model.code.events import InstallationRepositoriesEvent, RepositoryEvent, TransferEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.repository import Repository, complete
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.world import Mergeability


class GitHub(Directory):
    """Accounts, Apps and repositories, with their clock and events. Git repositories are below `folder`."""

    def __init__(self, folder: Path, clock: Clock, *, mergeability: Mergeability = Mergeability.AFTER_ASKING) -> None:
        super().__init__(clock, mergeability=mergeability)
        self.folder = folder
        self.repositories: dict[str, Repository] = {}
        self._former_names: dict[str, Repository] = {}
        clock.on_jump(self._on_jump)

    @staticmethod
    def of(repository: CodeRepository) -> "GitHub":
        """Return the GitHub to which a repository belongs."""
        if not isinstance(repository.github, GitHub):
            raise TypeError(f"{repository.full_name} is on no GitHub")
        return repository.github

    def _on_jump(self, _: datetime) -> None:
        for repository in self.repositories.values():
            repository.checks.expire()

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
        """Create a repository of an existing account; `files` become its first commit on `main`."""
        owner_login, _, name = full_name.partition("/")
        owner = self.accounts.get(owner_login.lower())
        if owner is None or not name:
            raise not_found(f"No account {owner_login}: make it with user() or organisation() before {full_name}")
        if full_name.lower() in self.repositories:
            raise ValueError(f"{full_name} exists already")
        now = self.now()
        self._former_names.pop(full_name.lower(), None)
        made = Repository(
            github=self, id=self.ids.next(Kind.REPOSITORY), owner=owner, name=name, visibility=visibility, created_at=now,
            updated_at=now, pushed_at=now, store=GitStore(self._folder_of(full_name)), parent=parent,
        )  # fmt: skip
        self.repositories[full_name.lower()] = made
        self.remember(made)
        actor = by or (owner if isinstance(owner, User) else self.ghost)
        self.events.emit(RepositoryEvent(repository=made, action="created", actor=actor, at=now))
        if files:
            made.commit_files(files, by=actor, message="Initial commit")
        return made

    def fork(self, repository: Repository, *, by: User) -> Repository:
        """Copy a repository's branches to a person's account, from where pull requests may come."""
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

    def repository(self, full_name: str) -> Repository:
        """Return the repository `owner/name` (case-insensitive); raise Refused if there is none."""
        found = self.repositories.get(full_name.lower())
        if found is None:
            raise not_found(f"Could not resolve to a Repository with the name '{full_name}'.")
        return found

    def find_repository(self, full_name: str) -> Repository | None:
        """Return the repository of a present or former name, or None."""
        return self.repositories.get(full_name.lower()) or self.moved(full_name)

    def _folder_of(self, full_name: str) -> Path:
        """Return a folder for its git repository. A renamed repository keeps its folder, so the name may be taken."""
        taken = {found.store.path for found in self.repositories.values()}
        names = (f"{full_name}.git", *(f"{full_name}.{number}.git" for number in range(2, len(taken) + 3)))
        return next(folder for folder in (self.folder / name for name in names) if folder not in taken)

    def moved(self, full_name: str) -> Repository | None:
        """Return the repository that formerly had this name; None if the name is in use."""
        return None if full_name.lower() in self.repositories else self._former_names.get(full_name.lower())

    def network(self, repository: Repository) -> list[Repository]:
        """Return a repository, its origin, and all forks."""
        return [complete(found) for found in repository.network()]

    # -- renaming and transferring ---------------------------------------------------------------------------------

    def rename_repository(self, repository: Repository, name: str, *, by: User) -> None:
        """Rename a repository; the old name redirects to it until another repository takes it."""
        former = repository.name
        self._move(repository, repository.owner, name)
        changes = (("repository.name", former),)
        event = RepositoryEvent(repository=repository, action="renamed", changes=changes, actor=by, at=self.now())
        self.events.emit(event)

    def transfer_repository(self, repository: Repository, owner: Account, *, by: User, name: str | None = None) -> None:
        """Transfer a repository with its collaborators; teams and the former owner's Apps lose access."""
        before = [found for found in self.installations.values() if found.covers(repository)]
        former = repository.owner
        self._move(repository, owner, name or repository.name)
        repository.team_roles.clear()
        for installation in before:
            if repository in installation.selected:
                installation.selected.remove(repository)
            self._tell_coverage("removed", installation, repository, by)
        event = TransferEvent(repository=repository, action="transferred", former_owner=former, actor=by, at=self.now())
        self.events.emit(event)
        for installation in self.installations.values():
            if installation.covers(repository) and installation not in before:
                self._tell_coverage("added", installation, repository, by)

    def rename_account(self, account: Account, login: str, *, by: User) -> None:
        """Rename an account. Its repositories' old names redirect; the account's own do not."""
        if login.lower() in self.accounts and login.lower() != account.login.lower():
            raise ValueError(f"the login {login} is taken")
        former = account.login
        owned = [found for found in self.repositories.values() if found.owner is account]
        self.change_login(account, login)
        for repository in owned:
            del self.repositories[f"{former}/{repository.name}".lower()]
            self._former_names[f"{former}/{repository.name}".lower()] = repository
            self.repositories[repository.full_name.lower()] = repository
        for installation in self.installations.values():
            if installation.account is account:
                self.events.emit(
                    TargetRenamedEvent(installation=installation, former_login=former, actor=by, at=self.now())
                )

    def _move(self, repository: Repository, owner: Account, name: str) -> None:
        wanted, former = f"{owner.login}/{name}".lower(), repository.full_name.lower()
        if wanted in self.repositories and wanted != former:
            raise ValueError(f"{owner.login}/{name} exists already")
        del self.repositories[former]
        repository.owner, repository.name, repository.updated_at = owner, name, self.now()
        self._former_names[former] = repository
        self._former_names.pop(wanted, None)
        self.repositories[wanted] = repository

    def _tell_coverage(self, action: str, installation: Installation, repository: Repository, by: User) -> None:
        self.events.emit(
            InstallationRepositoriesEvent(
                action=action, installation=installation, added=(repository,) if action == "added" else (),
                removed=(repository,) if action == "removed" else (), actor=by, at=self.now(),
            )
        )  # fmt: skip

    # -- installations ---------------------------------------------------------------------------------------------

    def select_repositories(
        self,
        installation: Installation,
        *,
        add: Iterable[Repository] = (),
        remove: Iterable[Repository] = (),
        by: User | None = None,
    ) -> None:
        """Change which repositories a SELECTED installation covers."""
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
        """Return the repositories that an installation covers."""
        return [found for found in self.repositories.values() if installation.covers(found)]
