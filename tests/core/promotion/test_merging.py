"""The merge queue: a promotion enters it late, leaves it if a gate closes, and is judged again on its merge group."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.decide import decide
from bot.core.gates import protection
from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.commits import Commit, Outcome, Report
from bot.core.observation.pull_request import Mergeable
from bot.core.observation.repository import Protection
from bot.core.plan import Action, CheckOutcome, DequeuePromotion, EnqueuePromotion, Plan, ReportCheck
from bot.core.policy import Policy
from bot.core.promotion.merging import lets_others_pass
from bot.core.records.branch import read_records
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import State
from tests.builders import (
    APP_ID,
    NOW,
    ago,
    artifact,
    artifacts,
    commit,
    environment,
    environment_state,
    hold,
    oid,
    policy,
    promotion,
    records,
    rejected,
    rejection,
    report,
    repository,
    request,
    requested,
    review,
    state,
    version,
)

DEV = policy(environment())
QUEUE = repository(protection=Protection(required_checks=frozenset({OWN_CHECK}), merge_queue=True))
KEPT = EnvironmentRecords().with_digests("web", version("v1.5.0", digest=artifact("v1.5.0").digest))
GROUP = commit("group")
IN_QUEUE: dict[str, Any] = {"is_queued": True, "group": GROUP}


def world(carried: str = "v1.5.0", *, seen: Any = None, **fields: Any) -> State:
    here = environment_state("dev", promotion=promotion(carried, **fields))
    return state(here, **{"records": records(dev=KEPT), "repository": QUEUE, "state_oid": oid("state"), **(seen or {})})


def plan(seen: State, rules: Policy = DEV) -> Plan:
    return decide(seen, rules, NOW)


def kinds(actions: Sequence[Action]) -> list[str]:
    return [type(action).__name__ for action in actions]


def on_group(found: Plan) -> list[CheckOutcome]:
    return [each.outcome for each in found.actions if isinstance(each, ReportCheck) and each.head_oid == GROUP.oid]


def own(outcome: Outcome = Outcome.SUCCESS) -> Report:
    return report(OWN_CHECK, outcome, "every gate passes", app_id=APP_ID, node_id="CR_1")


# --- entering


def test_a_promotion_is_enqueued_once_every_gate_passes() -> None:
    """The check is reported first, since the queue may require it."""
    actions = plan(world(merge_state="BLOCKED")).actions

    assert kinds(actions) == ["DescribePromotion", "ReportCheck", "EnqueuePromotion"]
    assert actions[-1] == EnqueuePromotion("dev", "PR_7", 7, oid("promotion"), oid("state"))


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ({"merge": "manual"}, {}),
        ({}, {"is_draft": True}),
        ({"gates": {"approvals": {"count": 1}}}, {}),
        ({"gates": {"freezes": [{"from": "2026-03-01", "to": "2026-03-09"}]}}, {}),
        ({}, {"review_decision": "REVIEW_REQUIRED"}),
        ({}, {"mergeable": Mergeable.UNKNOWN}),
    ],
)
def test_a_promotion_is_not_enqueued_earlier(rules: Any, fields: Any) -> None:
    assert "EnqueuePromotion" not in kinds(plan(world(**fields), policy(environment(**rules))).actions)


def test_the_queue_updates_the_branch_itself() -> None:
    assert "EnqueuePromotion" in kinds(plan(world(merge_state="BEHIND")).actions)


# --- being in it


def test_a_queued_promotion_only_reports_its_check() -> None:
    found = plan(world(**{**IN_QUEUE, "group": None}))

    assert kinds(found.actions) == ["DescribePromotion", "ReportCheck"]
    (title,) = (each.title for each in found.actions if isinstance(each, ReportCheck))
    assert title == "every gate passes; it is in the merge queue"
    assert on_group(found) == []


def test_the_merge_group_is_judged_again() -> None:
    assert on_group(plan(world(**IN_QUEUE))) == [CheckOutcome.SUCCESS]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([own()], []),
        ([own(Outcome.PENDING)], [CheckOutcome.SUCCESS]),
        ([own(Outcome.FAILURE)], [CheckOutcome.SUCCESS]),
        ([report(OWN_CHECK)], [CheckOutcome.SUCCESS]),  # somebody else's
    ],
)
def test_a_merge_group_is_judged_once(reports: list[Report], expected: list[CheckOutcome]) -> None:
    assert on_group(plan(world(is_queued=True, group=Commit(GROUP.oid, tuple(reports))))) == expected


def test_an_unknown_merge_state_changes_nothing() -> None:
    assert plan(world(**IN_QUEUE, mergeable=Mergeable.UNKNOWN, merge_state="UNKNOWN")).actions == ()


def test_a_queued_promotion_keeps_its_version() -> None:
    seen = {"tags": ("v1.4.0", "v1.5.0", "v1.6.0")}

    assert kinds(plan(world(seen=seen)).actions)[-1] == "UpdatePromotion"
    assert kinds(plan(world(seen=seen, **IN_QUEUE)).actions) == ["DescribePromotion", "ReportCheck", "ReportCheck"]


def test_a_promotion_enqueued_by_a_person_is_judged_too() -> None:
    """A person merges where the policy says so, which is then by the queue."""
    assert on_group(plan(world(**IN_QUEUE), policy(environment(merge="manual")))) == [CheckOutcome.SUCCESS]


# --- leaving


@pytest.mark.parametrize(
    ("rules", "fields", "seen"),
    [
        ({}, {"is_draft": True}, {}),
        ({"gates": {"approvals": {"count": 1}}}, {}, {}),
        ({"gates": {"freezes": [{"from": "2026-03-01", "to": "2026-03-09"}]}}, {}, {}),
        ({}, {"review_decision": "REVIEW_REQUIRED"}, {}),
        ({}, {"mergeable": Mergeable.CONFLICTING}, {}),
        ({}, {"strangers": ("commit 1a2b3c4 by bob",)}, {}),
        ({}, {}, {"records": records(dev=EnvironmentRecords(holds=(hold(),)))}),
        ({}, {}, {"records": read_records({"dev.yaml": "["})}),
        ({}, {}, {"artifacts": {}}),
        ({}, {"mergeable": Mergeable.UNKNOWN}, {"records": records(dev=EnvironmentRecords(holds=(hold(),)))}),
    ],
)
def test_a_closed_gate_dequeues_it(rules: Any, fields: Any, seen: Any) -> None:
    """First of all; should GitHub not let it out, the check on its group keeps it from being merged."""
    found = plan(world(seen=seen, **IN_QUEUE, **fields), policy(environment(**rules)))

    assert found.actions[0] == DequeuePromotion("dev", "PR_7", 7) or kinds(found.actions)[0] == "WriteState"
    assert "DequeuePromotion" in kinds(found.actions)
    assert on_group(found) == [CheckOutcome.FAILURE]


def test_the_check_run_says_why_it_is_dequeued() -> None:
    held = {"records": records(dev=KEPT.model_copy(update={"holds": (hold(reason="the database moves"),)}))}
    found = plan(world(seen=held, **IN_QUEUE))

    (check,) = (each for each in found.actions if isinstance(each, ReportCheck) and each.head_oid != GROUP.oid)
    assert "the database moves" in check.title
    assert "merge queue" not in check.summary


def test_a_failed_check_dequeues_it() -> None:
    rules = Protection(required_checks=frozenset({"ci"}), merge_queue=True)
    failed = commit("promotion", report("ci", Outcome.FAILURE))
    found = plan(world(seen={"repository": repository(protection=rules)}, head=failed, **IN_QUEUE))

    assert kinds(found.actions)[0] == "DequeuePromotion"


def test_a_withdrawn_approval_dequeues_it() -> None:
    rules = policy(environment(gates={"approvals": {"count": 1}}))

    assert "DequeuePromotion" not in kinds(plan(world(**IN_QUEUE, reviews=[review("bob")]), rules).actions)
    assert "DequeuePromotion" in kinds(plan(world(**IN_QUEUE), rules).actions)


def test_a_rejected_version_is_closed_and_so_dequeued() -> None:
    seen = {"records": rejected(rejection("v1.5.0"))}

    assert kinds(plan(world(seen=seen, **IN_QUEUE)).actions) == ["ClosePromotion"]


def test_another_version_follows_after_dequeuing() -> None:
    asked = requested(request("v1.6.0", named=True))
    seen = {"records": asked, "tags": ("v1.4.0", "v1.6.0"), "artifacts": artifacts("v1.5.0", "v1.6.0")}

    assert kinds(plan(world(seen=seen, **IN_QUEUE)).actions) == ["DequeuePromotion"]
    assert "UpdatePromotion" in kinds(plan(world(seen=seen)).actions)


def test_a_conflict_is_rebuilt_after_dequeuing() -> None:
    conflict: dict[str, Any] = {"mergeable": Mergeable.CONFLICTING, "merge_state": "DIRTY"}

    assert "UpdatePromotion" not in kinds(plan(world(**conflict, **IN_QUEUE)).actions)
    assert kinds(plan(world(**conflict)).actions) == ["UpdatePromotion"]


def test_a_queued_promotion_does_not_affect_other_environments() -> None:
    """Each environment's own; dev's is in the queue, staging's is not open."""
    seen = world(**IN_QUEUE)
    both = replace(seen, environments={**seen.environments, "staging": environment_state("staging")})

    assert on_group(plan(both, policy(environment(), environment("staging", "dev")))) == [CheckOutcome.SUCCESS]


