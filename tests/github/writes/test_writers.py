"""The registry of writers, and what check runs may hold."""

from collections.abc import Mapping
from typing import get_args

from bot.core.plan import Action, Annotation, CheckOutcome, ReportCheck
from bot.github.writes.checks import report
from bot.github.writes.write import Target, Work
from bot.github.writes.writers import WRITERS
from tests.builders import oid, repository


def test_every_kind_of_action_is_registered_once() -> None:
    assert set(WRITERS) == set(get_args(Action))


def test_a_check_run_keeps_github_s_limits() -> None:
    """Fifty annotations in a request; 65,535 characters of a summary."""
    annotations = tuple(Annotation(".gitops.yml", line, "wrong") for line in range(1, 102))
    action = ReportCheck("gitops/policy", oid("head"), "CR_1", CheckOutcome.FAILURE, "x", "y" * 70_000, annotations)

    (writes,) = report(action, Target(repository(), Work(action, ())))

    outputs = [write.input["output"] for write in writes if isinstance(write.input, Mapping)]
    assert all(isinstance(output, Mapping) for output in outputs)
    assert [len(output["annotations"]) for output in outputs if isinstance(output, Mapping)] == [50, 50, 1]
    assert {len(output["summary"]) for output in outputs if isinstance(output, Mapping)} == {65_535}
