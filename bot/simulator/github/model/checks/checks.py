"""Everything that CI and other observers have reported about the commits of one repository.

No check appears by itself: tests and the demo play CI, as Apps and people do against the real one.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import App
from bot.simulator.github.model.checks.events import CheckRunEvent, CheckSuiteEvent, StatusEvent
from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus, CheckSuite, RunDetails
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.errors import unprocessable
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.limits import check_output, check_status


class Checks:
    """Everything said about the commits of one repository."""

    def __init__(self, repository: CodeRepository) -> None:
        self._repository = repository
        self.suites: defaultdict[str, list[CheckSuite]] = defaultdict(list)
        self.statuses: defaultdict[str, list[CommitStatus]] = defaultdict(list)

    def create_run(self, sha: str, name: str, *, app: App, details: RunDetails | None = None) -> CheckRun:
        """A new check run on a commit; a conclusion completes it. The commit must exist."""
        github = self._repository.github
        if not self._repository.store.has_commit(sha):
            raise unprocessable(f"No commit found for SHA: {sha}")
        _check_output(details)
        now = github.now()
        run = CheckRun(
            id=github.ids.next(Kind.CHECK_RUN), suite=self._suite(sha, app), name=name, status=CheckStatus.QUEUED,
            conclusion=None, started_at=now, completed_at=None,
        )  # fmt: skip
        run.suite.runs.append(run)
        github.remember(run)
        _fill(run, details or RunDetails(), now)
        self._tell(run, "created", app.bot)
        if run.status is CheckStatus.COMPLETED:
            self._completed(run, app.bot)
        return run

    def update_run(self, run: CheckRun, details: RunDetails, *, by: User | None = None) -> None:
        """Change a run; completing it is told."""
        _check_output(details)
        was, now = run.status, self._repository.github.now()
        _fill(run, details, now)
        run.suite.updated_at = now
        self._repository.github.events.touch()
        if run.status is CheckStatus.COMPLETED and was is not CheckStatus.COMPLETED:
            self._completed(run, by or run.suite.app.bot)
        else:
            self._repository.reconsider(run.head_sha)

    def rerequest(self, run: CheckRun, *, by: User) -> None:
        """Somebody asks for a run once more: it waits again, and its App is told."""
        run.status, run.conclusion, run.completed_at = CheckStatus.QUEUED, None, None
        self._tell(run, "rerequested", by)

    def request_action(self, run: CheckRun, identifier: str, *, by: User) -> None:
        """Somebody presses one of a run's buttons."""
        if identifier not in {action.identifier for action in run.actions}:
            raise unprocessable(f"Check run {run.name} has no action {identifier}")
        self._tell(run, "requested_action", by, identifier)

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
        """A new commit status."""
        github = self._repository.github
        if not self._repository.store.has_commit(sha):
            raise unprocessable(f"No commit found for SHA: {sha}")
        check_status(description)
        status = CommitStatus(
            id=github.ids.next(Kind.STATUS), repository=self._repository, sha=sha, context=context, state=state,
            description=description, target_url=target_url, creator=by, created_at=github.now(),
        )  # fmt: skip
        self.statuses[sha].append(status)
        github.remember(status)
        github.events.emit(StatusEvent(repository=self._repository, status=status, actor=by, at=status.created_at))
        self._repository.reconsider(sha)
        return status

    def latest_runs(self, sha: str) -> list[CheckRun]:
        """The newest run per App and name, oldest first."""
        return [run for suite in self.suites.get(sha, ()) for run in suite.latest()]

    def latest_statuses(self, sha: str) -> list[CommitStatus]:
        """The newest status per context, in the order the contexts first appeared."""
        return list({status.context: status for status in self.statuses.get(sha, ())}.values())

    def contexts(self, sha: str) -> list[CheckRun | CommitStatus]:
        """What the rollup of a commit is made of."""
        return [*self.latest_runs(sha), *self.latest_statuses(sha)]

    def _suite(self, sha: str, app: App) -> CheckSuite:
        for suite in self.suites[sha]:
            if suite.app is app:
                return suite
        github = self._repository.github
        now = github.now()
        suite = CheckSuite(
            id=github.ids.next(Kind.CHECK_SUITE), repository=self._repository, app=app, head_sha=sha,
            head_branch=self._repository.branch_at(sha), created_at=now, updated_at=now,
        )  # fmt: skip
        self.suites[sha].append(suite)
        github.remember(suite)
        return suite

    def _completed(self, run: CheckRun, by: User) -> None:
        self._tell(run, "completed", by)
        if run.suite.status is CheckStatus.COMPLETED:
            event = CheckSuiteEvent(
                repository=self._repository,
                action="completed",
                suite=run.suite,
                actor=by,
                at=self._repository.github.now(),
            )
            self._repository.github.events.emit(event)
        self._repository.reconsider(run.head_sha)

    def _tell(self, run: CheckRun, action: str, by: User, requested: str | None = None) -> None:
        self._repository.github.events.emit(
            CheckRunEvent(
                repository=self._repository, action=action, run=run, requested_action=requested, actor=by,
                at=self._repository.github.now(),
            )
        )  # fmt: skip


def rollup(contexts: Sequence[CheckRun | CommitStatus]) -> StatusState | None:
    """One state for all, the worst first; None without any."""
    states = {context.state for context in contexts}
    order = (StatusState.FAILURE, StatusState.ERROR, StatusState.EXPECTED, StatusState.PENDING, StatusState.SUCCESS)
    return next((state for state in order if state in states), None)


def _check_output(details: RunDetails | None) -> None:
    if details is not None and details.output is not None:
        check_output(details.output.summary, "summary")
        check_output(details.output.text, "text")


def _fill(run: CheckRun, details: RunDetails, now: datetime) -> None:
    run.name = details.name or run.name
    run.started_at = details.started_at or run.started_at
    run.details_url = details.details_url if details.details_url is not None else run.details_url
    run.external_id = details.external_id if details.external_id is not None else run.external_id
    run.actions = details.actions if details.actions is not None else run.actions
    if details.output is not None:
        # Annotations add up over updates. https://docs.github.com/en/rest/checks/runs#update-a-check-run
        run.output = replace(details.output, annotations=run.output.annotations + details.output.annotations)
    _conclude(run, details, now)


def _conclude(run: CheckRun, details: RunDetails, now: datetime) -> None:
    if details.status is CheckStatus.COMPLETED and details.conclusion is None:
        raise unprocessable("Invalid request. A completed check run needs a conclusion")
    if details.conclusion is not None:
        run.status, run.conclusion = CheckStatus.COMPLETED, details.conclusion
        run.completed_at = details.completed_at or now
    elif details.status is not None:
        run.status, run.conclusion, run.completed_at = details.status, None, None