# --- let go by others


def marked(outcome: Outcome, title: str, says: str = "") -> dict[str, Any]:
    own = report(OWN_CHECK, outcome, title, app_id=APP_ID, node_id="CR_1", says=says)
    return {"head": commit("promotion", own)}


def test_a_promotion_dequeued_by_others_is_not_enqueued_again() -> None:
    """A check failed there, or a person dequeued it. It stays out until a person enqueues it or its head changes."""
    there = plan(world(**IN_QUEUE)).actions
    (first,) = (each for each in there if isinstance(each, ReportCheck) and each.head_oid == oid("promotion"))
    out = plan(world(**marked(Outcome.SUCCESS, first.title, first.says)))
    assert kinds(out.actions) == ["DescribePromotion", "ReportCheck"]
    (second,) = (each for each in out.actions if isinstance(each, ReportCheck))
    assert (second.outcome, second.check_id) == (CheckOutcome.ACTION_REQUIRED, "CR_1")
    assert second.title.startswith("protection: removed from GitHub's merge queue")

    still_out = plan(world(**marked(Outcome.FAILURE, second.title, second.says)))
    assert kinds(still_out.actions) == ["DescribePromotion"]
    asked = {"records": requested(request("v1.5.0", at=ago(minutes=2)))}
    assert "EnqueuePromotion" in kinds(
        plan(world(seen=asked, **marked(Outcome.FAILURE, second.title, second.says))).actions
    )
    asked = {"records": requested(request("v1.5.0", at=ago(hours=2)))}
    assert "EnqueuePromotion" not in kinds(
        plan(world(seen=asked, **marked(Outcome.FAILURE, second.title, second.says))).actions
    )
    back = plan(world(**marked(Outcome.FAILURE, second.title, second.says), **IN_QUEUE))
    assert "DequeuePromotion" not in kinds(back.actions)
    assert on_group(back) == [CheckOutcome.SUCCESS]


