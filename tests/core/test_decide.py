"""From a State and a policy to a plan: open, update, describe, merge, close, and nothing without a reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from bot.core.decide import decide
from bot.core.gates.protection import OWN_CHECK
from bot.core.observation.commits import Commit, Outcome
from bot.core.observation.pull_request import Mergeable
from bot.core.observation.repository import Protection
from bot.core.plan import (
    SUPERSEDED,
    Action,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DescribePromotion,
    MergePromotion,
    OpenPromotion,
    Plan,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.policy import Policy
from bot.core.records.branch import read_records
from bot.core.records.entries import RequestKind
from bot.core.records.environment import EnvironmentRecords
from bot.core.state import EnvironmentState, State
from bot.core.values.artifacts import Unanswered
from tests.builders import (
    APP_ID,
    NOW,
    WEB,
    ago,
    application,
    arrival,
    artifact,
    artifacts,
    commit,
    digest,
    environment,
    environment_state,
    hold,
    oid,
    past,
    place,
    policy,
    promotion,
    records,
    refusal,
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
from tests.core.applied import noted

A = TypeVar("A", bound=Action)
DEV = policy(environment())
ROLLBACK = RequestKind.ROLLBACK
REMEMBERED = records(dev=EnvironmentRecords().with_digests("web", version("v1.5.0", digest=artifact("v1.5.0").digest)))


def plan(seen: State, rules: Policy = DEV) -> Plan:
    return decide(seen, rules, NOW)


def kinds(actions: Sequence[Action]) -> list[str]:
    return [type(action).__name__ for action in actions]


def only(actions: Sequence[Action], kind: type[A]) -> A:
    (found,) = (action for action in actions if isinstance(action, kind))
    return found


def described(seen: State, rules: Policy = DEV) -> State:
    """The state in which the promotion of dev already says what it should, and its check run too."""
    here = seen.environments["dev"]
    assert here.promotion is not None
    pull = here.promotion.pull
    for action in plan(seen, rules).actions:
        if isinstance(action, DescribePromotion):
            pull = replace(pull, title=action.title, body=action.body)
        elif isinstance(action, ReportCheck):
            assert action.outcome is CheckOutcome.SUCCESS
            own = report(OWN_CHECK, Outcome.SUCCESS, action.title, app_id=APP_ID, node_id="CR_1", says=action.says)
            pull = replace(pull, head=Commit(pull.head.oid, (own,)))
    return replace(seen, environments={"dev": replace(here, promotion=replace(here.promotion, pull=pull))})


def opened(carried: Any = "v1.5.0", **fields: Any) -> EnvironmentState:
    return environment_state("dev", promotion=promotion(carried, **fields))


def world(here: EnvironmentState | None = None, **fields: Any) -> State:
    return state(here or environment_state("dev"), **{"records": REMEMBERED, **fields})


# --- opening


def test_opens_a_promotion_if_there_is_none() -> None:
    found = only(plan(world()).actions, OpenPromotion)

    assert (found.environment, found.branch, found.base, found.base_oid) == (
        "dev",
        "gitops/dev/web",
        "main",
        oid("head"),
    )
    assert found.title == "dev: web v1.4.0 → v1.5.0"
    assert [(edit.place.path, edit.tag, edit.digest) for edit in found.edits] == [
        ("envs/dev/web/deployment.yaml", "v1.5.0", None)
    ]
    assert found.stale_head is None


def test_a_leftover_branch_is_replaced() -> None:
    found = only(plan(world(environment_state("dev", branch_oid=oid("left")))).actions, OpenPromotion)

    assert found.stale_head == oid("left")


def test_remembers_the_digests_of_a_version_before_it_is_first_proposed() -> None:
    actions = plan(world(records=records(), state_oid=oid("state"))).actions
    written = only(actions, WriteState)

    assert kinds(actions) == ["WriteState", "OpenPromotion"]
    assert written.seen_head == oid("state")
    kept = read_records({name: text for name, text in written.files.items() if text})
    assert kept.first_digests("web", "v1.5.0") == {WEB: artifact("v1.5.0").digest}


@pytest.mark.parametrize(
    "shown", [(), (artifact("v1.5.0", digest=digest("another")),), (Unanswered(WEB, "503", tag="v1.5.0"),)]
)
def test_remembers_no_digest_that_the_registry_does_not_show(shown: Any) -> None:
    """A digest that only a manifest names could be anyone's. Recorded as the first one, it would block the real one."""
    rules = policy(environment("dev"), environment("staging", "dev"))
    there = environment_state("dev", "v1.5.0", digest=digest("by hand"))
    seen = state(there, environment_state("staging"), artifacts=artifacts(*shown))

    assert "WriteState" not in kinds(plan(seen, rules).actions)


