"""The complete repository: code, issues, checks, deployments, protection and pull requests."""

from dataclasses import dataclass, field

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.branches import pushes, renaming
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.deployments.deployments import Deployments
from bot.simulator.github.model.pulls.repository import PullRepository


@dataclass(eq=False, kw_only=True)
class Repository(PullRepository):
    """A complete repository."""

    deployments: Deployments = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.deployments = Deployments(self)

    def after_move(self, name: str, *, before: str, after: str, by: User) -> None:
        """Emit the events of a moved ref (zero id: created or deleted), then update pull requests."""
        pushes.follow(self, pushes.Move(name=name, before=before, after=after, by=by))

    def rename_branch(self, old: str, new: str, *, by: User) -> None:
        """Rename a branch, with all consequences (see renaming.py)."""
        renaming.rename_branch(self, old, new, by=by)

    def archive(self, *, by: User) -> None:
        """Archive it, which makes it read-only."""
        self.is_archived = True
        self.github.events.emit(RepositoryEvent(repository=self, action="archived", actor=by, at=self.github.now()))

    def unarchive(self, *, by: User) -> None:
        """Unarchive it."""
        self.is_archived = False
        self.github.events.emit(RepositoryEvent(repository=self, action="unarchived", actor=by, at=self.github.now()))


def complete(repository: CodeRepository) -> Repository:
    """Narrow a repository that another class knows only as its code to the complete class."""
    if not isinstance(repository, Repository):
        raise TypeError(f"{repository.full_name} has code only")
    return repository
