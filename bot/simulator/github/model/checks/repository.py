"""The part of a repository that concerns checks."""

from dataclasses import dataclass, field

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import App
from bot.simulator.github.model.checks.checks import Checks
from bot.simulator.github.model.checks.runs import CheckRun, RunDetails
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState
from bot.simulator.github.model.code.repository import CodeRepository


@dataclass(eq=False, kw_only=True)
class CheckedRepository(CodeRepository):
    """A repository with checks and statuses."""

    checks: Checks = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.checks = Checks(self)

    def create_check_run(self, sha: str, name: str, *, app: App, details: RunDetails | None = None) -> CheckRun:
        """Create a check run on a commit (see Checks)."""
        return self.checks.create_run(sha, name, app=app, details=details)

    def set_status(
        self,
        sha: str,
        context: str,
        state: StatusState,
        *,
        by: User,
        description: str | None = None,
        target_url: str | None = None,
    ) -> CommitStatus:
        """Create a commit status (see Checks)."""
        return self.checks.set_status(sha, context, state, by=by, description=description, target_url=target_url)
