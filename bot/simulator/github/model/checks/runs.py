"""Check runs and their suites."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bot.simulator.github.model.accounts.apps import App
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.ids import Kind, node_id


class CheckStatus(Enum):
    """The progress of a check run."""

    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


class Conclusion(Enum):
    """The conclusion of a check run."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    NEUTRAL = "NEUTRAL"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"
    TIMED_OUT = "TIMED_OUT"
    ACTION_REQUIRED = "ACTION_REQUIRED"
    STALE = "STALE"
    STARTUP_FAILURE = "STARTUP_FAILURE"


GREEN = frozenset({Conclusion.SUCCESS, Conclusion.NEUTRAL, Conclusion.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark on lines of a file; `level` is notice, warning or failure."""

    path: str
    start_line: int
    end_line: int
    level: str
    message: str
    title: str | None = None
    raw_details: str | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The output of a check run."""

    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAction:
    """A button on a completed check run."""

    label: str
    description: str
    identifier: str


@dataclass(eq=False, slots=True, kw_only=True)
class CheckSuite:
    """Check runs of one App on one commit: all, or those of one workflow. is_cleared: it was requested again."""

    id: int
    repository: CodeRepository
    app: App
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime
    runs: list["CheckRun"] = field(default_factory=list)
    is_cleared: bool = False

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.CHECK_SUITE, self.id)

    def latest(self) -> list["CheckRun"]:
        """Return the newest run of each name."""
        return list({run.name: run for run in self.runs}.values())

    @property
    def status(self) -> CheckStatus:
        """Return COMPLETED if every latest run is."""
        if self.is_cleared:
            return CheckStatus.QUEUED
        states = {run.status for run in self.latest()}
        if states <= {CheckStatus.COMPLETED} and states:
            return CheckStatus.COMPLETED
        return CheckStatus.QUEUED if states <= {CheckStatus.QUEUED} else CheckStatus.IN_PROGRESS

    @property
    def conclusion(self) -> Conclusion | None:
        """Return the worst conclusion of its runs, once completed."""
        if self.status is not CheckStatus.COMPLETED:
            return None
        found = [run.conclusion for run in self.latest()]
        worst = [conclusion for conclusion in found if conclusion not in GREEN]
        return worst[0] if worst else next((c for c in found if c is Conclusion.SUCCESS), found[0])


@dataclass(eq=False, slots=True, kw_only=True)
class CheckRun:
    """One check run."""

    id: int
    suite: CheckSuite
    name: str
    status: CheckStatus
    conclusion: Conclusion | None
    started_at: datetime
    completed_at: datetime | None
    created_at: datetime
    details_url: str | None = None
    external_id: str = ""
    output: Output = field(default_factory=Output)
    actions: tuple[CheckAction, ...] = ()

    @property
    def node_id(self) -> str:
        """Return the node id."""
        return node_id(Kind.CHECK_RUN, self.id)

    @property
    def repository(self) -> CodeRepository:
        """Return its repository."""
        return self.suite.repository

    @property
    def head_sha(self) -> str:
        """Return the commit that it checks."""
        return self.suite.head_sha

    @property
    def state(self) -> StatusState:
        """Return its state in the rollup."""
        if self.conclusion is None or self.conclusion is Conclusion.STALE:
            return StatusState.PENDING
        return StatusState.SUCCESS if self.conclusion in GREEN else StatusState.FAILURE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDetails:
    """The fields given when creating or updating a check run; None leaves a field unchanged."""

    status: CheckStatus | None = None
    conclusion: Conclusion | None = None
    name: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    details_url: str | None = None
    external_id: str | None = None
    output: Output | None = None
    actions: tuple[CheckAction, ...] | None = None
