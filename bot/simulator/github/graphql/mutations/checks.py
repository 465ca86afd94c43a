"""Mutations of check runs. Only Apps may use them, and each App only on its own."""

from bot.simulator.github.access import rules
from bot.simulator.github.graphql.context import Info, context
from bot.simulator.github.graphql.mutations.shared import Input, Payload, node, repository, resolver
from bot.simulator.github.model.accounts.apps import App, Bot
from bot.simulator.github.model.checks.runs import (
    Annotation,
    CheckAction,
    CheckRun,
    CheckStatus,
    Conclusion,
    Output,
    RunDetails,
)
from bot.simulator.github.model.code.repository import CodeRepository
from bot.simulator.github.model.repository import complete
from bot.simulator.github.model.world.errors import Reason, Refused

# The simulator's states; GitHub's WAITING and PENDING belong to GitHub Actions.
_STATUSES = {"QUEUED": CheckStatus.QUEUED, "IN_PROGRESS": CheckStatus.IN_PROGRESS, "COMPLETED": CheckStatus.COMPLETED}


def _app(info: Info, where: CodeRepository) -> App:
    by = rules.require(context(info).viewer, where, "checks")
    if not isinstance(by, Bot):
        raise Refused(Reason.FORBIDDEN, "You must authenticate via a GitHub App.")
    return by.app


def _details(given: Input) -> RunDetails:
    conclusion = given.get("conclusion")
    output, actions = given.get("output"), given.get("actions")
    return RunDetails(
        status=_STATUSES.get(given.get("status") or ""),
        conclusion=Conclusion(conclusion) if conclusion else None,
        name=given.get("name"),
        started_at=given.get("started_at"),
        completed_at=given.get("completed_at"),
        details_url=given.get("details_url"),
        external_id=given.get("external_id"),
        output=_output(output) if output is not None else None,
        actions=tuple(CheckAction(**action) for action in actions) if actions is not None else None,
    )


def _output(given: Input) -> Output:
    return Output(
        title=given["title"],
        summary=given["summary"],
        text=given.get("text"),
        annotations=tuple(_annotation(found) for found in given.get("annotations") or ()),
    )


def _annotation(given: Input) -> Annotation:
    place = given["location"]
    return Annotation(
        path=given["path"], start_line=place["start_line"], end_line=place["end_line"],
        start_column=place.get("start_column"), end_column=place.get("end_column"),
        level=given["annotation_level"].lower(), message=given["message"], title=given.get("title"),
        raw_details=given.get("raw_details"),
    )  # fmt: skip


def _create(info: Info, given: Input) -> Payload:
    where = repository(info, given["repository_id"])
    app = _app(info, where)
    return {"checkRun": where.create_check_run(given["head_sha"], given["name"], app=app, details=_details(given))}


def _update(info: Info, given: Input) -> Payload:
    run = node(info, given["check_run_id"], CheckRun)
    if _app(info, run.repository) is not run.suite.app:
        raise Refused(
            Reason.FORBIDDEN, "Invalid app_id - check run can only be modified by the GitHub App that created it."
        )
    complete(run.repository).checks.update_run(run, _details(given))
    return {"checkRun": run}


MUTATIONS = {"createCheckRun": resolver(_create), "updateCheckRun": resolver(_update)}