def test_remembers_several_environments_in_one_commit() -> None:
    """Each names the head that was seen, so a second one would fail."""
    rules = policy(environment("eu"), environment("us"))
    eu, us = environment_state("eu"), environment_state("us", "v1.3.0")
    two = state(eu, us, records=records(), tags=("v1.4.0", "v1.5.0"))
    actions = plan(two, rules).actions

    assert kinds(actions) == ["WriteState", "OpenPromotion", "OpenPromotion"]
    assert set(only(actions, WriteState).files) == {"eu.yaml", "us.yaml"}


@pytest.mark.parametrize(
    "here",
    [
        environment_state("dev", refusals=(refusal(),)),
        environment_state("dev", None),
        environment_state("dev", version=None),
    ],
)
def test_plans_nothing_for_a_refused_manifest_and_says_so(here: EnvironmentState) -> None:
    found = plan(world(here))

    assert found.actions == ()
    assert [each.severity.name for each in found.verdicts["dev"] if each.gate == "manifests"] == ["BLOCKED"]


def test_plans_nothing_without_a_newer_version() -> None:
    assert plan(world(tags=("v1.3.0", "v1.4.0"))).actions == ()


def test_each_environment_proceeds_on_its_own() -> None:
    dev = environment_state("dev", "v1.5.0", arrivals=(arrival("v1.5.0", ago(hours=1)),))
    rules = policy(environment(), environment("staging", "dev"))
    found = plan(state(dev, environment_state("staging"), records=REMEMBERED), rules)

    assert only(found.actions, OpenPromotion).environment == "staging"
    assert set(found.verdicts) == {"dev", "staging"}


# --- keeping it current


def test_a_newer_version_updates_the_same_pull_request() -> None:
    tags = ("v1.4.0", "v1.5.0", "v1.6.0")
    found = only(plan(world(opened("v1.5.0"), tags=tags, records=records())).actions, UpdatePromotion)

    assert (found.number, found.pull_id, found.branch) == (7, "PR_7", "gitops/dev/web")
    assert found.stage_branch == "gitops-stage/dev/web"
    assert (found.seen_head, found.base_oid) == (oid("promotion"), oid("head"))
    assert found.title == "dev: web v1.4.0 → v1.6.0"
    assert found.edits[0].tag == "v1.6.0"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, False),
        ({"mergeable": Mergeable.CONFLICTING}, True),
        ({"merge_state": "BEHIND"}, True),
        # Up to date last: it would be behind again before anybody approves.
        ({"merge_state": "BEHIND", "is_draft": True}, False),
        ({"mergeable": Mergeable.CONFLICTING, "is_draft": True}, True),
    ],
)
def test_rebuilds_a_conflicting_head_at_once_and_an_outdated_one_last(fields: Any, expected: bool) -> None:  # noqa: FBT001
    found = plan(world(opened(**fields)))

    assert ("UpdatePromotion" in kinds(found.actions)) is expected


def test_never_rebuilds_over_commits_of_people() -> None:
    foreign = opened("v1.5.0", strangers=("commit 1a2b3c4 by bob",), mergeable=Mergeable.CONFLICTING)

    assert kinds(plan(world(foreign)).actions) == ["DescribePromotion", "ReportCheck"]
    newer = plan(world(foreign, tags=("v1.4.0", "v1.5.0", "v1.6.0")))
    assert not {"UpdatePromotion", "ClosePromotion", "MergePromotion"} & set(kinds(newer.actions))


def test_rebuilds_a_head_without_a_version() -> None:
    assert kinds(plan(world(opened(None))).actions) == ["UpdatePromotion"]


def test_writes_a_new_reference_in_another_file() -> None:
    path = "envs/dev/web/deployment.yaml"
    places = (place("v1.4.0", path=path), place("v1.4.0", path="envs/dev/web/cronjob.yaml"))
    grown = environment_state("dev", places=places, promotion=promotion("v1.5.0"))

    assert kinds(plan(world(grown)).actions) == ["UpdatePromotion"]
    seen_in_part = promotion("v1.5.0", changed_files=2)
    assert "UpdatePromotion" not in kinds(plan(world(replace(grown, promotion=seen_in_part))).actions)


