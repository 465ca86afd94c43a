"""The repository that a pull request goes into, as pull requests see it."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.simulator.github.model.checks.repository import CheckedRepository
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.conversations.repository import IssueRepository
from bot.simulator.github.model.protection.repository import ProtectedRepository


class PullRequestList(Protocol):
    """What a pull request asks and tells the list that it is in. It names itself by its number."""

    def find_open(self, source: CodeRepository | None, branch: str, base: str) -> Conversation | None:
        """Return the open one from a branch into a base: there is never more than one."""

    def closed(self, number: int) -> None:
        """It is closed."""

    def reopened(self, number: int) -> None:
        """It is open again."""

    def merged(self, number: int, tip: str) -> None:
        """It came into its base, whose newest commit is then `tip`."""


@dataclass(eq=False, kw_only=True)
class TargetRepository(IssueRepository, CheckedRepository, ProtectedRepository):
    """All that a pull request knows of the repository that it goes into."""

    pull_requests: PullRequestList = field(init=False)
