"""The repository into which a pull request goes, as pull requests see it."""

from dataclasses import dataclass, field
from typing import Protocol

from bot.simulator.github.model.checks.repository import CheckedRepository
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.conversations.conversation import Conversation
from bot.simulator.github.model.conversations.repository import IssueRepository
from bot.simulator.github.model.protection.repository import ProtectedRepository


class PullRequestList(Protocol):
    """What a pull request needs from the list that contains it. It identifies itself by its number."""

    def find_open(self, source: CodeRepository | None, branch: str, base: str) -> Conversation | None:
        """Return the open one from a branch into a base. There is at most one."""

    def closed(self, number: int) -> None:
        """Record that it was closed."""

    def reopened(self, number: int) -> None:
        """Record that it was reopened."""

    def merged(self, number: int, tip: str) -> None:
        """Record that it was merged. `tip`: the base's head afterwards."""


@dataclass(eq=False, kw_only=True)
class TargetRepository(IssueRepository, CheckedRepository, ProtectedRepository):
    """All that a pull request knows of its base repository."""

    pull_requests: PullRequestList = field(init=False)
