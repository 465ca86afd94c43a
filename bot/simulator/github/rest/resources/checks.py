"""Check runs, check suites and commit statuses."""

from datetime import datetime
from typing import Any

from bot.simulator.github.model.accounts.apps import Access, App
from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.checks.runs import (
    Annotation,
    CheckAction,
    CheckRun,
    CheckStatus,
    CheckSuite,
    Conclusion,
    Output,
    RunDetails,
)
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.world.errors import Reason, Refused, not_found
from bot.simulator.github.model.world.limits import CHECK_OUTPUT
from bot.simulator.github.rest.bodies import Fields, Invalid, moment
from bot.simulator.github.rest.call import Answer, Call, Permission, Routes, created, ok
from bot.simulator.github.rest.resources.git import commit_of
from bot.simulator.github.views import checks as views
from bot.simulator.github.views.repository import repository

routes = Routes()

READ = Permission("checks", Access.READ)

WRITE = Permission("checks", Access.WRITE)

READ_STATUSES = Permission("statuses", Access.READ)

WRITE_STATUSES = Permission("statuses", Access.WRITE)

MOST_ANNOTATIONS = 50
"""https://docs.github.com/en/rest/checks/runs#update-a-check-run"""


@routes.post("/repos/{owner}/{repo}/check-runs", WRITE)
def create_run(call: Call) -> Answer:
    made = call.repository.create_check_run(
        call.body.text("head_sha"), call.body.text("name"), app=_acting_app(call), details=_details(call.body)
    )
    return created(views.check_run(call.links, made))


@routes.get("/repos/{owner}/{repo}/check-runs/{check_run_id}", READ)
def get_run(call: Call) -> Answer:
    return ok(views.check_run(call.links, _run(call)))


@routes.patch("/repos/{owner}/{repo}/check-runs/{check_run_id}", WRITE)
def change_run(call: Call) -> Answer:
    """Update a check run; only its App may."""
    one = _run(call)
    if one.suite.app is not _acting_app(call):
        app = _acting_app(call)
        message = f"Invalid app_id `{app.id}` - check run can only be modified by the GitHub App that created it."
        raise Refused(Reason.FORBIDDEN, message)
    call.repository.checks.update_run(one, _details(call.body), by=call.actor)
    return ok(views.check_run(call.links, one))


@routes.get("/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", READ)
def list_annotations(call: Call) -> Answer:
    return call.page(views.annotations(_run(call), call.links), lambda one: one)


@routes.post("/repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest", WRITE)
def rerequest_run(call: Call) -> Answer:
    call.repository.checks.rerequest(_run(call), by=call.actor)
    return created({})


@routes.post("/repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest", WRITE)
def rerequest_suite(call: Call) -> Answer:
    call.repository.checks.rerequest_suite(_suite(call), by=call.actor)
    return created({})


@routes.get("/repos/{owner}/{repo}/commits/{ref}/check-runs", READ)
def list_runs(call: Call) -> Answer:
    """List the newest run of each App and name, or all with `filter=all`."""
    sha = commit_of(call.repository, call.parameters["ref"]).oid
    suites = call.repository.checks.suites.get(sha, [])
    every = call.query.get("filter") == "all"
    found = [run for suite in suites for run in (suite.runs if every else suite.latest()) if _wanted(call, run)]
    return call.page(found, lambda one: views.check_run(call.links, one), wrap="check_runs")


def _wanted(call: Call, run: CheckRun) -> bool:
    query = call.query
    return (
        query.get("check_name", run.name) == run.name
        and query.get("app_id", str(run.suite.app.id)) == str(run.suite.app.id)
        and query.get("status", run.status.value.lower()) == run.status.value.lower()
    )


@routes.get("/repos/{owner}/{repo}/commits/{ref}/check-suites", READ)
def list_suites(call: Call) -> Answer:
    sha = commit_of(call.repository, call.parameters["ref"]).oid
    found = call.repository.checks.suites.get(sha, [])
    return call.page(found, lambda one: views.check_suite(call.links, one), wrap="check_suites")


@routes.get("/repos/{owner}/{repo}/check-suites/{check_suite_id}", READ)
def get_suite(call: Call) -> Answer:
    return ok(views.check_suite(call.links, _suite(call)))


@routes.get("/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", READ)
def list_runs_of_suite(call: Call) -> Answer:
    return call.page(_suite(call).latest(), lambda one: views.check_run(call.links, one), wrap="check_runs")


@routes.post("/repos/{owner}/{repo}/statuses/{sha}", WRITE_STATUSES)
def create_status(call: Call) -> Answer:
    state = call.body.choice("state", StatusState)
    if state in {None, StatusState.EXPECTED}:
        raise Invalid('"state" is not a member of ["error", "failure", "pending", "success"].')
    made = call.repository.set_status(
        call.parameters["sha"],
        call.body.optional_text("context") or "default",
        state,
        by=call.actor,
        description=call.body.optional_text("description"),
        target_url=call.body.optional_text("target_url"),
    )
    return created(views.status(call.links, made))


