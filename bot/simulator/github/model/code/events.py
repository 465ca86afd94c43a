"""Events of a repository: it was created or changed, or a branch or tag moved."""

from dataclasses import dataclass

from bot.simulator.github.model.accounts.accounts import Account
from bot.simulator.github.model.accounts.apps import Installation
from bot.simulator.github.model.accounts.events import Event
from bot.simulator.github.model.code.repository import CodeRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEvent(Event):
    """Something happened to a repository; `action` is GitHub's word: created, archived, edited, …"""

    repository: CodeRepository
    action: str = ""
    changes: tuple[tuple[str, str], ...] = ()  # field → its former value


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEvent(RepositoryEvent):
    """The repository has a new owner."""

    former_owner: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class PushEvent(RepositoryEvent):
    """A branch or tag moved. Zero id: it did not exist or was deleted; `commits` are the new ones, oldest first."""

    ref: str
    before: str
    after: str
    forced: bool
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEvent(RepositoryEvent):
    """A branch or tag was created; `name` is short."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteEvent(RepositoryEvent):
    """A branch or tag was deleted; `name` is short."""

    ref: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRepositoriesEvent(Event):
    """added, removed."""

    action: str
    installation: Installation
    added: tuple[CodeRepository, ...] = ()
    removed: tuple[CodeRepository, ...] = ()
