"""Events of check runs, check suites and statuses."""

from dataclasses import dataclass

from bot.simulator.github.model.checks.runs import CheckRun, CheckSuite
from bot.simulator.github.model.checks.statuses import CommitStatus
from bot.simulator.github.model.code.events import RepositoryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunEvent(RepositoryEvent):
    """created, completed, rerequested, requested_action."""

    run: CheckRun
    requested_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSuiteEvent(RepositoryEvent):
    """completed, requested, rerequested."""

    suite: CheckSuite


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent(RepositoryEvent):
    """A commit status was created."""

    status: CommitStatus
