"""Actions as a plan contains them, made from what was seen."""

from bot.core.observation.observation import Observation
from bot.core.plan import (
    CheckOutcome,
    IntroducePromotion,
    MergePromotion,
    Reaction,
    RenderedFile,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.core.values.message import Message
from bot.simulator.github.model.conversations.conversation import Conversation
from tests.github.conftest import BRANCH, DEV, NEW, STAGE, Bench

DOCUMENT = "POST /graphql"
NEWER = b"image: ghcr.io/acme/web:v1.6.0\n"
STATE = Message("Hold prod", "By @mona, until Monday.")


def files(content: bytes = NEW, mode: int = 0o100644) -> dict[str, tuple[RenderedFile, ...]]:
    return {"dev": (RenderedFile(DEV, content, mode),)}


def write_state(seen_head: str | None, name: str = "prod.yaml", text: str | None = "holds: []\n") -> WriteState:
    return WriteState(seen_head, {name: text}, STATE)


def update(seen: Observation) -> UpdatePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    return UpdatePromotion(
        environment="dev",
        pull_id=pull.node_id,
        number=pull.number,
        branch=BRANCH,
        stage_branch=STAGE,
        seen_head=pull.head.oid,
        base_oid=seen.repository.head_oid,
        edits=(),
        message=Message("dev: web v1.6.0", "GitOps-Version: v1.6.0"),
        title="dev: web v1.4.1 → v1.6.0",
        body="Newer.",
    )


def merge(
    seen: Observation, *, method: str = "MERGE", head: str | None = None, state: str | None = None
) -> MergePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    message = Message("dev: web v1.5.0 (#1)", "GitOps-Version: v1.5.0")
    return MergePromotion("dev", pull.node_id, pull.number, head or pull.head.oid, method, message, state)


def check(seen: Observation, outcome: CheckOutcome = CheckOutcome.SUCCESS, **changes: object) -> ReportCheck:
    pull = seen.environments["dev"].pull
    assert pull is not None
    present = next((report.node_id for report in pull.head.reports if report.name == "gitops/promotion"), None)
    return ReportCheck("gitops/promotion", pull.head.oid, present, outcome, "All gates pass", "| gate |", **changes)  # type: ignore[arg-type]


def answer(conversation: Conversation, text: str) -> Reply:
    """Answer a new comment there."""
    comment = conversation.comment("/why", by=conversation.author)
    return Reply(conversation.node_id, text, comment.node_id, Reaction.DONE)


def introduce(seen: Observation, *reviewers: str, labels: tuple[str, ...] = ()) -> IntroducePromotion:
    pull = seen.environments["dev"].pull
    assert pull is not None
    body = "It waits.\n\n<!-- gitops-bot status 0123456789abcdef -->"
    return IntroducePromotion(pull.node_id, pull.number, labels, reviewers, body)


def text_at(bench: Bench, branch: str, path: str) -> bytes | None:
    repository = bench.world.repository
    found = repository.find_branch(branch)
    return repository.store.file(found, path) if found else None