def test_describes_only_what_changed() -> None:
    rules = policy(environment(merge="manual"))
    first = plan(world(opened()), rules)
    again = described(world(opened()), rules)

    assert kinds(first.actions) == ["DescribePromotion", "ReportCheck"]
    assert plan(again, rules).actions == ()


def test_restores_a_changed_title() -> None:
    rules = policy(environment(merge="manual"))
    seen = described(world(opened()), rules)
    here = seen.environments["dev"]
    assert here.promotion is not None
    renamed = replace(here.promotion, pull=replace(here.promotion.pull, title="My title"))
    found = plan(replace(seen, environments={"dev": replace(here, promotion=renamed)}), rules)

    assert kinds(found.actions) == ["DescribePromotion"]


def test_does_not_describe_transient_verdicts() -> None:
    found = plan(world(opened(mergeable=Mergeable.UNKNOWN, merge_state="UNKNOWN")))

    assert found.actions == ()
    assert found.again_at == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("fields", "outcome", "title"),
    [
        ({}, CheckOutcome.SUCCESS, "every gate passes"),
        ({"is_draft": True}, CheckOutcome.ACTION_REQUIRED, "approvals: the pull request is a draft"),
    ],
)
def test_the_check_runs_title_is_the_headline(fields: Any, outcome: CheckOutcome, title: str) -> None:
    found = only(plan(world(opened(**fields))).actions, ReportCheck)

    assert (found.name, found.head_oid, found.check_id) == (OWN_CHECK, oid("promotion"), None)
    assert (found.outcome, found.title) == (outcome, title)


def test_the_check_run_is_updated_in_place() -> None:
    protection = Protection(required_checks=frozenset({"ci"}))
    own = report(OWN_CHECK, Outcome.SUCCESS, "every gate passes", app_id=APP_ID, node_id="CR_1")
    seen = world(opened(head=commit("promotion", own)), repository=repository(protection=protection))
    found = only(plan(seen).actions, ReportCheck)

    assert (found.check_id, found.outcome) == ("CR_1", CheckOutcome.RUNNING)
    assert found.title == "protection: waiting for required check ci"


def test_a_commit_status_of_the_same_name_is_not_our_check_run() -> None:
    status = report(OWN_CHECK, Outcome.SUCCESS, "every gate passes")

    assert only(plan(world(opened(head=commit("promotion", status)))).actions, ReportCheck).check_id is None


# --- merging


def test_merges_the_observed_head() -> None:
    found = only(plan(world(opened(), state_oid=oid("state"))).actions, MergePromotion)

    assert (found.number, found.head_oid, found.method) == (7, oid("promotion"), "MERGE")
    assert found.seen_state == oid("state")
    assert found.message.headline == "dev: web v1.4.0 → v1.5.0 (#7)"


def test_reports_before_it_merges_because_the_check_may_be_required() -> None:
    assert kinds(plan(world(opened())).actions) == ["DescribePromotion", "ReportCheck", "MergePromotion"]


@pytest.mark.parametrize(
    ("rules", "fields", "seen"),
    [
        ({"merge": "manual"}, {}, {}),
        ({}, {"is_draft": True}, {}),
        ({"gates": {"approvals": {"count": 1}}}, {}, {}),
        ({"gates": {"freezes": [{"from": "2026-03-01", "to": "2026-03-09"}]}}, {}, {}),
        ({}, {"review_decision": "REVIEW_REQUIRED"}, {}),
        ({}, {"strangers": ("commit 1a2b3c4 by bob",)}, {}),
        ({}, {}, {"records": records(dev=EnvironmentRecords(holds=(hold(),)))}),
        ({}, {}, {"records": read_records({"prod.yaml": "["})}),
        ({}, {}, {"artifacts": {}}),
    ],
)
def test_merges_only_when_every_gate_passes(rules: Any, fields: Any, seen: Any) -> None:
    found = plan(world(opened(**fields), **seen), policy(environment(**rules)))

    assert "MergePromotion" not in kinds(found.actions)


def test_merges_with_an_approval() -> None:
    rules = policy(environment(gates={"approvals": {"count": 1}}))

    assert "MergePromotion" in kinds(plan(world(opened(reviews=[review("bob")])), rules).actions)


@pytest.mark.parametrize(
    ("wanted", "allowed", "method"),
    [
        ("squash", {"MERGE", "SQUASH"}, "SQUASH"),
        ("merge", {"SQUASH"}, "SQUASH"),
        ("squash", {"MERGE", "REBASE"}, "MERGE"),
        ("rebase", set(), "REBASE"),
    ],
)
def test_merges_by_the_method_of_the_policy_or_one_that_the_repository_allows(
    wanted: str, allowed: set[str], method: str
) -> None:
    rules = policy(environment(merge_method=wanted))
    seen = world(opened(), repository=repository(merge_methods=frozenset(allowed)))

    assert only(plan(seen, rules).actions, MergePromotion).method == method


