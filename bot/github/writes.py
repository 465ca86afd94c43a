"""What each action of a plan writes: one pure function per action, its GraphQL mutation fields in the order they run.

A round is what one document can hold: a field that needs another's result stands in a later round. Within a document the
fields run one after the other, and a failed one does not stop those after it
(https://spec.graphql.org/October2021/#sec-Mutation), so that no field may harm where an earlier one failed.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core.observation.repository import Repository
from bot.core.plan import (
    Action,
    Annotation,
    CheckOutcome,
    ClosePromotion,
    DeleteBranch,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    Message,
    OpenPromotion,
    React,
    RenderedFile,
    Reply,
    ReportCheck,
    UpdatePromotion,
    WriteState,
)
from bot.github.errors import Json

STATE_BRANCH = "gitops-state"
STATE_TRAILER = "GitOps-State: written by the App"
"""The last line of each of its commits there, which no other commit of the App's has."""
NO_COMMIT = "0" * 40
"""As an object id in `updateRefs`: no such reference, before or after. https://docs.github.com/en/graphql/reference/input-objects#refupdate"""

ANNOTATIONS = 50
"""https://docs.github.com/en/rest/checks/runs#create-a-check-run: at most this many in one request."""

LONGEST_SUMMARY = 65_535

Results = Mapping[str, Json]
"""The answers of earlier rounds, by the name that a write gave its own."""

Input = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Work:
    """One action, with what it needs beside itself.

    files: the rendered files, for actions with edits. commit: where they were committed already (see `commits`), else None.
    state_head: where `gitops-state` points, for a WriteState whose branch had to be made first.
    """

    action: Action
    files: tuple[RenderedFile, ...] = ()
    commit: str | None = None
    state_head: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """One mutation field. doing: for people, should it fail. result: the name of its answer for later rounds."""

    field: str
    input: Input | Callable[[Results], Input]
    doing: str
    result: str = ""


Round = tuple[Write, ...]


def rounds_of(work: Work, repository: Repository, *, deleted: frozenset[str] = frozenset()) -> tuple[Round, ...]:
    """The writes of one action. deleted: branches that an earlier action of the same plan deletes."""
    writes: Round
    match work.action:
        case UpdatePromotion() as action:
            return _update(action, work, repository)
        case ReportCheck() as action:
            return _check(action, repository)
        case OpenPromotion() as action:
            writes = _open(action, work, repository, deleted=deleted)
        case ClosePromotion() as action:
            writes = _close(action, repository)
        case WriteState() as action:
            writes = (_state(action, work, repository),)
        case DescribePromotion() as action:
            writes = (_describe(action),)
        case DeleteBranch() as action:
            writes = (_delete(action.branch, action.seen_head, repository),)
        case IntroducePromotion() | EditStatus() as action:
            writes = (_status(action),)
        case MergePromotion() | EnqueuePromotion() | DequeuePromotion() | React() | Reply() as action:
            writes = (_simple(action),)
    return (writes,)


def _state(action: WriteState, work: Work, repository: Repository) -> Write:
    head = work.state_head or action.seen_head
    written = {path: text.encode() for path, text in action.files.items() if text is not None}
    removed = [path for path, text in action.files.items() if text is None]
    message = Message(action.message.headline, f"{action.message.body}\n\n{STATE_TRAILER}".lstrip())
    change = _commit(repository, STATE_BRANCH, head, message, written, removed)
    return Write("createCommitOnBranch", change, "write gitops-state", result=f"state from {head}")


