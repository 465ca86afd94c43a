"""A complete repository: code, issues, checks, protection and pull requests, and what follows when a branch moves."""

from dataclasses import dataclass

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.branches import pushes, renaming
from bot.simulator.github.model.code.events import RepositoryEvent
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.pulls.repository import PullRepository


@dataclass(eq=False, kw_only=True)
class Repository(PullRepository):
    """A repository, with everything in it."""

    def after_move(self, name: str, *, before: str, after: str, by: User) -> None:
        """A ref has moved (the zero id: was not there, is gone): tell of it, then let pull requests follow."""
        pushes.follow(self, pushes.Move(name=name, before=before, after=after, by=by))

    def rename_branch(self, old: str, new: str, *, by: User) -> None:
        """Give a branch another name, with all that follows (see renaming)."""
        renaming.rename_branch(self, old, new, by=by)

    def archive(self, *, by: User) -> None:
        """Make it read-only."""
        self.is_archived = True
        self.github.events.emit(RepositoryEvent(repository=self, action="archived", actor=by, at=self.github.now()))

    def unarchive(self, *, by: User) -> None:
        """Undo archiving."""
        self.is_archived = False
        self.github.events.emit(RepositoryEvent(repository=self, action="unarchived", actor=by, at=self.github.now()))


def complete(repository: CodeRepository) -> Repository:
    """Return the same repository, with everything in it: a noun knows no more of where it is than its code."""
    if not isinstance(repository, Repository):
        raise TypeError(f"{repository.full_name} has code only")
    return repository
