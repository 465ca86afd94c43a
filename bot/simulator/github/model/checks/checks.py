"""All check runs, check suites and statuses on the commits of one repository.

No check starts by itself: tests and the demo play CI, as Apps and people do on GitHub.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.simulator.github.model.accounts.accounts import User
from bot.simulator.github.model.accounts.apps import App
from bot.simulator.github.model.checks.events import CheckRunEvent, CheckSuiteEvent, StatusEvent
from bot.simulator.github.model.checks.runs import CheckRun, CheckStatus, CheckSuite, Conclusion, RunDetails
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.world.errors import unprocessable
from bot.simulator.github.model.world.ids import Kind
from bot.simulator.github.model.world.limits import check_output, check_status

STALE = timedelta(days=14)
MOST_OF_A_NAME = 1_000
"""Older ones are deleted: https://docs.github.com/en/rest/checks/runs#create-a-check-run"""


class Checks:
    """All checks and statuses of one repository."""

    def __init__(self, repository: CodeRepository) -> None:
        self._repository = repository
        self.suites: defaultdict[str, list[CheckSuite]] = defaultdict(list)
        self.statuses: defaultdict[str, list[CommitStatus]] = defaultdict(list)
        self._unfinished: dict[int, CheckRun] = {}

    def create_run(
        self, sha: str, name: str, *, app: App, details: RunDetails | None = None, suite: CheckSuite | None = None
    ) -> CheckRun:
        """Create a check run on an existing commit; a conclusion completes it.

        suite: of a workflow; by default the App's first suite on the commit, created if needed.
        """
        github = self._repository.github
        if not self._repository.store.has_commit(sha):
            raise unprocessable(f"No commit found for SHA: {sha}")
        _check_output(details)
        now = github.now()
        run = CheckRun(
            id=github.ids.next(Kind.CHECK_RUN), suite=suite or self._suite(sha, app), name=name,
            status=CheckStatus.QUEUED, conclusion=None, started_at=now, completed_at=None, created_at=now,
        )  # fmt: skip
        run.suite.runs.append(run)
        run.suite.is_cleared = False
        self._drop_oldest(run.suite, name)
        github.remember(run)
        _fill(run, details or RunDetails(), now)
        self._keep_unfinished(run)
        self._tell(run, "created", app.bot)
        if run.status is CheckStatus.COMPLETED:
            self._completed(run, app.bot)
        return run

    def update_run(self, run: CheckRun, details: RunDetails, *, by: User | None = None) -> None:
        """Change a run; completing it emits an event."""
        _check_output(details)
        was, now = run.status, self._repository.github.now()
        _fill(run, details, now)
        run.suite.updated_at, run.suite.is_cleared = now, False
        self._keep_unfinished(run)
        self._repository.github.events.touch()
        if run.status is CheckStatus.COMPLETED and was is not CheckStatus.COMPLETED:
            self._completed(run, by or run.suite.app.bot)
        else:
            self._repository.reconsider(run.head_sha)

    def rerequest(self, run: CheckRun, *, by: User) -> None:
        """Request a run again: its suite is reset, the run is unchanged, and its App receives an event.

        https://docs.github.com/en/rest/checks/runs#rerequest-a-check-run
        """
        self._clear(run.suite)
        self._tell(run, "rerequested", by)

    def rerequest_suite(self, suite: CheckSuite, *, by: User) -> None:
        """Request all runs of a suite again: https://docs.github.com/en/rest/checks/suites#rerequest-a-check-suite"""
        self._clear(suite)
        self._tell_suite(suite, "rerequested", by)

    def request(self, sha: str, *, app: App, by: User) -> None:
        """After a push, request checks from an App in a new suite."""
        self._tell_suite(self._suite(sha, app), "requested", by)

    def start_suite(self, sha: str, *, app: App) -> CheckSuite:
        """Create a further suite of an App on a commit: GitHub Actions has one per workflow run."""
        github = self._repository.github
        now = github.now()
        suite = CheckSuite(
            id=github.ids.next(Kind.CHECK_SUITE), repository=self._repository, app=app, head_sha=sha,
            head_branch=self._repository.branch_at(sha), created_at=now, updated_at=now,
        )  # fmt: skip
        self.suites[sha].append(suite)
        github.remember(suite)
        return suite

    def expire(self) -> None:
        """Mark runs as stale after fourteen days of waiting.

        https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks#about-check-suites
        """
        for run in [one for one in self._unfinished.values() if self._repository.github.now() - one.created_at > STALE]:
            _conclude(run, RunDetails(conclusion=Conclusion.STALE), self._repository.github.now())
            self._keep_unfinished(run)
            self._completed(run, run.suite.app.bot)

    def request_action(self, run: CheckRun, identifier: str, *, by: User) -> None:
        """Press one of a run's buttons."""
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
        """Create a commit status."""
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
        """Return the newest run per App and name, oldest first."""
        return [run for suite in self.suites.get(sha, ()) for run in suite.latest()]

    def latest_statuses(self, sha: str) -> list[CommitStatus]:
        """Return the newest status per context, in the order of each context's first status."""
        return list({status.context: status for status in self.statuses.get(sha, ())}.values())

    def contexts(self, sha: str) -> list[CheckRun | CommitStatus]:
        """Return the runs and statuses of a commit's rollup."""
        return [*self.latest_runs(sha), *self.latest_statuses(sha)]

    def _suite(self, sha: str, app: App) -> CheckSuite:
        for suite in self.suites[sha]:
            if suite.app is app:
                return suite
        return self.start_suite(sha, app=app)

    def _keep_unfinished(self, run: CheckRun) -> None:
        if run.status is CheckStatus.COMPLETED:
            self._unfinished.pop(run.id, None)
        else:
            self._unfinished[run.id] = run

    @staticmethod
    def _clear(suite: CheckSuite) -> None:
        suite.is_cleared = True
        suite.repository.github.events.touch()

    def _drop_oldest(self, suite: CheckSuite, name: str) -> None:
        same = [run for run in suite.runs if run.name == name]
        for run in same[:-MOST_OF_A_NAME]:
            suite.runs.remove(run)
            self._unfinished.pop(run.id, None)
            self._repository.github.forget(run)

    def _completed(self, run: CheckRun, by: User) -> None:
        self._tell(run, "completed", by)
        if run.suite.status is CheckStatus.COMPLETED:
            self._tell_suite(run.suite, "completed", by)
        self._repository.reconsider(run.head_sha)

    def _tell_suite(self, suite: CheckSuite, action: str, by: User) -> None:
        github = self._repository.github
        github.events.emit(
            CheckSuiteEvent(repository=self._repository, action=action, suite=suite, actor=by, at=github.now())
        )

    def _tell(self, run: CheckRun, action: str, by: User, requested: str | None = None) -> None:
        self._repository.github.events.emit(
            CheckRunEvent(
                repository=self._repository, action=action, run=run, requested_action=requested, actor=by,
                at=self._repository.github.now(),
            )
        )  # fmt: skip


def rollup(contexts: Sequence[CheckRun | CommitStatus]) -> StatusState | None:
    """Return the combined state, the worst first; None without any context."""
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
        # Each update appends annotations: https://docs.github.com/en/rest/checks/runs#update-a-check-run
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