@routes.get("/repos/{owner}/{repo}/commits/{ref}/statuses", READ_STATUSES)
def list_statuses(call: Call) -> Answer:
    """List all statuses, newest first."""
    sha = commit_of(call.repository, call.parameters["ref"]).oid
    found = list(reversed(call.repository.checks.statuses.get(sha, [])))
    return call.page(found, lambda one: views.status(call.links, one))


@routes.get("/repos/{owner}/{repo}/commits/{ref}/status", READ_STATUSES)
def get_combined_status(call: Call) -> Answer:
    """Return the combined state of statuses, without check runs; "pending" without any."""
    one = call.repository
    sha = commit_of(one, call.parameters["ref"]).oid
    found = one.checks.latest_statuses(sha)
    state = rollup(found) or StatusState.PENDING
    return ok(
        {
            # The combined state has no "error".
            "state": "failure" if state is StatusState.ERROR else state.value.lower(),
            "statuses": [views.simple_status(call.links, status) for status in found],
            "sha": sha,
            "total_count": len(found),
            "repository": repository(call.links, one),
            "commit_url": f"{call.links.repository(one)}/commits/{sha}",
            "url": f"{call.links.repository(one)}/commits/{sha}/status",
        }
    )


def _acting_app(call: Call) -> App:
    """Return the acting App; raise Refused for people, who cannot create check runs."""
    app = call.caller.as_app
    if app is None:
        raise Refused(Reason.FORBIDDEN, "You must authenticate via a GitHub App.")
    return app


def _details(body: Fields) -> RunDetails:
    output, actions = body.inner("output"), body.objects("actions")
    if body.choice("conclusion", Conclusion) is Conclusion.STALE:
        raise Invalid('"stale" is for GitHub alone to conclude.')
    return RunDetails(
        status=body.choice("status", CheckStatus),
        conclusion=body.choice("conclusion", Conclusion),
        name=body.optional_text("name"),
        started_at=_moment(body.optional_text("started_at")),
        completed_at=_moment(body.optional_text("completed_at")),
        details_url=body.optional_text("details_url"),
        external_id=body.optional_text("external_id"),
        output=None if output is None else _output(output),
        actions=tuple(_action(one) for one in actions) if "actions" in body else None,
    )


def _output(given: Fields) -> Output:
    annotations = given.objects("annotations")
    if len(annotations) > MOST_ANNOTATIONS:
        raise Invalid(f"No more than {MOST_ANNOTATIONS} items are allowed; {len(annotations)} were supplied.")
    for text in (given.text("summary"), given.optional_text("text") or ""):
        if len(text) > CHECK_OUTPUT:
            raise Invalid(f"Only {CHECK_OUTPUT} characters are allowed; {len(text)} were supplied.")
    return Output(
        title=given.optional_text("title"),
        summary=given.text("summary"),
        text=given.optional_text("text"),
        annotations=tuple(_annotation(one) for one in annotations),
    )


def _annotation(given: Fields) -> Annotation:
    start, end = given.optional_number("start_line"), given.optional_number("end_line")
    if start is None or end is None:
        raise Invalid('"start_line" and "end_line" weren\'t supplied.')
    return Annotation(
        path=given.text("path"),
        start_line=start,
        end_line=end,
        level=given.text("annotation_level"),
        message=given.text("message"),
        title=given.optional_text("title"),
        raw_details=given.optional_text("raw_details"),
        start_column=given.optional_number("start_column"),
        end_column=given.optional_number("end_column"),
    )


def _action(given: Fields) -> CheckAction:
    """https://docs.github.com/en/rest/checks/runs#create-a-check-run"""
    limits = {"label": 20, "description": 40, "identifier": 20}
    values: dict[str, Any] = {name: given.text(name) for name in limits}
    for name, limit in limits.items():
        if len(values[name]) > limit:
            raise Invalid(f"{name} is too long (maximum is {limit} characters)")
    return CheckAction(**values)


def _moment(given: str | None) -> datetime | None:
    return None if given is None else moment(given)


def _run(call: Call) -> CheckRun:
    identifier = call.number("check_run_id")
    for suites in call.repository.checks.suites.values():
        for suite in suites:
            for run in suite.runs:
                if run.id == identifier:
                    return run
    raise not_found("Not Found")


def _suite(call: Call) -> CheckSuite:
    identifier = call.number("check_suite_id")
    for suites in call.repository.checks.suites.values():
        for suite in suites:
            if suite.id == identifier:
                return suite
    raise not_found("Not Found")
