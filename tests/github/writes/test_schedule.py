"""Which actions share a document: the rules of `schedule`, one row each."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.observation.repository import Protection, Repository
from bot.core.plan import (
    Action,
    CheckOutcome,
    ClosePromotion,
    DecidedOn,
    DeleteBranch,
    DeleteReply,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    React,
    Reaction,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.message import Message
from bot.github.writes.schedule import schedule
from bot.github.writes.write import Work

OID = "1" * 40
MESSAGE = Message("headline", "body")
REPOSITORY = Repository(
    node_id="R_1",
    name="acme/manifests",
    default_branch="main",
    head_oid=OID,
    archived=False,
    merge_methods=frozenset({"MERGE"}),
    protection=Protection(),
    app_id=4711,
)
ACTIONS: Mapping[str, Action] = {
    "state": WriteState(OID, {"dev.yaml": "x"}, MESSAGE),
    "open": OpenPromotion("dev", "gitops/dev/web", "main", OID, None, (), MESSAGE, "title", "body"),
    "update": UpdatePromotion(
        "qa", "PR_2", 2, "gitops/qa/web", "gitops-stage/qa/web", OID, OID, (), MESSAGE, "title", "body"
    ),
    "describe": DescribePromotion("PR_3", 3, "title", "body"),
    "introduce": IntroducePromotion("PR_3", 3, ("deploy",), ("kim",), "It waits."),
    "status": EditStatus("IC_1", 3, "It waits."),
    "check": ReportCheck("gitops/promotion", OID, "CR_1", CheckOutcome.SUCCESS, "title", "summary"),
    "green": ReportCheck(
        "gitops/promotion", OID, "CR_1", CheckOutcome.SUCCESS, "title", "summary", decided_on=DecidedOn(OID)
    ),
    "merge": MergePromotion("prod", "PR_3", 3, OID, "MERGE", MESSAGE, OID),
    "enqueue": EnqueuePromotion("prod", "PR_3", 3, OID, OID),
    "dequeue": DequeuePromotion("prod", "PR_3", 3),
    "close": ClosePromotion("PR_1", 1, "gitops/dev/web", OID, "gitops/superseded", "Why."),
    "delete": DeleteBranch("gitops/dev/web", OID),
    "seen": React("IC_1", Reaction.SEEN),
    "refused": React("IC_1", Reaction.REFUSED),
    "again": DeleteReply("IC_2"),
    "reply": Reply("PR_3", "Done.", "IC_1", Reaction.DONE),
}
OPEN = "createRef createCommitOnBranch createPullRequest"
STAGE = "updateRefs createCommitOnBranch"
MOVE = "updateRefs updatePullRequest"
ANSWER = [("answer", "addComment"), ("answer", "addReaction")]
CLOSE = "closePullRequest addComment updateRefs"


@pytest.mark.parametrize(
    ("plan", "documents"),
    [
        ("", []),
        ("open", [("open", OPEN)]),
        ("state open seen", [("open", f"createCommitOnBranch {OPEN} addReaction")]),
        ("update", [("update", STAGE), ("update", MOVE)]),
        ("describe check", [("describe", "updatePullRequest updateCheckRun")]),
        ("check introduce", [("report_check", "updateCheckRun addComment")]),
        ("introduce", [("introduce", "addComment")]),
        ("check status merge", [("merge", "updateCheckRun updateIssueComment mergePullRequest")]),
        ("status close", [("close", f"updateIssueComment {CLOSE}")]),
        ("describe check merge", [("merge", "updatePullRequest updateCheckRun mergePullRequest")]),
        # Nothing follows a merge in its document.
        ("merge describe", [("merge", "mergePullRequest"), ("describe", "updatePullRequest")]),
        ("merge merge", [("merge", "mergePullRequest"), ("merge", "mergePullRequest")]),
        # A merge does not share a document with a write of records, which may fail.
        ("state check merge", [("write_state", "createCommitOnBranch updateCheckRun"), ("merge", "mergePullRequest")]),
        ("state green", [("write_state", "createCommitOnBranch"), ("report_check", "updateCheckRun")]),
        # The same is true of adding to a merge queue.
        (
            "check enqueue describe",
            [("enqueue", "updateCheckRun enqueuePullRequest"), ("describe", "updatePullRequest")],
        ),
        ("state enqueue", [("write_state", "createCommitOnBranch"), ("enqueue", "enqueuePullRequest")]),
        ("dequeue describe check", [("dequeue", "dequeuePullRequest updatePullRequest updateCheckRun")]),
        # An action that waits for a result shares documents with one that does not.
        ("update open", [("open", f"{STAGE} {OPEN}"), ("update", MOVE)]),
        ("update update", [("update", f"{STAGE} {STAGE}"), ("update", f"{MOVE} {MOVE}")]),
        ("update merge", [("merge", f"{STAGE} mergePullRequest"), ("update", MOVE)]),
        # People are told after everything is done.
        ("state reply", [("write_state", "createCommitOnBranch"), *ANSWER]),
        ("update reply", [("update", STAGE), ("update", MOVE), *ANSWER]),
        ("merge reply", [("merge", "mergePullRequest"), *ANSWER]),
        # The mark comes after the answer, so that an answer which did not arrive leaves no mark.
        ("seen reply", [("answer", "addReaction addComment"), ("answer", "addReaction")]),
        ("again reply", [("answer", "deleteIssueComment addComment"), ("answer", "addReaction")]),
        # An answer that GitHub does not take keeps no record waiting.
        ("reply state", [("write_state", "createCommitOnBranch"), *ANSWER]),
        ("reply reply", [("answer", "addComment addComment"), ("answer", "addReaction addReaction")]),
        ("open refused", [("open", OPEN), ("answer", "addReaction")]),
        # A branch that the plan deletes is created again, not taken over.
        ("close open", [("open", f"{CLOSE} {OPEN}")]),
        ("delete open", [("open", f"updateRefs {OPEN}")]),
    ],
)
def test_documents_of_a_plan(plan: str, documents: list[tuple[str, str]]) -> None:
    works = [Work(ACTIONS[name]) for name in plan.split()]

    batches = schedule(works, REPOSITORY)

    assert [(batch.operation, " ".join(write.field for write in batch.writes)) for batch in batches] == documents


def test_files_that_are_committed_already_need_no_stage_branch() -> None:
    works = [Work(ACTIONS["update"], commit="2" * 40), Work(ACTIONS["open"], commit="3" * 40)]

    (batch,) = schedule(works, REPOSITORY)

    assert [write.field for write in batch.writes] == [
        "updateRefs",
        "updatePullRequest",
        "createRef",
        "createPullRequest",
    ]
    inputs: list[Any] = [write.input for write in batch.writes]
    assert inputs[0]["refUpdates"][0]["afterOid"] == "2" * 40
    assert inputs[2]["oid"] == "3" * 40


def test_a_rebase_has_no_message_of_its_own() -> None:
    merge = MergePromotion("prod", "PR_3", 3, OID, "REBASE", MESSAGE, None)

    (batch,) = schedule([Work(merge)], REPOSITORY)

    written: Any = batch.writes[0].input
    assert "commitHeadline" not in written
    assert written["expectedHeadOid"] == OID


def test_a_branch_that_a_close_leaves_is_taken_over() -> None:
    """Without a head to compare with, the close keeps the branch: to create it would be refused."""
    closing = ClosePromotion("PR_1", 1, "gitops/dev/web", None, "gitops/superseded", "Why.")
    opening = OpenPromotion("dev", "gitops/dev/web", "main", OID, "4" * 40, (), MESSAGE, "title", "body")

    fields = [write.field for batch in schedule([Work(closing), Work(opening)], REPOSITORY) for write in batch.writes]

    assert fields == ["closePullRequest", "addComment", "updateRefs", "createCommitOnBranch", "createPullRequest"]