def test_a_promotion_dequeued_by_a_gate_is_enqueued_when_it_opens() -> None:
    held = records(dev=KEPT.model_copy(update={"holds": (hold(),)}))
    computing: dict[str, Any] = {"mergeable": Mergeable.UNKNOWN, "merge_state": "UNKNOWN"}
    left = plan(world(seen={"records": held}, **IN_QUEUE, **computing))
    (said,) = (each for each in left.actions if isinstance(each, ReportCheck) and each.head_oid == oid("promotion"))

    assert "EnqueuePromotion" in kinds(plan(world(**marked(Outcome.FAILURE, said.title, said.says))).actions)


def test_without_the_queue_it_is_merged() -> None:
    first = "every gate passes; it is in the merge queue"
    says = f"{protection.QUEUED}1a2b"

    assert "MergePromotion" in kinds(
        plan(world(seen={"repository": repository()}, **marked(Outcome.SUCCESS, first, says))).actions
    )


@pytest.mark.parametrize(
    ("head_green", "outcome", "commit_id", "expected"),
    [
        (True, CheckOutcome.SUCCESS, GROUP.oid, True),
        (True, CheckOutcome.FAILURE, GROUP.oid, False),
        (True, CheckOutcome.SUCCESS, oid("elsewhere"), False),
        (False, CheckOutcome.SUCCESS, GROUP.oid, False),
    ],
    ids=["passed", "failed", "its-own-head", "every-entry-counts"],
)
def test_others_in_the_queue_may_go_on_once_a_promotion_passed_where_the_last_entry_decides(
    head_green: bool,  # noqa: FBT001 -- a column
    outcome: CheckOutcome,
    commit_id: str,
    expected: bool,  # noqa: FBT001 -- a column
) -> None:
    queued = world(**IN_QUEUE)
    protection = replace(queued.repository.protection, head_green=head_green)
    here = replace(queued, repository=replace(queued.repository, protection=protection))
    report = ReportCheck(OWN_CHECK, commit_id, None, outcome, "", "")

    assert lets_others_pass((report,), here) is expected