def _open(action: OpenPromotion, work: Work, repository: Repository, *, deleted: frozenset[str]) -> Round:
    start = work.commit or action.base_oid
    name = f"refs/heads/{action.branch}"
    if action.stale_head is not None and action.branch not in deleted:
        move = {"name": name, "beforeOid": action.stale_head, "afterOid": start, "force": True}
        branch = Write("updateRefs", _refs(repository, move), f"take over the branch {action.branch}")
    else:
        created = {"repositoryId": repository.node_id, "name": name, "oid": start}
        branch = Write("createRef", created, f"create the branch {action.branch}")
    pull = {
        "repositoryId": repository.node_id,
        "baseRefName": action.base,
        "headRefName": action.branch,
        "title": action.title,
        "body": action.body,
        "maintainerCanModify": False,
    }
    opening = Write("createPullRequest", pull, f"open the pull request from {action.branch}")
    if work.commit is not None:
        return (branch, opening)
    change = _commit(repository, action.branch, action.base_oid, action.message, _contents(work))
    return (branch, Write("createCommitOnBranch", change, f"commit to {action.branch}"), opening)


def _update(action: UpdatePromotion, work: Work, repository: Repository) -> tuple[Round, ...]:
    """Commit on the stage first: a promotion's branch that pointed at its base would have its pull request closed."""
    pull = {"pullRequestId": action.pull_id, "title": action.title, "body": action.body}
    describing = Write("updatePullRequest", pull, f"describe #{action.number}")
    name, stage = f"refs/heads/{action.branch}", f"refs/heads/{action.stage_branch}"
    moving = f"move the branch {action.branch}"
    move: dict[str, object] = {"name": name, "beforeOid": action.seen_head, "force": True}
    if work.commit is not None:
        return ((Write("updateRefs", _refs(repository, {**move, "afterOid": work.commit}), moving), describing),)

    def moved(results: Results) -> Input:
        commit = results[action.branch]["commit"]["oid"]
        gone = {"name": stage, "beforeOid": commit, "afterOid": NO_COMMIT}
        return _refs(repository, {**move, "afterOid": commit}, gone)

    # A crash may have left the stage anywhere: it is nobody's but ours, so it is set, whatever it was.
    reset = _refs(repository, {"name": stage, "afterOid": action.base_oid, "force": True})
    change = _commit(repository, action.stage_branch, action.base_oid, action.message, _contents(work))
    return (
        (
            Write("updateRefs", reset, f"create the branch {action.stage_branch}"),
            Write("createCommitOnBranch", change, f"commit to {action.stage_branch}", result=action.branch),
        ),
        (Write("updateRefs", moved, moving), describing),
    )


def _describe(action: DescribePromotion) -> Write:
    page = {"pullRequestId": action.pull_id, "title": action.title, "body": action.body}
    return Write("updatePullRequest", page, f"describe #{action.number}")


def _status(action: IntroducePromotion | EditStatus) -> Write:
    """The labels and reviews that come with a new comment were asked for by REST."""
    if isinstance(action, EditStatus):
        change = {"id": action.comment_id, "body": action.body}
        return Write("updateIssueComment", change, f"say how #{action.number} stands")
    return Write("addComment", {"subjectId": action.pull_id, "body": action.body}, f"say how #{action.number} stands")


def _close(action: ClosePromotion, repository: Repository) -> Round:
    return (
        Write("closePullRequest", {"pullRequestId": action.pull_id}, f"close #{action.number}"),
        Write(
            "addComment", {"subjectId": action.pull_id, "body": action.comment}, f"say why #{action.number} was closed"
        ),
        *([_delete(action.branch, action.seen_head, repository)] if action.seen_head else []),
    )


def _delete(branch: str, seen_head: str, repository: Repository) -> Write:
    gone = {"name": f"refs/heads/{branch}", "beforeOid": seen_head, "afterOid": NO_COMMIT}
    return Write("updateRefs", _refs(repository, gone), f"delete the branch {branch}")


