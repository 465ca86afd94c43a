"""How promotions are opened, updated, described, merged and closed."""

from collections.abc import Mapping

from bot.core.observation.repository import Repository
from bot.core.plan import (
    ClosePromotion,
    DeleteBranch,
    DequeuePromotion,
    DescribePromotion,
    EditStatus,
    EnqueuePromotion,
    IntroducePromotion,
    MergePromotion,
    OpenPromotion,
    UpdatePromotion,
)
from bot.github.writes.write import NO_COMMIT, Input, Results, Rounds, Target, Write, commit_on_branch, update_refs


def open_pull_request(action: OpenPromotion, target: Target) -> Rounds:
    """Create the branch, or take it over if it is a left-over one; commit; open the pull request."""
    repository, committed = target.repository, target.work.commit
    start = committed or action.base_oid
    name = f"refs/heads/{action.branch}"
    if action.stale_head is not None and action.branch not in target.deleted:
        move = {"name": name, "beforeOid": action.stale_head, "afterOid": start, "force": True}
        branch = Write("updateRefs", update_refs(repository, move), f"take over the branch {action.branch}")
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
    if committed is not None:
        return ((branch, opening),)
    change = commit_on_branch(repository, action.branch, action.base_oid, action.message, target.contents)
    return ((branch, Write("createCommitOnBranch", change, f"commit to {action.branch}"), opening),)


def update(action: UpdatePromotion, target: Target) -> Rounds:
    """Commit on the stage branch, then move the promotion's branch there.

    GitHub closes a pull request whose branch points at its base, so that branch cannot be rebuilt in place.
    """
    repository, committed = target.repository, target.work.commit
    pull = {"pullRequestId": action.pull_id, "title": action.title, "body": action.body}
    describing = Write("updatePullRequest", pull, f"update the description of #{action.number}")
    name, stage = f"refs/heads/{action.branch}", f"refs/heads/{action.stage_branch}"
    moving = f"update the branch {action.branch}"
    move: dict[str, object] = {"name": name, "beforeOid": action.seen_head, "force": True}
    if committed is not None:
        return ((Write("updateRefs", update_refs(repository, {**move, "afterOid": committed}), moving), describing),)

    def moved(results: Results) -> Input:
        commit = results[action.branch]["commit"]["oid"]
        gone = {"name": stage, "beforeOid": commit, "afterOid": NO_COMMIT}
        return update_refs(repository, {**move, "afterOid": commit}, gone)

    # A crash may have left the stage branch anywhere. It is the bot's alone, so it is reset without a look.
    reset = update_refs(repository, {"name": stage, "afterOid": action.base_oid, "force": True})
    change = commit_on_branch(repository, action.stage_branch, action.base_oid, action.message, target.contents)
    return (
        (
            Write("updateRefs", reset, f"create the branch {action.stage_branch}"),
            Write("createCommitOnBranch", change, f"commit to {action.stage_branch}", result=action.branch),
        ),
        (Write("updateRefs", moved, moving), describing),
    )


def describe(action: DescribePromotion, _target: Target) -> Rounds:
    """Write title and body."""
    page = {"pullRequestId": action.pull_id, "title": action.title, "body": action.body}
    return _one("updatePullRequest", page, f"update the description of #{action.number}")


def introduce(action: IntroducePromotion, _target: Target) -> Rounds:
    """Write the first status comment. Labels and reviews are asked for by REST, before it: see `preparation`."""
    comment = {"subjectId": action.pull_id, "body": action.body}
    return _one("addComment", comment, f"write the status comment of #{action.number}")


def edit_status(action: EditStatus, _target: Target) -> Rounds:
    """Edit the status comment."""
    comment = {"id": action.comment_id, "body": action.body}
    return _one("updateIssueComment", comment, f"write the status comment of #{action.number}")


def close(action: ClosePromotion, target: Target) -> Rounds:
    """Close the pull request, say why, and delete its branch unless somebody moved it."""
    writes = (
        Write("closePullRequest", {"pullRequestId": action.pull_id}, f"close #{action.number}"),
        Write(
            "addComment",
            {"subjectId": action.pull_id, "body": action.comment},
            f"comment on #{action.number} why it was closed",
        ),
    )
    if action.seen_head is None:
        return (writes,)
    return ((*writes, _delete(action.branch, action.seen_head, target.repository)),)


def delete_branch(action: DeleteBranch, target: Target) -> Rounds:
    """Delete a branch unless somebody moved it."""
    return ((_delete(action.branch, action.seen_head, target.repository),),)


def merge(action: MergePromotion, _target: Target) -> Rounds:
    """Merge the head that was seen. A rebase has no message of its own."""
    message = {"commitHeadline": action.message.headline, "commitBody": action.message.body}
    merge = {
        "pullRequestId": action.pull_id,
        "expectedHeadOid": action.head_oid,
        "mergeMethod": action.method,
        **({} if action.method == "REBASE" else message),
    }
    return _one("mergePullRequest", merge, f"merge #{action.number}")


def enqueue(action: EnqueuePromotion, _target: Target) -> Rounds:
    """Add the head that was seen to the merge queue."""
    entry = {"pullRequestId": action.pull_id, "expectedHeadOid": action.head_oid}
    return _one("enqueuePullRequest", entry, f"add #{action.number} to the merge queue")


def dequeue(action: DequeuePromotion, _target: Target) -> Rounds:
    """Remove the pull request from the merge queue."""
    return _one("dequeuePullRequest", {"id": action.pull_id}, f"remove #{action.number} from the merge queue")


def _one(field: str, values: Mapping[str, object], doing: str) -> Rounds:
    return ((Write(field, values, doing),),)


def _delete(branch: str, seen_head: str, repository: Repository) -> Write:
    gone = {"name": f"refs/heads/{branch}", "beforeOid": seen_head, "afterOid": NO_COMMIT}
    return Write("updateRefs", update_refs(repository, gone), f"delete the branch {branch}")
