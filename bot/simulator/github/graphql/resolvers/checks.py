"""Resolvers of check runs, check suites, commit statuses and their rollup."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.simulator.github.graphql.context import Info, Resolvers, always, context
from bot.simulator.github.graphql.paging import Page, paginate
from bot.simulator.github.graphql.resolvers.conversation import filtered_pulls
from bot.simulator.github.graphql.resolvers.objects import CommitObject, commit_object, ref_object
from bot.simulator.github.model.checks.runs import Annotation, CheckRun, CheckStatus, CheckSuite
from bot.simulator.github.model.checks.statuses import CommitStatus, StatusState
from bot.simulator.github.model.pulls.pull_request import PullRequest
from bot.simulator.github.model.repository import complete
from bot.simulator.github.model.world.ids import Kind, node_id


@dataclass(frozen=True, slots=True)
class Rollup:
    """The checks and statuses of a commit, and their combined state."""

    commit: CommitObject
    contexts: Sequence[CheckRun | CommitStatus]
    state: StatusState


@dataclass(frozen=True, slots=True)
class Status:
    """The commit statuses alone."""

    commit: CommitObject
    contexts: Sequence[CommitStatus]
    state: StatusState


@dataclass(frozen=True, slots=True)
class Count:
    """The number of contexts in a state."""

    state: str
    count: int


def run_state(run: CheckRun) -> str:
    """Return GraphQL's CheckRunState: the conclusion, or the status until there is one."""
    return run.conclusion.value if run.conclusion else run.status.value


def _counts(states: list[str]) -> list[Count]:
    return [Count(state, count) for state, count in sorted(Counter(states).items())]


def _runs(page: Page) -> list[CheckRun]:
    return [item for item in _all(page) if isinstance(item, CheckRun)]


def _statuses(page: Page) -> list[CommitStatus]:
    return [item for item in _all(page) if isinstance(item, CommitStatus)]


def _all(page: Page) -> Sequence[object]:
    return page.all if isinstance(page.all, Sequence) else ()


def _is_required(
    found: CheckRun | CommitStatus,
    info: Info,
    pull_request_id: str | None = None,
    pull_request_number: int | None = None,
) -> bool:
    pull: object = context(info).github.node(pull_request_id) if pull_request_id else None
    if pull_request_number is not None:
        pull = complete(found.repository).pull(pull_request_number)
    if not isinstance(pull, PullRequest):
        return False
    name = found.name if isinstance(found, CheckRun) else found.context
    return any(check.context == name for check in pull.required_checks())


def _suite_runs(suite: CheckSuite, info: Info, filter_by: dict[str, object] | None = None, **bounds: object) -> Page:
    wanted = filter_by or {}
    found = suite.runs if wanted.get("check_type") == "ALL" else suite.latest()
    statuses = wanted.get("statuses")
    conclusions = wanted.get("conclusions")
    found = [
        run
        for run in found
        if wanted.get("check_name") in {None, run.name}
        and wanted.get("app_id") in {None, suite.app.id}
        and wanted.get("status") in {None, run.status.value}
        and (not isinstance(statuses, list) or run.status.value in statuses)
        and (not isinstance(conclusions, list) or (run.conclusion and run.conclusion.value in conclusions))
    ]
    return paginate(info, found, bounds)


def _run_path(run: CheckRun) -> str:
    return f"/{run.repository.full_name}/runs/{run.id}"


RESOLVERS: Resolvers = {
    "StatusCheckRollup": {
        "id": lambda found, _: node_id(Kind.STATUS, found.commit.repository.id, f"rollup-{found.commit.oid}"),
        "contexts": lambda found, info, **bounds: paginate(info, found.contexts, bounds),
    },
    "StatusCheckRollupContextConnection": {
        "checkRunCount": lambda page, _: len(_runs(page)),
        "checkRunCountsByState": lambda page, _: _counts([run_state(run) for run in _runs(page)]),
        "statusContextCount": lambda page, _: len(_statuses(page)),
        "statusContextCountsByState": lambda page, _: _counts([status.state.value for status in _statuses(page)]),
    },
    "Status": {
        "id": lambda found, _: node_id(Kind.STATUS, found.commit.repository.id, f"combined-{found.commit.oid}"),
        "context": lambda found, _, name: next((status for status in found.contexts if status.context == name), None),
    },
    "StatusContext": {
        "id": lambda status, _: status.node_id,
        "commit": lambda status, _: commit_object(status.repository, status.sha),
        "isRequired": _is_required,
    },
    "CheckRun": {
        "id": lambda run, _: run.node_id,
        "databaseId": lambda run, _: run.id,
        "startedAt": lambda run, _: run.started_at if run.status is not CheckStatus.QUEUED else None,
        "detailsUrl": lambda run, info: run.details_url or context(info).html + _run_path(run),
        "title": lambda run, _: run.output.title,
        "summary": lambda run, _: run.output.summary,
        "text": lambda run, _: run.output.text,
        "permalink": lambda run, info: context(info).html + _run_path(run),
        "url": lambda run, info: context(info).html + _run_path(run),
        "resourcePath": lambda run, _: _run_path(run),
        "annotations": lambda run, info, **bounds: paginate(
            info,
            run.output.annotations,
            bounds,
            lambda found: RunAnnotation(run, found),  # type: ignore[arg-type]
        ),
        "checkSuite": lambda run, _: run.suite,
        "isRequired": _is_required,
    },
    "CheckSuite": {
        "id": lambda suite, _: suite.node_id,
        "databaseId": lambda suite, _: suite.id,
        "branch": lambda suite, _: ref_object(suite.repository, suite.head_branch) if suite.head_branch else None,
        "commit": lambda suite, _: commit_object(suite.repository, suite.head_sha),
        "checkRuns": _suite_runs,
        "url": lambda suite, info: f"{context(info).html}/{suite.repository.full_name}/commit/{suite.head_sha}/checks",
        "resourcePath": lambda suite, _: f"/{suite.repository.full_name}/commit/{suite.head_sha}/checks",
        "workflowRun": always(None),  # GitHub Actions is not simulated; other Apps have none either
        "matchingPullRequests": lambda suite, info, **arguments: filtered_pulls(
            info, [pull for pull in suite.repository.pulls if pull.head_oid == suite.head_sha], arguments
        ),
    },
    "CheckAnnotation": {
        "annotationLevel": lambda found, _: found.annotation.level.upper(),
        "blobUrl": lambda found, info: (
            f"{context(info).html}/{found.run.repository.full_name}/blob/{found.run.head_sha}/{found.annotation.path}"
        ),
        "databaseId": always(None),
        "location": lambda found, _: found.annotation,
        "message": lambda found, _: found.annotation.message,
        "path": lambda found, _: found.annotation.path,
        "rawDetails": lambda found, _: found.annotation.raw_details,
        "title": lambda found, _: found.annotation.title,
    },
    "CheckAnnotationSpan": {
        "start": lambda found, _: Position(found.start_line, found.start_column),
        "end": lambda found, _: Position(found.end_line, found.end_column),
    },
}


@dataclass(frozen=True, slots=True)
class RunAnnotation:
    """An annotation with its check run."""

    run: CheckRun
    annotation: Annotation


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a file."""

    line: int
    column: int | None


TYPES: dict[type, str] = {
    CheckRun: "CheckRun",
    CheckSuite: "CheckSuite",
    CommitStatus: "StatusContext",
    Rollup: "StatusCheckRollup",
    Status: "Status",
}
