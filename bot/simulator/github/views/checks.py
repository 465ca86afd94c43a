"""Check runs, check suites and commit statuses."""

from typing import Any

from bot.simulator.github.git.store import ZERO
from bot.simulator.github.model.checks.runs import CheckRun, CheckSuite
from bot.simulator.github.model.checks.statuses import CommitStatus
from bot.simulator.github.model.repository import complete
from bot.simulator.github.views.accounts import account, app, moment, optional_moment
from bot.simulator.github.views.git import simple_commit
from bot.simulator.github.views.links import Links
from bot.simulator.github.views.pulls import minimal_pull_request
from bot.simulator.github.views.repository import repository

Json = dict[str, Any]


def check_run(links: Links, one: CheckRun) -> Json:
    """Return the form of a check run in the API, with its suite by id only."""
    url = f"{links.repository(one.repository)}/check-runs/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "node_id": one.node_id,
        "head_sha": one.head_sha,
        "external_id": one.external_id,
        "url": url,
        "html_url": f"{links.repository_page(one.repository)}/runs/{one.id}",
        "details_url": one.details_url or f"{links.repository_page(one.repository)}/runs/{one.id}",
        "status": one.status.value.lower(),
        "conclusion": one.conclusion.value.lower() if one.conclusion else None,
        "started_at": moment(one.started_at),
        "completed_at": optional_moment(one.completed_at),
        "output": {
            "title": one.output.title,
            "summary": one.output.summary,
            "text": one.output.text,
            "annotations_count": len(one.output.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": app(links, one.suite.app),
        "pull_requests": _pull_requests(links, one.suite),
    }


def check_suite(links: Links, one: CheckSuite) -> Json:
    """Return the form of a check suite in the API."""
    before, after = _moved(one)
    return {
        "id": one.id,
        "node_id": one.node_id,
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": one.status.value.lower(),
        "conclusion": one.conclusion.value.lower() if one.conclusion else None,
        "url": f"{links.repository(one.repository)}/check-suites/{one.id}",
        "before": before,
        "after": after,
        "pull_requests": _pull_requests(links, one),
        "app": app(links, one.app),
        "repository": repository(links, one.repository),
        "created_at": moment(one.created_at),
        "updated_at": moment(one.updated_at),
        "head_commit": simple_commit(one.repository.store.commit(one.head_sha)),
        "latest_check_runs_count": len(one.latest()),
        "check_runs_url": f"{links.repository(one.repository)}/check-suites/{one.id}/check-runs",
        "rerequestable": True,
        "runs_rerequestable": True,
    }


def annotations(one: CheckRun, links: Links) -> list[Json]:
    """Return the form of `GET …/check-runs/{check_run_id}/annotations`."""
    page = f"{links.repository_page(one.repository)}/blob/{one.head_sha}"
    return [
        {
            "path": found.path,
            "blob_href": f"{page}/{found.path}",
            "start_line": found.start_line,
            "end_line": found.end_line,
            "start_column": found.start_column,
            "end_column": found.end_column,
            "annotation_level": found.level,
            "title": found.title,
            "message": found.message,
            "raw_details": found.raw_details,
        }
        for found in one.output.annotations
    ]


def check_run_in_webhook(links: Links, one: CheckRun) -> Json:
    """Return the form of a check run in webhooks: with its suite, without repository and commit."""
    suite = check_suite(links, one.suite)
    absent = {
        "repository",
        "head_commit",
        "latest_check_runs_count",
        "check_runs_url",
        "rerequestable",
        "runs_rerequestable",
    }
    return check_run(links, one) | {"check_suite": {key: value for key, value in suite.items() if key not in absent}}


def check_suite_in_webhook(links: Links, one: CheckSuite) -> Json:
    return {key: value for key, value in check_suite(links, one).items() if key != "repository"}


def status(links: Links, one: CommitStatus) -> Json:
    """Return a commit status with its creator."""
    return simple_status(links, one) | {"creator": account(links, one.creator)}


def simple_status(links: Links, one: CommitStatus) -> Json:
    """Return a commit status inside the combined one."""
    return {
        "url": f"{links.repository(one.repository)}/statuses/{one.sha}",
        "avatar_url": links.avatar(one.creator.id),
        "id": one.id,
        "node_id": one.node_id,
        "state": one.state.value.lower(),
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": moment(one.created_at),
        "updated_at": moment(one.created_at),
    }


def _pull_requests(links: Links, suite: CheckSuite) -> list[Json]:
    """Return open pull requests of this repository, not of forks, with the suite's commit as head."""
    return [
        minimal_pull_request(links, pull)
        for pull in complete(suite.repository).open_pulls
        if pull.head_oid == suite.head_sha and not pull.is_cross_repository
    ]


def _moved(suite: CheckSuite) -> tuple[str, str]:
    parents = suite.repository.store.commit(suite.head_sha).parents
    return (parents[0] if parents else ZERO), suite.head_sha