def test_never_merges_a_head_with_another_version() -> None:
    """It cannot be rebuilt: no registry or record has the digest, and a rollback continues without the registry."""
    rules = policy(environment(), applications=[application(versions={"write": "tag+digest"})])
    asked = requested(request("v1.3.0", RequestKind.PROMOTE, named=True))
    seen = world(opened("v1.5.0"), records=asked, artifacts=artifacts(artifact("v1.5.0")))

    assert "MergePromotion" not in kinds(plan(seen, rules).actions)


# --- closing


def test_closes_a_promotion_of_the_present_version() -> None:
    there = environment_state("dev", "v1.5.0", promotion=promotion("v1.5.0"))
    found = only(plan(world(there)).actions, ClosePromotion)

    assert (found.number, found.branch, found.seen_head, found.label) == (
        7,
        "gitops/dev/web",
        oid("promotion"),
        SUPERSEDED,
    )
    assert found.comment == "Closed: `dev` already runs `v1.5.0`."


def test_closes_a_promotion_of_a_rejected_version() -> None:
    kept = rejected(rejection("v1.5.0"))
    found = only(plan(world(opened(), records=kept)).actions, ClosePromotion)

    assert found.comment == (
        "Closed: `v1.5.0` can no longer be promoted to `dev`. **Rejected:** `v1.5.0` is rejected here: "
        "rejected by alice at 2026-03-03 11\\:00 UTC (it is broken)."
    )


def test_deletes_a_leftover_branch() -> None:
    here = environment_state("dev", "v1.5.0", branch_oid=oid("left"))

    assert plan(world(here)).actions == (DeleteBranch("gitops/dev/web", oid("left")),)


def test_does_not_reopen_a_promotion_closed_by_a_person() -> None:
    closed = environment_state("dev", past=(past("v1.5.0", at=ago(minutes=5)),))

    assert kinds(plan(world(closed)).actions) == ["WriteState"]
    assert plan(noted(world(closed), DEV)).actions == ()
    newer = noted(world(closed, tags=("v1.4.0", "v1.5.0", "v1.6.0"), records=records()), DEV)
    assert only(plan(newer).actions, OpenPromotion).title == "dev: web v1.4.0 → v1.6.0"


def test_a_switch_to_manual_closes_unrequested_promotions() -> None:
    rules = policy(environment(promote="manual"))

    assert kinds(plan(world(opened()), rules).actions) == ["ClosePromotion"]


# --- rollback


def test_a_rollback_replaces_the_promotion_and_goes_first() -> None:
    rules = policy(environment("eu"), environment("us"))
    us = environment_state("us", promotion=promotion("v1.5.0", environment="us"))
    asked = requested(request("v1.3.0", ROLLBACK), "us")
    found = plan(state(environment_state("eu"), us, records=asked), rules)

    assert kinds(found.actions) == ["WriteState", "ClosePromotion", "OpenPromotion"]
    assert only(found.actions, ClosePromotion).comment == "Closed: a rollback to `v1.3.0` was requested by alice."


def test_a_rollback_opens_a_pull_request_of_its_own() -> None:
    asked = requested(request("v1.3.0", ROLLBACK, digests={WEB: digest("v1.3.0")}))
    seen = world(environment_state("dev"), records=asked, artifacts=artifacts("v1.3.0"))
    found = only(plan(seen).actions, OpenPromotion)

    assert found.title == "dev: web v1.4.0 → v1.3.0 (rollback)"
    assert "GitOps-Requested-By: alice" in found.message.body


def test_a_rollback_goes_on_through_holds_windows_and_freezes() -> None:
    gates = {"windows": [{"days": "sun"}], "freezes": [{"from": "2026-03-01", "to": "2026-03-09"}], "soak": "9h"}
    rules = policy(environment("dev"), environment("prod", "dev", gates=gates))
    kept = EnvironmentRecords(
        holds=(hold(),),
        requests={"web": request("v1.3.0", ROLLBACK)},
        digests={"web": {"v1.3.0": {WEB: artifact("v1.3.0").digest}}},
    )
    prod = environment_state("prod", promotion=promotion("v1.3.0", environment="prod"))
    seen = state(environment_state("dev"), prod, tags=(), records=records(prod=kept), artifacts=artifacts("v1.3.0"))

    assert "MergePromotion" in kinds(plan(seen, rules).actions)