def _check(action: ReportCheck, repository: Repository) -> tuple[Round, ...]:
    """The first annotations go with the run, further ones are added to it."""
    pages = [
        action.annotations[start : start + ANNOTATIONS] for start in range(0, len(action.annotations), ANNOTATIONS)
    ]
    first, *further = pages or [()]
    doing = f"report the check {action.name}"
    standing = {
        "name": action.name,
        **_standing(action.outcome),
        **({"externalId": action.says} if action.says else {}),
    }

    def output(page: tuple[Annotation, ...]) -> Mapping[str, object]:
        return {
            "title": action.title,
            "summary": action.summary[:LONGEST_SUMMARY],
            **({"annotations": [_annotation(each) for each in page]} if page else {}),
        }

    if action.check_id is not None:
        known = {"repositoryId": repository.node_id, "checkRunId": action.check_id}
        return (
            tuple(
                Write("updateCheckRun", {**known, **standing, "output": output(page)}, doing)
                for page in (first, *further)
            ),
        )
    created = {"repositoryId": repository.node_id, "headSha": action.head_oid, **standing, "output": output(first)}
    result = f"check {action.name} {action.head_oid}"
    creating: Round = (Write("createCheckRun", created, doing, result=result),)

    def adding(page: tuple[Annotation, ...]) -> Callable[[Results], Input]:
        return lambda results: {
            "repositoryId": repository.node_id,
            "checkRunId": results[result]["checkRun"]["id"],
            "output": output(page),
        }

    more = tuple(Write("updateCheckRun", adding(page), doing) for page in further)
    return (creating, more) if more else (creating,)


def _simple(action: MergePromotion | EnqueuePromotion | DequeuePromotion | React | Reply) -> Write:
    """The actions that are one field with nothing to it."""
    match action:
        case MergePromotion():
            merge = {
                "pullRequestId": action.pull_id,
                "expectedHeadOid": action.head_oid,
                "mergeMethod": action.method,
                **({} if action.method == "REBASE" else _merge_message(action.message)),
            }
            return Write("mergePullRequest", merge, f"merge #{action.number}")
        case EnqueuePromotion():
            entry = {"pullRequestId": action.pull_id, "expectedHeadOid": action.head_oid}
            return Write("enqueuePullRequest", entry, f"put #{action.number} into the merge queue")
        case DequeuePromotion():
            return Write("dequeuePullRequest", {"id": action.pull_id}, f"take #{action.number} out of the merge queue")
        case React():
            reaction = {"subjectId": action.comment_id, "content": action.reaction.value}
            return Write("addReaction", reaction, "react to a comment")
        case Reply():
            return Write("addComment", {"subjectId": action.subject_id, "body": action.body}, "answer a comment")


def _merge_message(message: Message) -> Input:
    return {"commitHeadline": message.headline, "commitBody": message.body}


def _commit(
    repository: Repository,
    branch: str,
    head: str | None,
    message: Message,
    written: Mapping[str, bytes],
    removed: list[str] | None = None,
) -> Input:
    """A `CreateCommitOnBranchInput`. Lists that would be empty are left out: GitHub stumbles over null ones."""
    changes: dict[str, object] = {}
    if written:
        changes["additions"] = [
            {"path": path, "contents": b64encode(content).decode()} for path, content in sorted(written.items())
        ]
    if removed:
        changes["deletions"] = [{"path": path} for path in sorted(removed)]
    return {
        "branch": {"repositoryNameWithOwner": repository.name, "branchName": branch},
        "expectedHeadOid": head,
        "message": {"headline": message.headline, "body": message.body},
        "fileChanges": changes,
    }


def _contents(work: Work) -> Mapping[str, bytes]:
    return {file.path: file.content for file in work.files}


def _refs(repository: Repository, *updates: Mapping[str, object]) -> Input:
    return {"repositoryId": repository.node_id, "refUpdates": list(updates)}


def _standing(outcome: CheckOutcome) -> Mapping[str, str]:
    if outcome is CheckOutcome.RUNNING:
        return {"status": "IN_PROGRESS"}
    return {"status": "COMPLETED", "conclusion": outcome.name}


def _annotation(annotation: Annotation) -> Mapping[str, object]:
    line = max(annotation.line, 1)
    return {
        "path": annotation.path,
        "location": {"startLine": line, "endLine": line},
        "annotationLevel": "FAILURE",
        "message": annotation.message,
    }
