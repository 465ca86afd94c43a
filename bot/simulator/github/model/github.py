"""The whole simulated GitHub: everything is made, found and remembered from here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from bot.simulator.clock import Clock
from bot.simulator.github.git.store import File, GitStore
from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import Installation
from bot.simulator.github.model.accounts.directory import Directory
from bot.simulator.github.model.code.events import InstallationRepositoriesEvent, RepositoryEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.code.settings import Visibility
from bot.simulator.github.model.repository import Repository, complete
from bot.simulator.github.model.world.errors import not_found
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.world import Mergeability


class GitHub(Directory):
    """Accounts, Apps and repositories, their clock and their events. Git repositories live below `folder`."""

    def __init__(self, folder: Path, clock: Clock, *, mergeability: Mergeability = Mergeability.AFTER_ASKING) -> None:
        super().__init__(clock, mergeability=mergeability)
        self.folder = folder
        self.repositories: dict[str, Repository] = {}
        self._former_names: dict[str, Repository] = {}
        clock.on_jump(self._on_jump)

    @staticmethod
    def of(repository: CodeRepository) -> "GitHub":
        """The GitHub that a repository is on."""
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

    def repository(self, full_name: str) -> Repository:
        """A repository by `owner/name`, letter case does not count; refused when there is none."""
        found = self.repositories.get(full_name.lower())
        if found is None:
            raise not_found(f"Could not resolve to a Repository with the name '{full_name}'.")
        return found

    def find_repository(self, full_name: str) -> Repository | None:
        """The same, or None."""
        return self.repositories.get(full_name.lower())

    def moved(self, full_name: str) -> Repository | None:
        """The repository that had this name before it was renamed or transferred; None when the name is in use."""
        return None if full_name.lower() in self.repositories else self._former_names.get(full_name.lower())

    def network(self, repository: Repository) -> list[Repository]:
        """A repository, what it was forked from, and all their forks."""
        return [complete(found) for found in repository.network()]

    # -- what installations cover ----------------------------------------------------------------------------------

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
