"""GitHub Apps, their bot users, and their installations on accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum
from typing import Protocol

from bot.simulator.github.model.accounts.accounts import Account, AccountKind, User
from bot.simulator.github.model.accounts.events import Event
from bot.simulator.github.model.world.ids import Kind, node_id


class Access(IntEnum):
    """The level of one permission of an App."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclass(eq=False, slots=True, kw_only=True)
class Bot(User):
    """An App's own user."""

    app: "App"

    kind = AccountKind.BOT


@dataclass(eq=False, slots=True, kw_only=True)
class App:
    """A GitHub App. `public_key` is the PEM text that verifies its JWTs; `permissions` have REST's names.

    setup_url: where people are sent after they installed it. external_url: its home page, None for its page on GitHub.
    """

    id: int
    slug: str
    name: str
    owner: Account
    permissions: Mapping[str, Access]
    events: tuple[str, ...]
    client_id: str
    webhook_url: str | None = None
    webhook_secret: str | None = None
    public_key: str | None = None
    setup_url: str | None = None
    description: str = ""
    external_url: str | None = None
    created_at: datetime
    bot: Bot = field(init=False)
    installations: list["Installation"] = field(default_factory=list)

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.APP, self.id)


class RepositorySelection(Enum):
    """Whether an installation covers all repositories or selected ones."""

    ALL = "all"
    SELECTED = "selected"


class Owned(Protocol):
    """What an installation needs to know of a repository: its owner."""

    owner: Account


@dataclass(eq=False, slots=True, kw_only=True)
class Installation:
    """An App on an account. `selected` applies only if `selection` is SELECTED."""

    id: int
    app: App
    account: Account
    permissions: Mapping[str, Access]
    events: tuple[str, ...]
    selection: RepositorySelection
    selected: list[Owned] = field(default_factory=list)
    created_at: datetime
    updated_at: datetime
    suspended_at: datetime | None = None
    suspended_by: User | None = None

    def covers(self, repository: Owned) -> bool:
        """Report whether the installation covers this repository."""
        if repository.owner is not self.account:
            return False
        return self.selection is RepositorySelection.ALL or repository in self.selected


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRenamedEvent(Event):
    """The account on which an App is installed was renamed."""

    installation: Installation
    former_login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationEvent(Event):
    """created, deleted, suspend, unsuspend, new_permissions_accepted."""

    action: str
    installation: Installation