# --- looking on


@pytest.mark.parametrize(
    ("rules", "seen"),
    [
        (policy(environment(), mode="observe"), {}),
        (policy(environment(mode="observe")), {}),
        (policy(environment(), applications=[application(mode="observe")]), {}),
        (DEV, {"repository": repository(archived=True)}),
    ],
)
@pytest.mark.parametrize("here", [environment_state("dev"), opened(), opened(None)])
def test_plans_nothing_in_observe_mode(rules: Policy, seen: Any, here: EnvironmentState) -> None:
    found = plan(world(here, **seen), rules)

    assert found.actions == ()
    assert found.verdicts["dev"]


def test_with_unreadable_records_nothing_merges_and_the_page_says_so() -> None:
    unreadable = read_records({"dev.yaml": "["})
    found = plan(world(opened(), records=unreadable))

    assert kinds(found.actions) == ["DescribePromotion", "ReportCheck"]
    assert only(found.actions, ReportCheck).outcome is CheckOutcome.ACTION_REQUIRED
    assert "until the records can be read" in only(found.actions, ReportCheck).title
    assert plan(world(records=unreadable)).actions == ()
    assert plan(world(opened("v1.3.0"), records=unreadable)).actions == ()
    assert plan(world(environment_state("dev", "v1.5.0"), records=unreadable)).actions == ()


def test_the_next_wake_up_is_the_earliest_of_all_environments() -> None:
    rules = policy(
        environment("eu", gates={"freezes": [{"from": "2026-03-01", "to": "2026-03-09"}]}),
        environment("us", gates={"windows": [{"days": "wed"}]}),
        environment("jp"),
    )
    three = state(*(environment_state(name) for name in ("eu", "us", "jp")), records=REMEMBERED)

    assert plan(three, rules).again_at == NOW + timedelta(hours=12)


# --- what the pages need


def test_requests_the_logs_of_opened_and_open_promotions() -> None:
    rules = policy(environment(), applications=[application(source="acme/web")])
    known = artifacts(artifact("v1.4.0", revision=oid("old")), artifact("v1.5.0", revision=oid("new")))

    assert plan(world(artifacts=known), rules).logs == {oid("new")}
    assert plan(world(opened(), artifacts=known), rules).logs == {oid("new")}
    assert plan(world(opened(), artifacts=known), policy(environment())).logs == set()


def test_requests_no_log_without_a_page() -> None:
    known = artifacts(artifact("v1.4.0", revision=oid("old")), artifact("v1.5.0", revision=oid("new")))
    applications = [application(source="acme/web")]
    by_hand, watched = environment(promote="manual"), environment(mode="observe")

    for rules in (policy(each, applications=applications) for each in (by_hand, watched)):
        assert plan(world(artifacts=known), rules).logs == set()


@pytest.mark.parametrize(("mergeable", "rebuilt"), [(Mergeable.MERGEABLE, True), (Mergeable.UNKNOWN, False)])
def test_rebuilds_a_promotion_after_files_moved(mergeable: Mergeable, rebuilt: bool) -> None:  # noqa: FBT001
    """But not while GitHub may still show the files of the head before."""
    known = replace(promotion(mergeable=mergeable), outdated=True)
    actions = plan(state(environment_state("dev", promotion=known), records=REMEMBERED)).actions

    assert ("UpdatePromotion" in kinds(actions)) is rebuilt
    assert "MergePromotion" not in kinds(actions)


@pytest.mark.parametrize("fields", [{}, {"tags": {}}])
def test_leaves_a_branch_with_others_work_alone(fields: Any) -> None:
    """Neither taken over for a promotion nor deleted where there is nothing to promote."""
    seen = state(environment_state("dev", branch_oid=oid("theirs"), branch_taken=True), records=REMEMBERED, **fields)

    assert plan(seen).actions == ()


def test_a_file_that_has_the_version_already_needs_no_rebuild() -> None:
    """An edit that changes no byte leaves its file out of the pull request: it is not missing there."""
    path = "envs/dev/web/deployment.yaml"
    places = (place("v1.4.0", path=path), place("v1.5.0", path="envs/dev/web/cronjob.yaml"))
    ahead = environment_state("dev", places=places, promotion=promotion("v1.5.0"))

    assert "UpdatePromotion" not in kinds(plan(world(ahead)).actions)
