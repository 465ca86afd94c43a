"""Check runs, suites and statuses."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulator.github.model.checks.checks import rollup
from bot.simulator.github.model.checks.runs import Annotation, CheckAction, CheckStatus, Conclusion, Output, RunDetails
from bot.simulator.github.model.checks.statuses import StatusState
from bot.simulator.github.model.world.errors import Refused
from tests.simulator.model_world import World, world


@pytest.fixture
def here(tmp_path: Path) -> World:
    made = world(tmp_path)
    made.hush()
    return made


def test_a_run_is_created_updated_and_completed(here: World) -> None:
    head, checks = here.repository.head(), here.repository.checks
    run = checks.create_run(head, "build", app=here.app)
    checks.update_run(run, RunDetails(status=CheckStatus.IN_PROGRESS))
    assert (run.suite.status, run.suite.conclusion) == (CheckStatus.IN_PROGRESS, None)
    here.github.clock.advance(timedelta(minutes=2))
    checks.update_run(run, RunDetails(conclusion=Conclusion.FAILURE))
    assert run.completed_at == here.github.now()
    assert run.suite.conclusion is Conclusion.FAILURE
    checks.rerequest(run, by=here.writer)
    assert (run.status, run.conclusion) == (CheckStatus.COMPLETED, Conclusion.FAILURE), "it is the App's to change"
    suite = checks.suites[head][0]
    assert (suite.status, suite.conclusion) == (CheckStatus.QUEUED, None)
    assert here.heard() == [
        "CheckRunEvent created", "CheckRunEvent completed", "CheckSuiteEvent completed", "CheckRunEvent rerequested",
    ]  # fmt: skip


def test_the_newest_run_of_a_name_counts(here: World) -> None:
    head = here.repository.head()
    here.check(head, "build", Conclusion.FAILURE)
    here.check(head, "build")
    other = here.github.create_app("other", owner=here.acme, permissions={})
    here.repository.create_check_run(head, "build", app=other)
    latest = here.repository.checks.latest_runs(head)
    assert [(run.suite.app.slug, run.conclusion) for run in latest] == [
        ("gitops-bot", Conclusion.SUCCESS),
        ("other", None),
    ]
    here.repository.set_status(head, "ci", StatusState.ERROR, by=here.writer)
    here.repository.set_status(head, "ci", StatusState.SUCCESS, by=here.writer)
    assert [status.state for status in here.repository.checks.latest_statuses(head)] == [StatusState.SUCCESS]


@pytest.mark.parametrize(
    ("conclusions", "status", "expected"),
    [
        ((), None, None),
        ((Conclusion.SUCCESS, Conclusion.SKIPPED), None, StatusState.SUCCESS),
        ((Conclusion.SUCCESS, None), None, StatusState.PENDING),
        ((Conclusion.FAILURE, None), StatusState.SUCCESS, StatusState.FAILURE),
        ((Conclusion.SUCCESS,), StatusState.ERROR, StatusState.ERROR),
        ((Conclusion.STALE,), None, StatusState.PENDING),
        ((), StatusState.PENDING, StatusState.PENDING),
    ],
)
def test_the_rollup_is_the_worst_state(
    here: World, conclusions: tuple[Conclusion | None, ...], status: StatusState | None, expected: StatusState | None
) -> None:
    head = here.repository.head()
    for number, conclusion in enumerate(conclusions):
        here.check(head, f"check {number}", conclusion)
    if status:
        here.repository.set_status(head, "ci", status, by=here.writer)
    assert rollup(here.repository.checks.contexts(head)) is expected


def test_annotations_accumulate_and_buttons_send_an_event(here: World) -> None:
    head, checks = here.repository.head(), here.repository.checks
    note = Annotation(path=".gitops.yml", start_line=1, end_line=1, level="failure", message="unknown key")
    run = checks.create_run(
        head, "policy", app=here.app,
        details=RunDetails(output=Output(title="t", summary="s", annotations=(note,)), details_url="https://x"),
    )  # fmt: skip
    checks.update_run(run, RunDetails(output=Output(title="u", summary="s", annotations=(note,))))
    assert (run.output.title, len(run.output.annotations), run.details_url) == ("u", 2, "https://x")
    with pytest.raises(Refused):
        checks.request_action(run, "promote", by=here.writer)
    checks.update_run(run, RunDetails(actions=(CheckAction(label="Promote", description="", identifier="promote"),)))
    checks.request_action(run, "promote", by=here.writer)
    assert here.heard()[-1] == "CheckRunEvent requested_action"


def test_impossible_checks_are_refused(here: World) -> None:
    with pytest.raises(Refused, match="No commit found for SHA"):
        here.check("f" * 40, "build")
    with pytest.raises(Refused, match="No commit found for SHA"):
        here.repository.set_status("f" * 40, "ci", StatusState.SUCCESS, by=here.writer)
    with pytest.raises(Refused, match="needs a conclusion"):
        here.repository.create_check_run(
            here.repository.head(), "b", app=here.app, details=RunDetails(status=CheckStatus.COMPLETED)
        )
